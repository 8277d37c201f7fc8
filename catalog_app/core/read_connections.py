"""The connections that reading uses: one of the driver for each thread of an application, opened when first needed."""

import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, current_app
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from catalog_app.core import postgresql
from catalog_app.core.database_figures import failed
from catalog_app.core.db import db
from catalog_app.core.reader import Reader

_KEPT = "catalog-read-connections"
_MAPPED = 2**31 - 2**16
"""Bytes of a database of SQLite that reading maps: as many as it can."""
T = TypeVar("T")


class _OfThread(Reader):
    """A reader with a connection of its own."""

    def close(self) -> None:
        self.connection.close()

    def __del__(self) -> None:
        # The thread is gone, or was told to let go, and nobody else has this connection.
        self.close()


class ReadConnections:
    """Gives each thread its own connection, and lets go of all of them together with the engine's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._of_thread = threading.local()
        self._is_postgresql = engine.dialect.name == "postgresql"
        event.listen(engine, "engine_disposed", self._close)

    def read(self, ask: Callable[[Reader], T]) -> T:
        """Return what `ask` reads with this thread's connection.

        A connection that the database has dropped meanwhile is opened anew, once. Raises SQLAlchemy's
        OperationalError, as everything else that reads does.
        """
        driver = cast("Any", self._engine.dialect.loaded_dbapi)
        kept = self._kept()
        try:
            return ask(kept or self._opened())
        except driver.Error as error:
            was_lost = kept is not None and self._was_lost(kept)
            self._forget()
            if not was_lost:
                failed(error)
                raise OperationalError(None, None, error) from error
        try:
            return ask(self._opened())
        except driver.Error as error:
            self._forget()
            failed(error)
            raise OperationalError(None, None, error) from error

    def _kept(self) -> _OfThread | None:
        return getattr(self._of_thread, "reader", None)

    def _opened(self) -> Reader:
        # The engine knows how to connect and what to set; the connection is then ours, not its pool's.
        proxy = self._engine.raw_connection()
        connection = cast("Any", proxy.driver_connection)
        proxy.detach()
        self._set_up(connection)
        reader = _OfThread(connection, is_postgresql=self._is_postgresql)
        self._of_thread.reader = reader
        return reader

    def _set_up(self, connection: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA query_only=ON")
            # Pages are read where the kernel keeps them, instead of being copied: half of what a look at a row costs.
            connection.execute(f"PRAGMA mmap_size={_MAPPED}")
        else:
            self._set_up_postgresql(connection)

    def _set_up_postgresql(self, connection: Any) -> None:
        connection.autocommit = True
        postgresql.set_limit(connection, postgresql.statement_seconds(self._engine))

    def _was_lost(self, reader: Reader) -> bool:
        return reader.is_postgresql and (reader.connection.closed or reader.connection.broken)

    def _forget(self) -> None:
        reader = self._kept()
        if reader is not None:
            self._of_thread.reader = None
            reader.close()

    def _close(self, _engine: Engine) -> None:
        # Nothing else refers to the readers of threads that do not read now: these are closed here. Whoever reads at
        # this moment has a hold on theirs until they have read, and opens another for what comes then. To close one
        # under them would be answered by the driver of SQLite with the end of the process.
        self._of_thread = threading.local()


def read_connections(app: Flask | None = None) -> ReadConnections:
    """Return the connections of an application, the running one unless said otherwise."""
    app = app or cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001  # Werkzeug's documented way
    if _KEPT not in app.extensions:
        with app.app_context():
            # Two threads may make one each; all of them keep the first.
            app.extensions.setdefault(_KEPT, ReadConnections(db.engine))
    return cast("ReadConnections", app.extensions[_KEPT])
