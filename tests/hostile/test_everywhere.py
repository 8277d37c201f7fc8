"""Nothing that a program sends breaks the server, at any route, on either database."""

import gzip
import logging
from collections import Counter

import pytest
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from catalog_app.accounts.roles import SCOPES
from tests.doors.conftest import NEW
from tests.hostile.everywhere import LEAKS, requests
from tests.support.api import Answer, Program
from tests.support.clients import Browser
from tests.support.hostile_requests import Hostile

LEAST = 500


@pytest.fixture
def program(app: Flask) -> Program:
    """Return a program that may do everything; a product stands at /1/."""
    program = Program.with_scopes(app, *SCOPES)
    assert program.post("/products/", NEW).status_code == 201
    return program


def fault_of(request: Hostile, answer: Answer) -> str | None:
    """Return what is wrong with an answer, if anything."""
    if answer.status_code >= 500:
        return f"{request} -> {answer.status_code}"
    if leaked := [leak for leak in LEAKS if leak in _text(answer)]:
        return f"{request} -> {answer.status_code} tells {leaked}: {_text(answer)[:200]}"
    if answer.status_code >= 400 and not _is_told(request, answer):
        return f"{request} -> {answer.status_code} {answer.content_type} {_text(answer)[:200]}"
    return None


def _is_told(request: Hostile, answer: Answer) -> bool:
    """Return whether an error says in its body what is wrong, and in its headers what every answer says."""
    if "X-Request-ID" not in answer.headers or "Content-Security-Policy" not in answer.headers:
        return False
    if request.method == "HEAD":
        return answer.text == ""
    if request.path.startswith("/tmf-api/"):
        return {"code", "reason"} <= set(answer.json)
    return answer.content_type == "application/problem+json" and answer.json["status"] == answer.status_code


@pytest.mark.timeout(300)
def test_hostile_requests_at_every_route_are_answered_without_a_5xx_and_without_a_leak(
    app: Flask, program: Program
) -> None:
    logging.disable(logging.CRITICAL)
    faults, statuses = [], Counter[int]()
    for request in requests(app):
        answer = program.send(request.method, _whole(request.path), **request.options)
        statuses[answer.status_code] += 1
        if fault := fault_of(request, answer):
            faults.append(fault)

    assert faults == []
    assert statuses.total() >= LEAST
    assert {200, 400, 401, 404, 405, 415, 422} <= set(statuses)


@pytest.mark.parametrize("query", [b"search=\xe9", b"\xff\xfe", b"search=\xd1"])
def test_a_query_of_raw_bytes_that_are_no_text_is_400(app: Flask, program: Program, query: bytes) -> None:
    """A server may let through what clients have to percent-encode; Werkzeug's client cannot even write it."""
    environ = create_environ("/api/loyalty/v1/products/", headers={"Authorization": f"Bearer {program.token}"})
    environ["QUERY_STRING"] = query.decode("latin-1")

    _, status, headers = run_wsgi_app(app.wsgi_app, environ)

    assert (status, headers["Content-Type"]) == ("400 BAD REQUEST", "application/problem+json")


@pytest.mark.parametrize("path", ["/login", "/admin/products/", "/nowhere"])
def test_a_host_that_can_be_none_is_400_on_pages_too(client: Browser, path: str) -> None:
    answer = client.get(path, headers={"Host": "a" * 4000})

    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")


@pytest.mark.parametrize("body", [b"0", b"null", b"[1]", b'"x"', b'{"email": {"a": 1}, "password": [[]]}', b"{"])
def test_json_is_no_form(client: Browser, body: bytes) -> None:
    headers = {"X-CSRFToken": client.csrf(), "Content-Type": "application/json"}

    assert client.post("/login", data=body, headers=headers).status_code == 422


def _text(answer: Answer) -> str:
    """Return what an answer says, as its client reads it."""
    is_packed = answer.headers.get("Content-Encoding") == "gzip"
    return gzip.decompress(answer.get_data()).decode() if is_packed else answer.text


def _whole(path: str) -> str:
    return f"http://localhost{path}"
