"""What a monitoring system is told of the database: what failed in it, what is held of it, and how large it is."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Engine, ExceptionContext, Pool, event, text
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import is_postgresql
from catalog_app.core.db import db
from catalog_app.core.metrics import Level, Sample, Tally

_OTHER: Final = "other"
_KINDS: Final = ("OperationalError", "InterfaceError", "InternalError", "IntegrityError", "ProgrammingError", _OTHER)
_ERRORS: Final = Tally("catalog_database_errors", "Statements that failed in the database.", "kind", _KINDS)
_IN_USE: Final = Level(
    "catalog_database_connections_in_use", "Connections that the workers of this node are using just now."
)
_SIZE: Final = ("catalog_database_size_bytes", "How large the database is.")
_SESSIONS: Final = (
    "catalog_database_sessions",
    "Connections of anybody to the database of PostgreSQL, by what they do.",
)
_LIMIT: Final = ("catalog_database_sessions_limit", "How many connections the server of PostgreSQL takes.")

_SIZE_POSTGRESQL: Final = text("SELECT pg_database_size(current_database())")
_SIZE_SQLITE: Final = text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
_SESSIONS_NOW: Final = text("SELECT coalesce(state, '') FROM pg_stat_activity WHERE datname = current_database()")
_MOST_SESSIONS: Final = text("SELECT current_setting('max_connections')::int")
_STATES: Final = ("active", "idle", "idle in transaction", _OTHER)
_USED: Final = "catalog_in_use"


class DatabaseFigures:
    """Reads the figures from the database: they are the same whichever worker is asked."""

    def samples(self) -> Iterator[Sample]:
        session = db.session()
        if not is_postgresql(session.connection()):
            yield Sample(*_SIZE, {}, session.scalar(_SIZE_SQLITE) or 0)
            return
        yield Sample(*_SIZE, {}, session.scalar(_SIZE_POSTGRESQL) or 0)
        yield Sample(*_LIMIT, {}, session.scalar(_MOST_SESSIONS) or 0)
        yield from _sessions(session)


def failed(error: BaseException) -> None:
    """Count a statement that failed. The drivers have finer kinds of the same names."""
    names = (kind.__name__ for kind in type(error).__mro__)
    _ERRORS.add(next((name for name in names if name in _KINDS), _OTHER))


def _sessions(session: Session) -> Iterator[Sample]:
    counts = dict.fromkeys(_STATES, 0)
    # Whose sessions one may not look into are there all the same, in no state.
    for state in session.scalars(_SESSIONS_NOW):
        counts[state if state in counts else _OTHER] += 1
    for state, count in counts.items():
        yield Sample(*_SESSIONS, {"state": state}, count)


@event.listens_for(Engine, "handle_error")
def _count_error(context: ExceptionContext) -> None:
    # One that is found dead when it is about to be used is replaced; nobody noticed.
    if not context.is_pre_ping:
        failed(context.sqlalchemy_exception or context.original_exception)


@event.listens_for(Pool, "checkout")
def _taken(_connection: object, record: Any, _proxy: object) -> None:
    if _IN_USE.is_begun and not record.record_info.get(_USED):
        record.record_info[_USED] = True
        _IN_USE.move(+1)


@event.listens_for(Pool, "checkin")
@event.listens_for(Pool, "detach")
def _given_back(_connection: object, record: Any) -> None:
    # One that could not be made anew is given back without having been taken.
    if record.record_info.pop(_USED, False):
        _IN_USE.move(-1)
