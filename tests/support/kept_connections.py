"""Connections to PostgreSQL outlive the application that opened them, and those to SQLite write without waiting.

A new connection to PostgreSQL is a new process, which learns all tables anew: half of what a small test took. And the
data of a test need not survive a power cut.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
import pytest
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

_MOST = 4


class KeptConnections:
    """Connections that nobody uses now, by what they were opened with."""

    def __init__(self) -> None:
        self._idle: dict[str, list[psycopg.Connection]] = defaultdict(list)
        self._opened: WeakKeyDictionary[psycopg.Connection, str] = WeakKeyDictionary()
        self._lock = Lock()

    def take(self, **options: Any) -> psycopg.Connection:
        """Return a connection in the state of a new one; one that the server has ended meanwhile is left out."""
        # How Python's values are sent is the same for every engine, and each brings an object of its own for it.
        key = repr(sorted((name, value) for name, value in options.items() if name != "context"))
        while connection := self._last(key):
            if _as_new(connection):
                return connection
        connection = psycopg.connect(**options)
        self._opened[connection] = key
        return connection

    def give_back(self, connection: psycopg.Connection) -> None:
        """Keep a connection, without the locks and whatever else a closed one would have let go; close what are too many."""
        idle = self._idle[self._opened[connection]]
        if len(idle) < _MOST and _as_new(connection):
            with self._lock:
                idle.append(connection)
        else:
            connection.close()

    def close_all(self) -> None:
        for idle in self._idle.values():
            while idle:
                idle.pop().close()

    def _last(self, key: str) -> psycopg.Connection | None:
        with self._lock:
            return self._idle[key].pop() if self._idle[key] else None


def _as_new(connection: psycopg.Connection) -> bool:
    """Return whether the server still knows this connection, and has forgotten all that was said in it."""
    try:
        connection.rollback()
        connection.autocommit = True
        connection._prepared.clear()
        connection.execute("DISCARD ALL")
        connection.autocommit = False
    except psycopg.Error:
        connection.close()
        return False
    connection._notice_handlers.clear()
    return True


kept = KeptConnections()


@contextmanager
def connections_kept() -> Iterator[None]:
    """Let what closes a connection give it back, and what opens one take it; one that is in doubt is closed all the same."""
    really_close = PGDialect_psycopg.do_close

    def connect(_: Dialect, *words: Any, **options: Any) -> psycopg.Connection:
        return psycopg.connect(*words, **options) if words else kept.take(**options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PGDialect_psycopg, "connect", connect)
        patch.setattr(PGDialect_psycopg, "do_close", lambda _, connection: kept.give_back(connection))
        patch.setattr(PGDialect_psycopg, "do_terminate", really_close)
        event.listen(Engine, "connect", _write_without_waiting)
        yield
        event.remove(Engine, "connect", _write_without_waiting)
    kept.close_all()


def _write_without_waiting(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")
