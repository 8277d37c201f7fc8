"""What must be in place before anything is served, and the command that mends what is missing."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from catalog_app.core.db import db
from catalog_app.core.schema_version import is_half_restored, is_usable, schema_version
from catalog_app.core.wiring import providers

log = structlog.get_logger()


@dataclass(frozen=True)
class Watched:
    """How something that runs beside the requests is doing; `fault` is why this process should get no work, if so."""

    name: str
    facts: Mapping[str, object] = field(default_factory=dict)
    fault: str | None = None


class Watcher(Protocol):
    def watched(self) -> Watched:
        """Return how what is watched over is doing now."""
        ...


@dataclass(frozen=True)
class Standing:
    """Whether this process may be given work: what stands against it, and how what runs beside the requests is doing."""

    faults: list[str]
    facts: dict[str, dict[str, object]]


def standing(app: Flask) -> Standing:
    """Return how the running application stands; raise SQLAlchemyError where the database does not answer."""
    found = faults(app)
    watched = [] if found else [watcher.watched() for watcher in providers(Watcher)]
    found = found or [watch.fault for watch in watched if watch.fault]
    return Standing(found, {watch.name: dict(watch.facts) for watch in watched})


def faults(app: Flask) -> list[str]:
    """Return one line for each thing that is missing, with the command that mends it."""
    with app.app_context():
        return [*front_end_faults(app), *schema_faults()]


def front_end_faults(app: Flask) -> list[str]:
    """Return what is missing of the front-end files by others, which are installed and never committed."""
    if (Path(str(app.static_folder)) / "vendor" / "manifest.json").is_file():
        return []
    return ["The front-end files are missing: run `make assets`."]


def schema_faults() -> list[str]:
    """Return what is missing of the database's schema; needs an application context."""
    with db.engine.connect() as connection:
        if is_half_restored(connection):
            return ["A backup was not put back to its end: run `flask --app wsgi restore PATH` again."]
        usable = is_usable(schema_version(connection))
    return [] if usable else ["The database is not up to date: run `flask --app wsgi db upgrade`."]


def refuse_unless_ready(app: Flask) -> None:
    """End the process with one line that names the mending command, unless everything is in place.

    A database that does not answer just now is no reason to end: it may come back, and /readyz says so.
    """
    try:
        found = faults(app)
    except SQLAlchemyError as error:
        log.warning("database does not answer at start", kind=type(error).__name__)
        return
    finally:
        # Servers that load first and fork then would share the pooled connection, and mix up its answers.
        with app.app_context():
            db.engine.dispose()
    if found:
        sys.exit(found[0])
