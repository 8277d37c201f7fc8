"""Going through the checks: each by itself, and those that cannot be made are passed over."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from sqlalchemy.exc import SQLAlchemyError

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.schema_version import NEWEST, is_half_restored, schema_version
from catalog_app.core.wiring import settings
from catalog_app.operating.doctor.checks import CHECKS
from catalog_app.operating.doctor.ground import Check, Finding, Ground


@dataclass(frozen=True)
class Found:
    """A fault, and the check that saw it."""

    check: str
    fault: Finding


@dataclass(frozen=True)
class Diagnosis:
    """What was found, by how many checks, and how many could not be made."""

    found: Sequence[Found]
    made: int
    passed_over: int


def examine() -> Diagnosis:
    """Look at the running application's settings, machine and database. Nothing is changed."""
    ground = Ground(settings(), os.environ, utcnow())
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(db.engine.connect())
            is_newest = schema_version(connection) == NEWEST and not is_half_restored(connection)
        except SQLAlchemyError as error:
            return diagnosed(replace(ground, silence=type(error).__name__), {"machine"})
        able = {"machine", "database", "schema"} if is_newest else {"machine", "database"}
        return diagnosed(replace(ground, connection=connection), able)


def diagnosed(ground: Ground, able: set[str]) -> Diagnosis:
    """Make the checks that need no more than there is."""
    chosen = [check for check in CHECKS if check.needs in able]
    found = [one for check in chosen for one in _seen_by(check, ground)]
    return Diagnosis(found, made=len(chosen), passed_over=len(CHECKS) - len(chosen))


def _seen_by(check: Check, ground: Ground) -> Iterator[Found]:
    try:
        for fault in check.look(ground):
            yield Found(check.name, fault)
    except (OSError, SQLAlchemyError) as error:
        wrong = f"This could not be looked at ({type(error).__name__})."
        yield Found(check.name, Finding(wrong, "Run this command as the account of the service."))
