"""Writing past SQLAlchemy: one short transaction on a connection of the driver, one for each thread.

A session that is used once costs more than a row that is written. For what is written many times a second and has no
revision, no document and no count beside it; everything else goes through `core.db.writing`.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar, cast

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import is_postgresql
from catalog_app.core.db import db, writing
from catalog_app.core.idempotency.hooks import is_claimed
from catalog_app.core.outages import CommitUnansweredError
from catalog_app.core.read_connections import ReadConnections
from catalog_app.core.reader import Reader
from catalog_app.core.wiring import kept

T = TypeVar("T")


class WriteConnections(ReadConnections):
    """Gives each thread its own connection that may write, and closes all of them together with the engine's."""

    def write(self, work: Callable[[Reader], T]) -> T:
        """Return what `work` does in one write transaction: all of it is committed, or none of it.

        A connection that the database has dropped meanwhile is opened anew before anything is done. Raises SQLAlchemy's
        errors, as everything else that writes does, and CommitUnansweredError.
        """
        driver = cast("Any", self._engine.dialect.loaded_dbapi)
        connection, is_sent = self.read(_begun), False
        try:
            found = work(connection)
            is_sent = True
            connection.run("COMMIT")
        except BaseException as error:
            self._take_back(connection)
            if isinstance(error, driver.Error):
                if is_sent and self._was_lost(connection):
                    raise CommitUnansweredError.of(error) from error
                raise DBAPIError.instance(None, None, error, driver.Error) from error
            raise
        finally:
            connection.in_snapshot = False
        return found

    def _set_up(self, connection: Any) -> None:
        if not isinstance(connection, sqlite3.Connection):
            self._set_up_postgresql(connection)

    def _take_back(self, connection: Reader) -> None:
        try:
            if connection.is_open:
                connection.run("ROLLBACK")
        except cast("Any", self._engine.dialect.loaded_dbapi).Error:
            self._forget()


def _begun(connection: Reader) -> Reader:
    connection.run("BEGIN" if connection.is_postgresql else "BEGIN IMMEDIATE")
    # What reads in here sees this transaction, and must not begin one of its own.
    connection.in_snapshot = True
    return connection


def write(work: Callable[[Reader], T]) -> T:
    """Return what `work` does in one write transaction of the running application.

    Where the request carries an Idempotency-Key the transaction is a session's, which notes that it was carried out.
    """
    if not is_claimed():
        return kept(WriteConnections, lambda: WriteConnections(db.engine)).write(work)
    with writing() as session:
        return work(reader_of(session))


def reader_of(session: Session) -> Reader:
    """Return what reads and writes in the driver's own words inside the transaction of a session."""
    connection = session.connection()
    reader = Reader(connection.connection.driver_connection, is_postgresql=is_postgresql(connection))
    reader.in_snapshot = True
    return reader
