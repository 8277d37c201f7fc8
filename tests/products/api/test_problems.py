"""Every error is problem+json, says what to do, and comes with the status that fits."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog_app.products.models import Product
from tests.support.api import Program

JSON = "application/json"
BODIES = {
    "malformed": b'{"name": ',
    "empty": b"",
    "a list": b"[]",
    "a text": b'"x"',
    "NaN": b'{"price": NaN}',
    "a key twice": b'{"name": "A", "name": "B"}',
    "another encoding": '{"name": "é"}'.encode("latin-1"),
    "half a surrogate pair": b'{"name": "\\ud83d"}',
    "21 levels": b'{"a":' * 21 + b"1" + b"}" * 21,
}


def of_problem(answer: Any) -> dict[str, Any]:
    assert answer.content_type == "application/problem+json"
    assert {"type", "title", "status", "detail", "request_id"} <= set(answer.json)
    assert answer.json["status"] == answer.status_code
    return dict(answer.json)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/products/"), ("PUT", "/products/1/"), ("PATCH", "/products/1/")]
)
def test_a_body_that_is_no_strict_json_object_is_400(api: Program, method: str, path: str, body: bytes) -> None:
    answer = api.send(method, path, data=body, content_type=JSON)

    assert answer.status_code == 400
    assert of_problem(answer)["detail"].startswith("The body ")


def test_twenty_levels_are_taken(api: Program) -> None:
    attributes = b'{"a":' * 19 + b"1" + b"}" * 19
    body = b'{"name": "A", "product_type": "data", "attributes": ' + attributes + b"}"

    assert api.send("POST", "/products/", data=body, content_type=JSON).status_code == 201


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/merge-patch+json"]
)
def test_another_content_type_is_415_and_told_which_is_taken(api: Program, content_type: str) -> None:
    answer = api.send("POST", "/products/", data=b"{}", content_type=content_type)

    assert answer.status_code == 415
    assert JSON in of_problem(answer)["detail"]
    assert answer.headers["Accept"] == JSON


def test_a_patch_of_another_content_type_is_told_which_are_taken(api: Program, stored: Callable[..., Product]) -> None:
    answer = api.send("PATCH", f"/products/{stored().id}/", data=b"[]", content_type="application/json-patch+json")

    assert answer.status_code == 415
    assert answer.headers["Accept-Patch"] == "application/json, application/merge-patch+json"


def test_a_compressed_body_is_415(api: Program) -> None:
    answer = api.send("POST", "/products/", data=b"{}", content_type=JSON, headers={"Content-Encoding": "gzip"})

    assert answer.status_code == 415


def test_a_body_of_more_than_a_mebibyte_is_413(api: Program) -> None:
    body = b'{"name": "' + b"x" * 1024 * 1024 + b'"}'

    assert of_problem(api.send("POST", "/products/", data=body, content_type=JSON))["status"] == 413


@pytest.mark.parametrize("path", ["/products/77/", "/products/99999999999999999999/", "/products/seven/", "/nothing/"])
def test_what_is_not_there_is_404(api: Program, path: str) -> None:
    assert of_problem(api.get(path))["status"] == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/products/", {"GET", "HEAD", "POST", "OPTIONS"}),
        ("POST", "/products/1/", {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}),
        ("GET", "/products/sync/", {"POST", "OPTIONS"}),
        ("FROBNICATE", "/products/stats/", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_method_that_is_not_there_is_405_and_told_which_are(
    api: Program, method: str, path: str, allowed: set[str]
) -> None:
    answer = api.send(method, path)

    assert of_problem(answer)["status"] == 405
    assert set(answer.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"relations": [{"relation": "requires", "product": -1}]}, "/relations/0/product"),
        ({"members": [{"product": ["xiva"]}]}, "/members/0/product"),
        ({"prices": [{"price_type": "usage", "amount": "x", "currency": "SAR"}]}, "/prices/0/amount"),
        ({"translations": {"English": {}}}, "/translations/English"),
        ({"a/b~c": 1}, "/a~1b~0c"),
        ({"valid_from": "9999-12-31T23:59:59-14:00"}, "/valid_from"),
        ({"external_system": ["xiva"]}, "/external_system"),
    ],
)
def test_a_pointer_leads_to_the_value_that_broke_a_rule(api: Program, fields: dict[str, Any], pointer: str) -> None:
    answer = api.post("/products/", {"name": "A", "product_type": "data", **fields})

    assert answer.status_code == 422
    assert [error["pointer"] for error in of_problem(answer)["errors"]] == [pointer]
