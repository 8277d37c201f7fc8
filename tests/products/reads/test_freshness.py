"""A reader that asks again is told "not modified" exactly as long as it would be told the same."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import event

from catalog_app.core.db import db, writing
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader
from catalog_app.products.models import Product
from catalog_app.products.reads.documents import microseconds
from catalog_app.products.reads.standing import Standings
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import SystemState
from tests.products.factories import NOW, saved
from tests.support.api import Program

SLACK = 100
PATHS = ("/products/", "/products/available/", "/products/stats/", "/products/?available_now=true&fields=id")


def committed(**values: Any) -> int:
    with writing() as session:
        return saved(session, **values).id


def asked(api: Program) -> dict[str, str]:
    return {path: api.get(path).headers["ETag"] for path in PATHS}


def statuses(api: Program, tags: dict[str, str]) -> set[int]:
    return {api.get(path, headers={"If-None-Match": tag}).status_code for path, tag in tags.items()}


def test_a_list_is_unchanged_until_something_is_written(app: Flask) -> None:
    number = committed()
    api = Program.with_scopes(app, "products:read")
    tags = asked(api)
    assert statuses(api, tags) == {304}

    ProductCatalogService().patch(number, {"name": "New"}, expected_version=None, actor="tests")
    assert statuses(api, tags) == {200}

    tags = asked(api)
    with writing() as session:
        session.get_one(SystemState, "xiva").last_complete_at = NOW
    assert statuses(api, tags) == {200}


def test_a_list_changes_at_the_moment_at_which_a_window_opens_or_closes(app: Flask) -> None:
    committed(valid_from=NOW + timedelta(hours=1), valid_to=NOW + timedelta(hours=2))
    api = Program.with_scopes(app, "products:read")
    seen = []
    with time_machine.travel(NOW, tick=False) as clock:
        for minutes in (0, 59, 60, 61, 119, 120, 500):
            clock.move_to(NOW + timedelta(minutes=minutes))
            answer = api.get("/products/?fields=available_now")
            seen.append((answer.headers["ETag"], answer.json["results"][0]["available_now"]))

    assert [is_open for _, is_open in seen] == [False, False, True, True, True, False, False]
    tags = [tag for tag, _ in seen]
    assert tags[0] == tags[1]
    assert tags[2] == tags[3] == tags[4]
    assert tags[5] == tags[6]
    assert len(set(tags)) == 3


def test_two_questions_have_two_tags(app: Flask) -> None:
    committed()
    api = Program.with_scopes(app, "products:read")

    assert len(set(asked(api).values())) == len(PATHS)
    tag = api.get("/products/?limit=1").headers["ETag"]
    assert api.get("/products/?limit=2", headers={"If-None-Match": tag}).status_code == 200


def test_a_write_of_another_process_is_seen_at_once(app: Flask, settings: Any) -> None:
    from catalog_app.app import create_app  # noqa: PLC0415  # a second one beside the fixture's

    number = committed(name="Before")
    api = Program.with_scopes(app, "products:read")
    assert api.get(f"/products/{number}/").json["name"] == "Before"
    other = create_app(settings)
    with other.app_context():
        ProductCatalogService().patch(number, {"name": "After"}, expected_version=None, actor="tests")
        db.session.remove()
        db.engine.dispose()

    assert api.get("/products/?search=after").json["results"][0]["name"] == "After"
    assert api.get(f"/products/{number}/").json["name"] == "After"


def test_reading_needs_nothing_of_sqlalchemy_once_the_token_is_known(app: Flask) -> None:
    committed()
    api = Program.with_scopes(app, "products:read")
    asked(api)
    seen: list[str] = []
    note: Callable[..., None] = lambda _conn, _cursor, statement, *_: seen.append(statement)  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", note)

    asked(api)
    api.get("/products/1/")

    assert seen == []


def test_a_reader_whose_connection_was_lost_gets_another(app: Flask) -> None:
    committed()
    api = Program.with_scopes(app, "products:read")
    assert api.get("/products/").json["results"]
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    db.session.remove()
    db.engine.dispose()

    assert api.get("/products/").json["results"]
    assert db.session.get(Product, 1) is not None


def test_the_next_moment_is_found_without_a_look_at_those_that_have_passed(app: Flask) -> None:
    many = 150
    with writing() as session:
        for minute in range(many):
            saved(session, valid_from=NOW - timedelta(minutes=minute), valid_to=NOW + timedelta(days=1, minutes=minute))

    assert _looked_up(app, at=NOW) < _looked_up(app, at=NOW - timedelta(minutes=many)) + SLACK


def _looked_up(app: Flask, *, at: datetime) -> int:
    """Return how many steps SQLite takes for how the catalogue stands; PostgreSQL does not tell, and enters right."""
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1

    def ask(reader: Reader) -> None:
        if not reader.is_postgresql:
            reader.connection.set_progress_handler(step, 1)
        Standings(lambda _reader: {}).at(reader, microseconds(at))
        if not reader.is_postgresql:
            reader.connection.set_progress_handler(None, 1)

    read_connections(app).read(ask)
    return steps
