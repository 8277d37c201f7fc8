"""A disk that is full: what cannot be kept is refused in words, and everything can still be read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg.errors
import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from catalog_app.accounts.roles import SCOPES
from catalog_app.core.db import db
from catalog_app.core.outages import has_no_room
from tests.doors.conftest import NEW
from tests.support.api import Program
from tests.support.databases import SqliteTemplate

MOST = 100


@pytest.fixture
def database_url(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    return sqlite_template.copy_to(tmp_path)


@pytest.fixture
def program(app: Flask) -> Iterator[Program]:
    program = Program.with_scopes(app, *SCOPES)
    assert program.post("/products/", NEW).status_code == 201
    pages = db.session.connection().exec_driver_sql("PRAGMA page_count").scalar_one()

    def keep_small(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    db.engine.dispose()
    event.listen(db.engine, "connect", keep_small)
    yield program
    event.remove(db.engine, "connect", keep_small)
    db.engine.dispose()


def test_a_write_that_finds_no_room_says_so_and_reading_goes_on(program: Program) -> None:
    long = {**NEW, "description": "Words that take room. " * 200}
    answers = (program.post("/products/", long) for _ in range(MOST))

    refused = next(answer for answer in answers if answer.status_code != 201)

    assert (refused.status_code, refused.content_type) == (507, "application/problem+json")
    assert "There is no room left" in refused.json["detail"]
    assert program.get("/products/").status_code == 200
    assert program.get("/products/stats/").status_code == 200


def test_postgresql_says_it_by_a_state_of_its_own() -> None:
    full, restarting = psycopg.errors.DiskFull(), psycopg.errors.AdminShutdown()

    assert has_no_room(OperationalError(None, None, full))
    assert not has_no_room(OperationalError(None, None, restarting))
