"""What it means for a caller that the database does not answer, in one place for every door."""

from typing import Final, Self

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_KINDS: Final = frozenset({"OperationalError", "InterfaceError"})
_DRIVERS: Final = frozenset({"psycopg", "sqlite3"})
_STATES: Final = frozenset({"25006", "25P03"})
"""A server that has become a standby, and one that ended a transaction that was left open: neither is an operational
error by its class, and both pass."""
_GONE: Final = ("08", "57P")
_TOO_LONG: Final = "57014"
_NO_ROOM: Final = ("53100", 13)
"""PostgreSQL's disk_full and SQLite's SQLITE_FULL."""


class CommitUnansweredError(OperationalError):
    """The database went away before it said whether a transaction was committed: it may have been, or not."""

    @classmethod
    def of(cls, cause: BaseException) -> Self:
        """Return the error for what the driver raised instead of an answer."""
        return cls(None, None, cause, connection_invalidated=True)


def is_outage(error: BaseException) -> bool:
    """Return whether the database is why something failed, and not what was asked of it: it may go well in a moment.

    It is away, restarting or failing over, it is locked for too long, or it took too long over a statement. Errors of
    the drivers themselves count as well: some statements run past SQLAlchemy.
    """
    if isinstance(error, OperationalError | InterfaceError | PoolTimeoutError | PendingRollbackError):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _state(error.orig) in _STATES
    return _is_of_driver(error) or _state(error) in _STATES


def is_away(error: DBAPIError) -> bool:
    """Return whether a server of PostgreSQL cannot be reached, or hung up: no word about what was asked."""
    state = _state(error.orig)
    is_operational = isinstance(error, OperationalError) and type(error.orig).__module__.startswith("psycopg")
    hung_up = state is None or state.startswith(_GONE)
    return error.connection_invalidated or (is_operational and hung_up)


def took_too_long(error: BaseException) -> bool:
    """Return whether the database gave a statement up because of the time that it took."""
    return _state(getattr(error, "orig", None) or error) == _TOO_LONG


def has_no_room(error: BaseException) -> bool:
    """Return whether the disk that the database lies on is full: it reads on, and takes nothing more."""
    cause = getattr(error, "orig", None) or error
    return _state(cause) in _NO_ROOM or getattr(cause, "sqlite_errorcode", None) in _NO_ROOM


def _is_of_driver(error: BaseException) -> bool:
    # By name: a process that works on SQLite does not load the other driver for this.
    kinds = ((kind.__module__.partition(".")[0], kind.__name__) for kind in type(error).__mro__)
    return any(module in _DRIVERS and name in _KINDS for module, name in kinds)


def _state(error: BaseException | None) -> str | None:
    found = getattr(error, "sqlstate", None)
    return found if isinstance(found, str) else None
