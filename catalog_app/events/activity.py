"""Who changed what: the revisions of everything, narrowed and paged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from catalog_app.events.models import Revision

ACTORS: Final[dict[str, str]] = {"people": "user:%", "syncs": "sync:%", "programs": "token:%", "commands": "cli"}
"""Kinds of actors, and how what history keeps of them begins."""


@dataclass(frozen=True)
class ActivityFilter:
    """What to narrow the activity to; None leaves a dimension open. `actor` and `name` are looked for inside."""

    kind: str | None = None
    actor: str | None = None
    name: str | None = None
    subject_type: str | None = None
    subject_id: int | None = None
    run_id: int | None = None

    @property
    def count(self) -> int:
        """Return how many filters are on."""
        given = (self.kind, self.actor, self.name, self.subject_type, self.run_id)
        return sum(value is not None for value in given)


def activity(
    session: Session, wanted: ActivityFilter, *, before_id: int | None = None, limit: int = 50
) -> Sequence[Revision]:
    """Return the revisions that fit, newest first, from just before revision `before_id` on. One query."""
    query = _narrowed(select(Revision), wanted).order_by(Revision.id.desc()).limit(limit)
    return session.scalars(query if before_id is None else query.where(Revision.id < before_id)).all()


def subject_types(session: Session) -> Sequence[str]:
    """Return the types of things that anything is told of."""
    return session.scalars(select(Revision.subject_type).distinct().order_by(Revision.subject_type)).all()


def changes_by_people(session: Session, since: datetime) -> dict[date, int]:
    """Return how many changes people made on each day (UTC) since then; days without any are left out."""
    day = func.date(Revision.at)
    query = select(day, func.count()).where(Revision.actor.like(ACTORS["people"]), Revision.at >= since).group_by(day)
    # SQLite answers with text, PostgreSQL with a date.
    return {date.fromisoformat(str(on)): count for on, count in session.execute(query)}


def _narrowed(query: Select[Revision], wanted: ActivityFilter) -> Select[Revision]:
    return query.where(*_conditions(wanted))


def _conditions(wanted: ActivityFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.kind in ACTORS:
        conditions.append(Revision.actor.like(ACTORS[wanted.kind]))
    if wanted.actor:
        conditions.append(Revision.actor.icontains(wanted.actor, autoescape=True))
    if wanted.name:
        conditions.append(Revision.subject_name.icontains(wanted.name, autoescape=True))
    if wanted.subject_type:
        conditions.append(Revision.subject_type == wanted.subject_type)
    if wanted.subject_id is not None:
        conditions.append(Revision.subject_id == wanted.subject_id)
    if wanted.run_id is not None:
        conditions.append(Revision.run_id == wanted.run_id)
    return conditions
