"""What runs here: versions, the database, its schema, and what is not in order."""

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from flask import current_app
from sqlalchemy import text

from catalog_app.core.db import db
from catalog_app.core.readiness import faults
from catalog_app.core.schema_version import NEWEST, schema_version
from catalog_app.core.wiring import settings

LIBRARIES: Final = ("Flask", "SQLAlchemy", "pydantic")


@dataclass(frozen=True)
class About:
    """Facts as (label, value), and one line for each thing that is not in order."""

    versions: tuple[tuple[str, str], ...]
    database: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]


def about() -> About:
    """Return what runs here. Nothing of it is a secret: the database is named by its kind, never by its address."""
    return About(tuple(_versions()), tuple(_database()), tuple(faults(current_app)))


def _versions() -> Iterator[tuple[str, str]]:
    yield "Python", platform.python_version()
    for library in LIBRARIES:
        yield library, version(library)
    yield "Platform", sys.platform
    yield "Jobs", settings().job_queue


def _database() -> Iterator[tuple[str, str]]:
    with db.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        query = "SELECT sqlite_version()" if is_sqlite else "SHOW server_version"
        yield "SQLite" if is_sqlite else "PostgreSQL", str(connection.execute(text(query)).scalar_one())
        current = schema_version(connection)
    yield "Schema", current or "none"
    yield "Newest schema", NEWEST
