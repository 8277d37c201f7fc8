"""Which due times there are: one row for each frequency that a system or its living products have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import ColumnElement, ScalarSelect, delete, literal, select, update
from sqlalchemy.orm import Session

from catalog_app.core.errors import RuleError
from catalog_app.core.upsert import insert_missing
from catalog_app.products.models import Product
from catalog_app.sync.models import ExternalSystem, SystemSchedule
from catalog_app.sync.schedule.frequencies import WORDS, next_due

log = structlog.get_logger()

CLOCKS_APART: Final = timedelta(minutes=1)
"""How far the clocks of two nodes may differ."""
LONGEST_WAIT: Final = timedelta(days=1)
"""For how long a failing system is left alone at most, whatever it asks for."""

Name = tuple[str, str]
"""The key of a row: the system and the frequency."""


@dataclass(frozen=True)
class Corrections:
    """How the rows differ from what systems and products want."""

    missing: Mapping[Name, datetime]
    unused: Sequence[Name]
    # What is further off than it can be, since a clock was put back: the due time that was seen, and the right one.
    astray: Mapping[Name, tuple[datetime, datetime]]

    def __bool__(self) -> bool:
        return bool(self.missing or self.unused or self.astray)


@dataclass(frozen=True)
class _Due:
    """When a frequency is due next, and the latest that a clock as far ahead as allowed may have reckoned."""

    next: datetime
    latest: datetime


def corrections(session: Session, now: datetime) -> Corrections:
    """Return what `ensure_rows` would change. Two queries that read no product, however many there are."""
    wanted = dict(_wanted(session, now))
    rows = {(row.external_system, row.frequency): row for row in session.execute(_ROWS)}
    astray = {
        name: (rows[name].due_at, due.next)
        for name, due in wanted.items()
        if name in rows
        and rows[name].due_at > (now + LONGEST_WAIT + CLOCKS_APART if rows[name].failures else due.latest)
    }
    return Corrections(
        missing={name: due.next for name, due in wanted.items() if name not in rows},
        unused=sorted(name for name in rows if name not in wanted),
        astray=astray,
    )


def ensure_rows(session: Session, now: datetime) -> None:
    """Let there be one row for each frequency in use, and none besides; a new one is due at its next time."""
    found = corrections(session, now)
    new = [
        {"external_system": system, "frequency": frequency, "due_at": due, "failures": 0}
        for (system, frequency), due in sorted(found.missing.items())
    ]
    insert_missing(session, SystemSchedule.metadata.tables[SystemSchedule.__tablename__], new)
    connection = session.connection()
    for name in found.unused:
        connection.execute(delete(SystemSchedule).where(*_is(name)))
    for name, (seen, due) in sorted(found.astray.items()):
        move_due(session, name, seen=seen, due=due)
        log.warning("due time was too far off", system=name[0], frequency=name[1], was=seen, due=due)


def move_due(session: Session, name: Name, *, seen: datetime, due: datetime) -> bool:
    """Move a due time from the value that was seen to another; return False where somebody else moved it first."""
    statement = update(SystemSchedule).where(*_is(name), SystemSchedule.due_at == seen).values(due_at=due)
    return session.connection().execute(statement).rowcount == 1


def _wanted(session: Session, now: datetime) -> Iterator[tuple[Name, _Due]]:
    for row in session.execute(_FREQUENCIES):
        own = {word for word in WORDS if getattr(row, word)}
        for frequency in sorted({row.sync_frequency, *own}):
            try:
                due = next_due(frequency, row.time_zone, now, row.key)
                latest = next_due(frequency, row.time_zone, now + CLOCKS_APART, row.key)
            except RuleError as error:
                # Checked when it was saved; but the zones that there are differ between machines.
                log.warning("frequency cannot be read", system=row.key, frequency=frequency, reason=str(error))
                continue
            if due is not None and latest is not None:
                yield (row.key, frequency), _Due(due, latest)


def _is(name: Name) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    system, frequency = name
    return SystemSchedule.external_system == system, SystemSchedule.frequency == frequency


_ROWS: Final = select(
    SystemSchedule.external_system, SystemSchedule.frequency, SystemSchedule.due_at, SystemSchedule.failures
)


def _has(word: str) -> ScalarSelect[int]:
    """Return 1 where a living product of the system has the frequency, by one look into an index.

    Products choose from a short list, so asking for each word is cheap; collecting the words that there are would mean
    walking through all products. PostgreSQL likes to do that for a plain EXISTS, too, once a tenth of them has the
    word (half a second for a million); it does not where an order is asked for.
    """
    living = select(literal(1)).where(
        Product.external_system == ExternalSystem.key,
        Product.sync_frequency.between(word, word),
        Product.deleted_at.is_(None),
    )
    return living.order_by(Product.sync_frequency).limit(1).correlate(ExternalSystem).scalar_subquery()


_FREQUENCIES: Final = select(
    ExternalSystem.key,
    ExternalSystem.sync_frequency,
    ExternalSystem.time_zone,
    *(_has(word).label(word) for word in WORDS),
)
