"""What runs here: versions, the database, its schema, who beats, and how each of them does, with advice."""

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

from flask import current_app
from flask_babel import gettext
from sqlalchemy import text

from catalog_app.core.db import db
from catalog_app.core.moments import figure, took
from catalog_app.core.readiness import Watched, Watcher, front_end_faults, schema_faults
from catalog_app.core.schema_version import NEWEST, schema_version
from catalog_app.core.sealing import can_seal
from catalog_app.core.wiring import providers, settings

LIBRARIES: Final = ("Flask", "SQLAlchemy", "pydantic", "granian")
_SIZE_SQLITE: Final = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
_SIZE_POSTGRESQL: Final = "SELECT pg_database_size(current_database())"
_MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True)
class Check:
    """One thing that has to be in order: how it is, and what to do where it is not."""

    name: str
    is_good: bool
    says: str
    advice: str = ""


@dataclass(frozen=True)
class About:
    """Facts as (label, value), and how each thing does."""

    versions: tuple[tuple[str, str], ...]
    database: tuple[tuple[str, str], ...]
    checks: tuple[Check, ...]

    @property
    def faults(self) -> list[Check]:
        return [check for check in self.checks if not check.is_good]


def about() -> About:
    """Return what runs here. Nothing of it is a secret: the database is named by its kind, never by its address."""
    return About(tuple(_versions()), tuple(_database()), tuple(_checks()))


def _versions() -> Iterator[tuple[str, str]]:
    yield "Python", platform.python_version()
    for library in LIBRARIES:
        yield library, version(library)
    yield gettext("Platform"), sys.platform
    yield gettext("Jobs"), settings().job_queue


def _database() -> Iterator[tuple[str, str]]:
    with db.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        query = "SELECT sqlite_version()" if is_sqlite else "SHOW server_version"
        yield gettext("Kind"), "SQLite" if is_sqlite else "PostgreSQL"
        yield gettext("Version"), str(connection.execute(text(query)).scalar_one())
        size = connection.execute(text(_SIZE_SQLITE if is_sqlite else _SIZE_POSTGRESQL)).scalar_one()
        yield gettext("Size"), gettext("%(size)s MB", size=figure(round(size / _MEBIBYTE, 1)))
        current = schema_version(connection)
    yield gettext("Schema"), current or gettext("none")
    yield gettext("Newest schema"), NEWEST


def _checks() -> Iterator[Check]:
    yield _check(gettext("Schema"), gettext("The database has the newest one."), schema_faults())
    yield _check(gettext("Front-end files"), gettext("They are here."), front_end_faults(current_app))
    for watch in (watcher.watched() for watcher in providers(Watcher)):
        yield _watched(watch)
    yield Check(
        gettext("Secrets"),
        can_seal(),
        gettext("They are kept sealed.") if can_seal() else gettext("Nothing can be sealed."),
        "" if can_seal() else gettext("Set CATALOG_ENCRYPTION_KEYS; until then no secret can be typed in here."),
    )


def _check(name: str, good: str, faults: list[str]) -> Check:
    return Check(name, not faults, good, " ".join(faults))


def _watched(watch: Watched) -> Check:
    names: dict[str, Any] = {"scheduler": gettext("Scheduler")}
    name = str(names.get(watch.name, watch.name.capitalize()))
    seconds = watch.facts.get("last_beat_seconds")
    if watch.fault:
        return Check(name, is_good=False, says="", advice=watch.fault)
    if not isinstance(seconds, int):
        silent = gettext("Nobody has beaten yet. Set CATALOG_SCHEDULER_ENABLED, or run the command scheduler.")
        return Check(name, is_good=False, says=gettext("No sync begins by itself."), advice=silent)
    return Check(name, is_good=True, says=gettext("It beat %(age)s ago.", age=took(seconds)))
