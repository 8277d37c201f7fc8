"""A text is measured as it is kept: cleaned first. Composing some letters (NFC) makes them three times as long."""

from typing import Any

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError

from catalog_app.accounts import requires_scope
from catalog_app.core.errors import RuleError
from catalog_app.products.models import Product
from catalog_app.products.segments import SegmentInput, create_segment
from catalog_app.products.service import ProductCatalogService
from tests.support.api import Program

pytestmark = pytest.mark.usefixtures("app")
GROWS = "\ufb2c"
LENGTHS = {"name": 255, "short_name": 40, "category": 100, "status_reason": 255, "external_product_id": 255}


def made(**values: Any) -> Product:
    return ProductCatalogService().create({"name": "Flex", "product_type": "data", **values}, actor="tests")


@pytest.mark.parametrize(("field", "length"), LENGTHS.items())
def test_a_text_that_grows_too_long_when_composed_is_refused_by_the_rules(field: str, length: int) -> None:
    with pytest.raises(RuleError) as caught:
        made(**{field: GROWS * length})

    assert caught.value.errors == {field: f"Use at most {length} characters."}


@pytest.mark.parametrize(("field", "length"), LENGTHS.items())
def test_a_text_that_fits_once_it_is_trimmed_and_composed_is_taken(field: str, length: int) -> None:
    assert getattr(made(**{field: "  " + "e\u0301" * length + "  "}), field) == "é" * length


@pytest.mark.parametrize("field", ["name", "external_product_id"])
def test_a_blank_text_does_not_fill_a_field_that_must_be_filled(field: str) -> None:
    with pytest.raises(RuleError) as caught:
        made(**{field: "  "})

    assert caught.value.errors == {field: "Fill this in."}


@pytest.mark.parametrize("field", ["name", "category", "external_product_id", "description"])
def test_a_control_character_is_named_whatever_else_is_wrong(field: str) -> None:
    with pytest.raises(RuleError, match=r"cannot be kept \(U\+0000\)"):
        made(**{field: "\x00" * 30_000})


def test_a_segment_label_that_grows_too_long_when_composed_is_refused() -> None:
    with pytest.raises(RuleError) as caught:
        create_segment("vip", SegmentInput.check({"label": GROWS * 100}), actor="tests")

    assert caught.value.errors == {"label": "Use at most 100 characters."}


def test_a_product_is_named_as_before_by_number_by_text_or_by_both() -> None:
    number = made().id
    relations = [{"relation": "requires", "product": named} for named in (number, "5", ["xiva", " PO-1 "])]

    assert [entry["product"] for entry in made(relations=relations).relations] == [number, "5", ["xiva", "PO-1"]]


def test_a_value_that_only_the_database_refuses_is_the_senders_to_correct(app: Flask) -> None:
    @requires_scope("products:read")
    def page() -> ResponseReturnValue:
        # SQLite keeps whatever it is given, and the rules let nothing through that PostgreSQL would refuse.
        raise DataError("INSERT", {}, ValueError("value too long for type character varying(255)"))

    app.add_url_rule("/api/x", "page", page)
    answer = Program.with_scopes(app, "products:read").get("/api/x")

    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert "holds something that cannot be kept" in answer.text
    assert "varying" not in answer.text
