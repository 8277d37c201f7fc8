"""The rows of a plan, a page at a time: by their numbers, so that a page of a hundred thousand costs what the first does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session


class Numbered(Protocol):
    """A mapped row with a number."""

    id: Any


Row = TypeVar("Row", bound=Numbered)


@dataclass(frozen=True)
class RowPage(Generic[Row]):
    """Some rows of one kind. `first` is the place of the first of them; cursors are None where nothing follows."""

    items: Sequence[Row]
    first: int
    total: int
    next_after: int | None
    previous_after: int | None

    @property
    def last(self) -> int:
        return self.first + len(self.items) - 1


def row_page(
    session: Session, kind: type[Row], *conditions: ColumnElement[bool], after_id: int, limit: int
) -> RowPage[Row]:
    """Return the rows that fit, from just after row `after_id` on. Four queries at most."""
    number: InstrumentedAttribute[int] = kind.id
    listed = select(kind).where(*conditions, number > after_id).order_by(number).limit(limit + 1)
    items = session.scalars(listed).all()
    before = (*conditions, number <= after_id)
    skipped = _count(session, kind, *before) if after_id else 0
    previous = select(number).where(*before).order_by(number.desc()).offset(limit).limit(1)
    return RowPage(
        items=items[:limit],
        first=skipped + 1 if items else 0,
        total=_count(session, kind, *conditions),
        next_after=items[limit - 1].id if len(items) > limit else None,
        previous_after=(session.scalars(previous).first() or 0) if skipped else None,
    )


def _count(session: Session, kind: type[Any], *conditions: ColumnElement[bool]) -> int:
    return session.execute(select(func.count()).select_from(kind).where(*conditions)).scalar_one()
