"""Each fault says of which kind it is, so that a program need not read the sentence."""

from typing import Any

import orjson
import pytest

from catalog_app.core.errors import Fault
from tests.doors.conftest import NEW
from tests.support.api import Answer, Program


def codes(answer: Answer) -> dict[str, str]:
    return {error["pointer"]: error["code"] for error in answer.json["errors"]}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"name": None}, "/name", "wrong_type"),
        ({"name": ""}, "/name", "missing"),
        ({"name": "x" * 300}, "/name", "too_long"),
        ({"nmae": "X"}, "/nmae", "unknown"),
        ({"product_type": "boat"}, "/product_type", "not_a_choice"),
        ({"price": "-1"}, "/price", "too_small"),
        ({"price": "1.23456"}, "/price", "too_precise"),
        ({"price": "ten"}, "/price", "malformed"),
        ({"currency": None}, "/currency", "missing"),
        ({"currency": "sar"}, "/currency", "malformed"),
        ({"valid_from": "2026-01-01T00:00:00"}, "/valid_from", "malformed"),
        ({"external_system": "nobody"}, "/external_system", "unknown"),
        ({"relations": [{"relation": "requires", "product": 777}]}, "/relations", "unknown"),
        ({"valid_from": "2027-01-01T00:00:00Z", "valid_to": "2026-01-01T00:00:00Z"}, "/valid_to", "invalid"),
    ],
)
def test_a_rule_that_a_product_breaks_has_a_code(api: Program, change: dict[str, Any], pointer: str, code: str) -> None:
    answer = api.post("/products/", {**NEW, **change})

    assert answer.status_code == 422
    assert codes(answer)[pointer] == code


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("limti=5", "/limti", "unknown"), ("limit=0", "/limit", "malformed"), ("limit=1&limit=2", "/limit", "repeated"),
        ("cursor=x", "/cursor", "malformed"), ("product_type=boat", "/product_type", "not_a_choice"), ("is_active=maybe", "/is_active", "malformed"),
        ("search=" + "x" * 201, "/search", "too_long"), ("fields=nmae", "/fields", "unknown"),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_used_has_a_code(api: Program, query: str, pointer: str, code: str) -> None:
    answer = api.get(f"/products/?{query}")

    assert answer.status_code == 400
    assert codes(answer)[pointer] == code


def test_a_fault_is_a_text_that_keeps_its_code_on_its_way() -> None:
    fault = Fault("too_long", "Use at most 5 characters.")

    assert fault == "Use at most 5 characters."
    assert Fault.code_of(str(ValueError(fault))) == "too_long"
    assert Fault.code_of("Any other sentence.") == "invalid"
    assert orjson.dumps(fault) == b'"Use at most 5 characters."'
