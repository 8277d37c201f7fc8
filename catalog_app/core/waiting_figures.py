"""What a monitoring system is told of work that waits for somebody to take it up: how much, and for how long."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.metrics import Sample

_WAITING: Final = ("catalog_jobs_waiting", "Rows that wait for a process to work on them.")
_OLDEST: Final = (
    "catalog_jobs_oldest_waiting_seconds",
    "For how long the one that came first has waited; 0 where none does.",
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The rows of one kind of work that wait, and the moment since when each does."""

    # Not `job`: that is what Prometheus calls those it asks.
    kind: str
    since: ColumnElement[datetime] | Any
    waits: ColumnElement[bool]

    def samples(self) -> Iterator[Sample]:
        count, first = db.session().execute(select(func.count(), func.min(self.since)).where(self.waits)).one()
        seconds = 0.0 if first is None else max(0.0, (utcnow() - first).total_seconds())
        yield Sample(*_WAITING, {"kind": self.kind}, count)
        yield Sample(*_OLDEST, {"kind": self.kind}, seconds)
