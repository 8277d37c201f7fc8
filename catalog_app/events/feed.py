"""The feed: revisions in the order of their numbers, none ever missed by somebody who reads on from where they were.

On SQLite one transaction writes at a time, so numbers come in the order in which they are committed. On PostgreSQL a
number may be committed after a higher one. There every transaction takes, by a trigger, a shared advisory lock on the
last number that was given out before its own first one. A reader goes as far as the numbers had come, but not beyond
the lowest such lock: everything up to there is committed or will never be (docs/adr/0017-feed.md).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import is_postgresql
from catalog_app.core.errors import CatalogError, Sentence
from catalog_app.core.reader import Reader
from catalog_app.events.models import Revision

# The number of our locks stands in the trigger too (migration 0007_feed).
_LOCKS: Final = 710017
_CURSOR: Final = re.compile(r"r([0-9]{1,10})", re.ASCII)
_MAX_ID: Final = 2**31 - 1
_NEWEST: Final = "SELECT max(id) FROM revision"
_LAST: Final = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM revision_id_seq"
_OLDEST_WRITER: Final = (
    "SELECT min(objid::bigint) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"  # noqa: S608  # our own number
    f" AND classid = {_LOCKS} AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class LostPositionError(CatalogError):
    """Nobody was ever given this number: the database is an older one, brought back from a backup."""


def cursor_text(position: int) -> str:
    """Return a position as followers give it back."""
    return f"r{position}"


def position_of(cursor: str) -> int:
    """Return the position that a cursor names; raise ValueError for anything but one of ours."""
    found = _CURSOR.fullmatch(cursor)
    if found is None or int(found[1]) > _MAX_ID:
        raise ValueError(Sentence("This is no cursor of the changes."))
    return int(found[1])


@dataclass(frozen=True)
class FeedPage:
    """Revisions in order, and the position from which the next page goes on; `is_last` where nothing waits behind it."""

    revisions: Sequence[Revision]
    position: int
    is_last: bool


def horizon(session: Session) -> int:
    """Return the number up to which every revision can be read that there will ever be.

    Whoever reads up to it on PostgreSQL must do so in a later statement, and not under a snapshot taken before.
    """
    connection = session.connection()
    return _horizon(lambda ask: connection.exec_driver_sql(ask).scalar(), is_pg=is_postgresql(connection))


def horizon_by(reader: Reader) -> int:
    """Return the same by a connection that only reads, for those who look again and again."""
    return _horizon(reader.value, is_pg=reader.is_postgresql)


def check_position(session: Session, position: int) -> None:
    """Raise LostPositionError for a position that lies beyond every number that was given out."""
    connection = session.connection()
    last = connection.exec_driver_sql(_LAST).scalar_one() if is_postgresql(connection) else horizon(session)
    if position > last:
        raise LostPositionError(Sentence("The changes up to this cursor are not here; begin again with all products."))


def read_feed(session: Session, subject_type: str, *, after: int, limit: int) -> FeedPage:
    """Return up to `limit` revisions of things of one type that follow a position."""
    end = horizon(session)
    if end <= after:
        return FeedPage((), after, is_last=True)
    query = (
        select(Revision)
        .where(Revision.id > after, Revision.id <= end, Revision.subject_type == subject_type)
        .order_by(Revision.id)
        .limit(limit + 1)
    )
    found = session.scalars(query).all()
    if len(found) > limit:
        return FeedPage(found[:limit], found[limit - 1].id, is_last=False)
    # What is left up to the end tells of other things, and need not be passed over again.
    return FeedPage(found, end, is_last=True)


def _horizon(value: Callable[[str], int | None], *, is_pg: bool) -> int:
    if not is_pg:
        return value(_NEWEST) or 0
    # In this order: who takes a number after the first statement has one above it, and who took one before holds the
    # lock until it has ended.
    last, oldest = value(_LAST) or 0, value(_OLDEST_WRITER)
    return last if oldest is None else min(last, oldest)
