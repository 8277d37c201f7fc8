"""Nothing that a client sends breaks the server, on either database."""

import logging
from collections.abc import Callable

from flask import Flask

from catalog_app.accounts.roles import SCOPES
from catalog_app.products.models import Product
from tests.products.api.hostile import requests
from tests.support.api import Program

LEAKS = ("Traceback", "sqlalchemy", "psycopg", "sqlite3", "SELECT ", "/catalog_app/", "site-packages")


def test_hostile_requests_are_answered_without_a_5xx_and_without_a_leak(
    app: Flask, stored: Callable[..., Product]
) -> None:
    logging.disable(logging.CRITICAL)
    stored(name="Roam 5", relations=[], price="10", currency="SAR")
    program = Program.with_scopes(app, *SCOPES)
    faults = []
    for request in requests():
        answer = program.send(request.method, request.path, **request.options)
        is_problem = answer.status_code < 400 or answer.content_type == "application/problem+json"
        if answer.status_code >= 500 or not is_problem or any(leak in answer.text for leak in LEAKS):
            faults.append(f"{request} -> {answer.status_code} {answer.text[:300]}")
    assert faults == []
