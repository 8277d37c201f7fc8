"""Segments: listed, added, defined; and who may."""

from decimal import Decimal
from html import unescape

import pytest
from flask import Flask

from catalog_app.core.db import db
from catalog_app.events.models import Revision
from catalog_app.products.models import Segment
from catalog_app.products.service import ProductCatalogService
from tests.support.clients import Browser
from tests.support.people import HTMX

PAGE = "/admin/settings/segments/"
NEW = f"{PAGE}new"
GOLD = {"key": "gold", "label": "Gold", "min_customer_value": "1000", "max_customer_value": "", "description": ""}


def stored(key: str) -> Segment:
    db.session.rollback()
    return db.session.get_one(Segment, key, populate_existing=True)


def test_an_editor_adds_a_segment_with_its_range(app: Flask, editor: Browser) -> None:
    answer = editor.send(NEW, **GOLD)

    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert (stored("gold").min_customer_value, stored("gold").max_customer_value) == (Decimal(1000), None)
    assert "from 1,000" in editor.get(PAGE).text


def test_zero_is_a_customer_value_and_not_a_missing_one(app: Flask, editor: Browser) -> None:
    editor.send(NEW, **{**GOLD, "min_customer_value": "0", "max_customer_value": "0"})

    assert (stored("gold").min_customer_value, stored("gold").max_customer_value) == (Decimal(0), Decimal(0))
    assert 'value="0"' in editor.get(f"{PAGE}gold/edit").text


def test_a_segment_that_a_source_named_is_marked_until_somebody_defines_it(app: Flask, editor: Browser) -> None:
    product = {"name": "Flex", "product_type": "data", "target_segments": ["youth"], "exclude_segments": ["gold"]}
    ProductCatalogService().create(product, actor="sync:xiva")
    assert editor.get(PAGE).text.count("Not defined") == 2

    editor.send(
        f"{PAGE}youth/edit", label="Young people", description="Under 25", min_customer_value="", max_customer_value=""
    )

    assert stored("youth").is_undefined is False
    assert editor.get(PAGE).text.count("Not defined") == 1
    assert 'href="/admin/products/?segment=youth">1<' in editor.get(PAGE).text.replace("\n", "")


def test_what_was_changed_is_told_to_history(app: Flask, editor: Browser) -> None:
    editor.send(NEW, **GOLD)
    editor.send(
        f"{PAGE}gold/edit", label="Gold plus", min_customer_value="1000", max_customer_value="2000", description=""
    )

    created, updated = db.session.query(Revision).filter_by(subject_type="segment").order_by(Revision.id).all()
    assert (created.action, created.subject_name, created.actor) == ("created", "gold", "user:editor@operator.example")
    assert updated.changes == {"label": ["Gold", "Gold plus"], "max_customer_value": [None, "2000.00"]}


def test_who_saves_a_segment_second_sees_what_stands_and_keeps_what_was_typed(app: Flask, editor: Browser) -> None:
    editor.send(NEW, **GOLD)
    opened = editor.get(f"{PAGE}gold/edit").text
    assert 'name="version" type="hidden" value="1"' in opened
    typed = {"label": "Gold", "min_customer_value": "1000", "max_customer_value": "", "description": ""}
    editor.send(f"{PAGE}gold/edit", **{**typed, "min_customer_value": "100", "version": "1"})

    second = {**typed, "label": "Very important"}
    answer = editor.send(f"{PAGE}gold/edit", **second, version="1")

    assert answer.status_code == 409
    page = unescape(answer.text)
    assert "user:editor@operator.example changed this segment meanwhile. Save again to put yours in its place." in page
    assert ("Now: 100" in page, "Now: Gold" in page, 'value="Very important"' in page) == (True, True, True)
    assert (stored("gold").label, stored("gold").min_customer_value) == ("Gold", Decimal(100))

    assert 'name="version" type="hidden" value="2"' in page
    assert editor.send(f"{PAGE}gold/edit", **second, version="2").status_code == 303
    assert (stored("gold").label, stored("gold").version) == ("Very important", 3)


def test_saving_what_stands_already_writes_nothing(app: Flask, editor: Browser) -> None:
    editor.send(NEW, **GOLD)
    editor.send(f"{PAGE}gold/edit", **{name: value for name, value in GOLD.items() if name != "key"})

    assert db.session.query(Revision).filter_by(subject_type="segment").count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"key": "High Value"}, "Use small letters, digits and hyphens"),
        ({"key": "a" * 51}, "Use at most 50 characters."),
        ({"key": ""}, "Use small letters, digits and hyphens"),
        ({"label": "  "}, "Fill this in."),
        ({"label": "x" * 101}, "Use at most 100 characters."),
        ({"min_customer_value": "a lot"}, "Use digits only"),
        ({"min_customer_value": "-1"}, "Use 0 or more."),
        ({"min_customer_value": "NaN"}, "Use an ordinary number."),
        ({"min_customer_value": "12345678901234"}, "too large"),
        (
            {"min_customer_value": "2000", "max_customer_value": "1000"},
            "The highest customer value is below the lowest.",
        ),
    ],
)
def test_what_breaks_a_rule_is_told_beside_its_field_and_what_was_typed_stays(
    app: Flask, editor: Browser, wrong: dict[str, str], sentence: str
) -> None:
    answer = editor.send(NEW, **{**GOLD, "description": "typed before", **wrong})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "typed before" in answer.text
    assert db.session.query(Segment).count() == 0


@pytest.mark.parametrize("field", ["key", "label", "description", "min_customer_value"])
def test_a_nul_is_refused_and_reaches_no_database(app: Flask, editor: Browser, field: str) -> None:
    answer = editor.send(NEW, **{**GOLD, field: "a\x00b"})

    assert answer.status_code == 422


def test_a_key_that_is_taken_is_told(app: Flask, editor: Browser) -> None:
    editor.send(NEW, **GOLD)

    answer = editor.send(NEW, **GOLD)

    assert answer.status_code == 409
    assert "There is already a segment gold." in answer.text


def test_in_a_dialog_the_form_comes_alone_and_a_save_leads_back(app: Flask, editor: Browser) -> None:
    assert "<html" not in editor.get(NEW, headers=HTMX).text

    answer = editor.post(NEW, data={"csrf_token": editor.csrf(), **GOLD}, headers=HTMX)

    assert answer.headers["HX-Redirect"] == PAGE


def test_a_segment_that_is_called_new_can_be_edited(app: Flask, editor: Browser) -> None:
    editor.send(NEW, **{**GOLD, "key": "new"})

    assert "Gold" in editor.get(f"{PAGE}new/edit").text


def test_a_viewer_reads_segments_and_changes_none(viewer: Browser) -> None:
    page = viewer.get(PAGE).text
    assert "Add segment" not in page

    assert viewer.get(NEW).status_code == 403
    assert viewer.send(NEW, **GOLD).status_code == 403
    assert viewer.get(f"{PAGE}gold/edit").status_code == 403


def test_a_segment_that_is_not_there_is_not_found(editor: Browser) -> None:
    assert editor.get(f"{PAGE}nothing/edit").status_code == 404
    assert editor.get(f"{PAGE}%00/edit").status_code == 404
