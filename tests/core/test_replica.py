"""Lists come from a replica where it shows what the primary shows, and from the primary where it does not.

What a replica is to its reader can be shown with two files; a real one that streams, stands still, dies and comes back is
read from by `python -m benchmarks.torture replica`.
"""

import sqlite3
from pathlib import Path

import pytest
from flask import Flask

from catalog_app.app import create_app
from catalog_app.core import replica
from catalog_app.core.db import db
from catalog_app.products.reads import catalogue_version
from catalog_app.settings import Settings, SettingsError, load_settings
from tests.doors.test_metrics import scraped, value
from tests.support.api import Program
from tests.support.databases import SECRET_KEY, PostgresDatabase, SqliteTemplate, plain_settings

LIST = "/products/?limit=10"
AVAILABLE = "/products/available/"
LEAST = {"product_type": "data", "price": "9.00", "currency": "SAR", "lifecycle_status": "launched"}


@pytest.fixture
def database_url(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    return sqlite_template.copy_to(tmp_path)


@pytest.fixture
def program(app: Flask) -> Program:
    made = Program.with_scopes(app, "products:read", "products:write")
    assert made.post("/products/", {**LEAST, "name": "Flex"}).status_code == 201
    return made


def replicated(app: Flask, url: str) -> None:
    replica.init_app(app, url, {}, position=catalogue_version.READ)


def copied(primary: str, folder: Path) -> str:
    """Copy the database, and write another name into the copy, by which one sees who answers."""
    copy = folder / "replica.db"
    with sqlite3.connect(primary.removeprefix("sqlite:///")) as source, sqlite3.connect(copy) as target:
        source.backup(target)
        target.execute("UPDATE product_document SET body = replace(body, '\"Flex\"', '\"Replica\"')")
    source.close()
    target.close()
    return f"sqlite:///{copy}"


def names(program: Program, path: str) -> list[str]:
    answer = program.get(path)
    assert answer.status_code == 200, answer.text
    return [product["name"] for product in answer.json["results"]]


def taken(app: Flask) -> dict[str, float]:
    found = scraped(app)
    return {one: value(found, "catalog_replica_reads_total", outcome=one) for one in ("replica", "behind", "away")}


def test_lists_come_from_the_replica_until_the_catalogue_moves(
    app: Flask, program: Program, database_url: str, tmp_path: Path
) -> None:
    replicated(app, copied(database_url, tmp_path))

    assert (names(program, LIST), names(program, AVAILABLE)) == (["Replica"], ["Replica"])
    tag = program.get(LIST).headers["ETag"]
    assert program.get(LIST, headers={"If-None-Match": tag}).status_code == 304

    assert program.post("/products/", {**LEAST, "name": "Roam"}).status_code == 201
    assert sorted(names(program, LIST)) == sorted(names(program, AVAILABLE)) == ["Flex", "Roam"]
    assert program.get(LIST, headers={"If-None-Match": tag}).status_code == 200


def test_one_product_comes_from_the_primary(app: Flask, program: Program, database_url: str, tmp_path: Path) -> None:
    replicated(app, copied(database_url, tmp_path))
    number = program.get(LIST).json["results"][0]["id"]

    assert program.get(f"/products/{number}/").json["name"] == "Flex"


def test_a_replica_that_is_away_is_left_alone_and_nobody_notices(app: Flask, program: Program) -> None:
    before = taken(app)
    replicated(app, "sqlite:////nowhere/at/all/replica.db")

    assert [names(program, LIST) for _ in range(3)] == [["Flex"]] * 3
    after = taken(app)
    assert {name: after[name] - before[name] for name in after} == {"replica": 0, "behind": 0, "away": 3}


def test_the_replica_tells_how_it_does(postgres: PostgresDatabase, tmp_path: Path) -> None:
    url = postgres.empty()
    app = create_app(Settings.model_validate({**plain_settings(url, tmp_path), "database_read_url": url}))

    assert app.test_client().get("/readyz").get_json()["replica"] == {"answers": True, "lag_seconds": 0}
    found = scraped(app)
    assert (value(found, "catalog_replica_up"), value(found, "catalog_replica_lag_seconds")) == (1, 0)
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    ("primary", "read"),
    [
        ("sqlite:////x.db", "postgresql://host/name"),
        ("postgresql://host/name", "sqlite:////x.db"),
        (None, "postgres://h/n"),
    ],
)
def test_a_replica_of_something_else_than_postgresql_stops_the_start(primary: str | None, read: str) -> None:
    environ = {"CATALOG_SECRET_KEY": SECRET_KEY, "CATALOG_DATABASE_READ_URL": read}
    with pytest.raises(SettingsError, match="CATALOG_DATABASE_READ_URL: only PostgreSQL has replicas"):
        load_settings(environ | ({"CATALOG_DATABASE_URL": primary} if primary else {}))


def test_the_address_of_a_replica_may_be_written_as_hosting_platforms_do() -> None:
    urls = {"CATALOG_DATABASE_URL": "postgres://host/name", "CATALOG_DATABASE_READ_URL": "postgres://replica/name"}

    settings = load_settings({"CATALOG_SECRET_KEY": SECRET_KEY, **urls})

    assert settings.sqlalchemy_read_url == "postgresql+psycopg://replica/name"
