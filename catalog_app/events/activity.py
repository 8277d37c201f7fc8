"""Who changed what: the revisions of everything, narrowed and paged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from catalog_app.core.json_sql import json_has_path
from catalog_app.core.wiring import providers
from catalog_app.events.models import Revision

ACTORS: Final[dict[str, str]] = {"people": "user:%", "syncs": "sync:%", "programs": "token:%", "commands": "cli"}
"""Kinds of actors, and how what history keeps of them begins."""


class SystemScope(Protocol):
    """Knows which changes concern what comes from an external system: its products, and the system itself."""

    def __call__(self, key: str) -> ColumnElement[bool]: ...


@dataclass(frozen=True)
class ActivityFilter:
    """What to narrow the activity to; None leaves a dimension open. `actor` and `name` are looked for inside.

    `since` and `until` are moments; what happened at `until` itself is left out.
    """

    kind: str | None = None
    actor: str | None = None
    name: str | None = None
    subject_type: str | None = None
    subject_id: int | None = None
    action: str | None = None
    field: str | None = None
    system: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    run_id: int | None = None
    edit_plan_id: int | None = None

    @property
    def count(self) -> int:
        """Return how many filters are on; a thing's number only makes its kind precise."""
        given = (value for name, value in vars(self).items() if name != "subject_id" or not self.subject_type)
        return sum(value is not None for value in given)


@dataclass(frozen=True)
class ActivityPage:
    """Changes, newest first, and the places from which those before and after them are read; None where none are."""

    revisions: Sequence[Revision]
    newer: int | None
    older: int | None


def activity(
    session: Session, wanted: ActivityFilter, *, before_id: int | None = None, limit: int = 50
) -> Sequence[Revision]:
    """Return the revisions that fit, newest first, from just before revision `before_id` on. One query."""
    query = _narrowed(select(Revision), wanted).order_by(Revision.id.desc()).limit(limit)
    return session.scalars(query if before_id is None else query.where(Revision.id < before_id)).all()


def activity_page(
    session: Session, wanted: ActivityFilter, *, before_id: int | None, after_id: int | None, limit: int
) -> ActivityPage:
    """Return the page of what fits just before a revision, or just after one, or else the newest. One query."""
    if after_id is None:
        found = activity(session, wanted, before_id=before_id, limit=limit + 1)
        shown = found[:limit]
        older = shown[-1].id if len(found) > limit else None
        return ActivityPage(shown, shown[0].id if shown and before_id is not None else None, older)
    query = _narrowed(select(Revision), wanted).where(Revision.id > after_id).order_by(Revision.id).limit(limit + 1)
    found = session.scalars(query).all()
    shown = found[:limit][::-1]
    return ActivityPage(shown, shown[0].id if len(found) > limit else None, shown[-1].id if shown else None)


def each_change(session: Session, wanted: ActivityFilter, *, limit: int, batch: int = 500) -> Iterator[Revision]:
    """Yield up to `limit` revisions that fit, newest first, some at a time, so that a file of them needs no memory."""
    before: int | None = None
    while limit > 0:
        found = activity(session, wanted, before_id=before, limit=min(batch, limit))
        yield from found
        if len(found) < batch:
            return
        before, limit = found[-1].id, limit - len(found)
        session.expunge_all()


def changes_by_people(session: Session, since: datetime) -> dict[date, int]:
    """Return how many changes people made on each day (UTC) since then; days without any are left out."""
    day = func.date(Revision.at)
    query = select(day, func.count()).where(Revision.actor.like(ACTORS["people"]), Revision.at >= since).group_by(day)
    # SQLite answers with text, PostgreSQL with a date.
    return {date.fromisoformat(str(on)): count for on, count in session.execute(query)}


def history_begins(session: Session) -> date | None:
    """Return the day (UTC) of the first thing that was ever written down."""
    at = session.scalar(select(Revision.at).order_by(Revision.id).limit(1))
    return None if at is None else at.date()


def _narrowed(query: Select[Revision], wanted: ActivityFilter) -> Select[Revision]:
    return query.where(*_conditions(wanted))


def _conditions(wanted: ActivityFilter) -> list[ColumnElement[bool]]:
    return [*_about_who(wanted), *_about_what(wanted), *_about_when(wanted)]


def _about_who(wanted: ActivityFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.kind in ACTORS:
        yield Revision.actor.like(ACTORS[wanted.kind])
    if wanted.actor:
        yield Revision.actor.icontains(wanted.actor, autoescape=True)
    if wanted.run_id is not None:
        yield Revision.run_id == wanted.run_id
    if wanted.edit_plan_id is not None:
        yield Revision.edit_plan_id == wanted.edit_plan_id


def _about_what(wanted: ActivityFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.name:
        yield Revision.subject_name.icontains(wanted.name, autoescape=True)
    if wanted.subject_type:
        yield Revision.subject_type == wanted.subject_type
    if wanted.subject_id is not None:
        yield Revision.subject_id == wanted.subject_id
    if wanted.action:
        yield Revision.action == wanted.action
    if wanted.field:
        yield json_has_path(Revision.changes, wanted.field)
    if wanted.system:
        yield or_(*(scope(wanted.system) for scope in providers(SystemScope)))


def _about_when(wanted: ActivityFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield Revision.at >= wanted.since
    if wanted.until is not None:
        yield Revision.at < wanted.until
