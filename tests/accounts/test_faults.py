"""What accounts do while the database is in trouble."""

import sqlite3
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from catalog_app.accounts import requires_role, requires_scope
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.read_connections import ReadConnections
from tests.accounts.conftest import MakeToken, MakeUser, bearing
from tests.support.clients import Browser


def refuse_writes() -> None:
    """Let every connection of this engine read and nothing else, as with a full disk or a replica."""

    def only_read(connection: Any, _record: object) -> None:
        reading = (
            "PRAGMA query_only=ON"
            if isinstance(connection, sqlite3.Connection)
            else ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
        )
        cursor = connection.cursor()
        cursor.execute(reading)
        cursor.close()
        connection.commit()

    db.session.remove()
    db.engine.dispose()
    event.listen(db.engine, "connect", only_read)


def test_reading_goes_on_while_nothing_can_be_written(
    app: Flask, client: Browser, make_user: MakeUser, make_token: MakeToken
) -> None:
    @requires_role("viewer")
    def page() -> ResponseReturnValue:
        return "read"

    @requires_scope("nbo:read")
    def api() -> ResponseReturnValue:
        return "read"

    app.add_url_rule("/page", "page", page)
    app.add_url_rule("/api/x", "api", api)
    client.enter(make_user())
    token = make_token("nbo:read")
    refuse_writes()
    with time_machine.travel(utcnow() + timedelta(minutes=5)):
        assert client.get("/page").text == "read"
        assert client.get("/api/x", headers=bearing(token)).text == "read"


@pytest.mark.parametrize("url", ["/admin/profile", "/login"])
def test_a_database_that_does_not_answer_is_said_on_a_whole_page(
    client: Browser, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    client.enter(make_user())
    db.session.remove()

    def no_answer(*_: object) -> None:
        # Really cutting the connection would need a server of its own for this one test.
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("gone"))

    event.listen(db.engine, "before_cursor_execute", no_answer)
    monkeypatch.setattr(ReadConnections, "read", no_answer)
    answer = client.get(url)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "</html>" in answer.text
    assert "SELECT" not in answer.text


def test_an_error_for_htmx_is_a_toast_and_not_a_page_inside_the_page(client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user("viewer"))

    answer = client.get("/admin/products/999999", headers={"HX-Request": "true"})

    assert answer.status_code == 404
    assert "There is no product 999999." in answer.text
    assert "<html" not in answer.text
