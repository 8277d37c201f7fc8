"""The OpenAPI document: valid, whole, and saying what the routes do."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask

from catalog_app.accounts.roles import SCOPES
from catalog_app.openapi.document import OPERATIONS, api_routes, document
from catalog_app.products.document import ALL_FIELDS
from catalog_app.products.schema import FIELDS
from tests.support.api import Program
from tests.support.clients import Browser

_TAKES = re.compile(r"It takes (?P<names>.+)\.$")


@pytest.fixture
def described(client: Browser) -> dict[str, Any]:
    answer = client.get("/api/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    return dict(answer.json or {})


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_route_of_the_api_is_described(app: Flask) -> None:
    missing = [
        f"{route.method} {route.path} ({route.endpoint})"
        for route in api_routes(app)
        if route.endpoint not in OPERATIONS
    ]

    assert missing == []


def test_nothing_is_described_that_there_is_not(app: Flask) -> None:
    assert set(OPERATIONS) - {route.endpoint for route in api_routes(app)} == set()


def test_every_schema_in_it_is_a_valid_one_and_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]

    for name in schemas:
        jsonschema_rs.validator_for({"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}})
    for place in references(described):
        node: Any = described
        for part in place.removeprefix("#/").split("/"):
            node = node[part]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def test_a_product_in_it_has_exactly_the_fields_that_answers_have(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]

    assert set(schemas["Product"]["properties"]) == set(schemas["Product"]["required"]) == set(ALL_FIELDS)
    assert set(FIELDS) <= set(schemas["ProductInput"]["properties"])
    assert schemas["ProductInput"]["additionalProperties"] is False


def test_every_operation_names_the_scope_it_needs(described: dict[str, Any], app: Flask) -> None:
    for method, path, operation in operations(described):
        ((scheme, scopes),) = operation["security"][0].items()
        assert scheme == "bearer", (method, path)
        assert scopes, (method, path)
        assert set(scopes) <= set(SCOPES), (method, path)


def test_every_operation_has_a_name_of_its_own(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(described)]

    assert len(set(names)) == len(names)


def test_the_parameters_in_it_are_those_that_each_route_takes(app: Flask, described: dict[str, Any]) -> None:
    api = Program.with_scopes(app, *SCOPES)
    for method, path, operation in operations(described):
        answer = api.send(method, re.sub(r"{[^}]+}", "1", path) + "?nonsense=1")
        found = _TAKES.search(answer.json["detail"]) if answer.status_code == 400 else None
        taken = set(found["names"].split(", ")) if found and found["names"] != "none" else set()
        declared = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"}
        assert answer.status_code == 400, (method, path, answer.text)
        assert declared == taken, (method, path)


def test_a_reader_who_has_it_is_told_so(client: Browser) -> None:
    tag = client.get("/api/openapi.json").headers["ETag"]

    again = client.get("/api/openapi.json", headers={"If-None-Match": tag})

    assert (again.status_code, again.data) == (304, b"")


def test_it_is_the_same_however_often_it_is_made(app: Flask) -> None:
    assert document(app, version="1") == document(app, version="1")


def test_the_page_that_shows_it_runs_no_inline_code(client: Browser) -> None:
    answer = client.get("/api/docs")

    policy = answer.headers["Content-Security-Policy"]
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "<script>" not in answer.text
    assert " style=" not in answer.text
