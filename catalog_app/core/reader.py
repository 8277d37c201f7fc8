"""Reading past SQLAlchemy: statements in the driver's own words, rows as the driver gives them.

A statement that SQLAlchemy runs costs many times what it costs the driver; lists for machines cannot afford that.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson

Rows = list[tuple[Any, ...]]


def moment_of(stored: datetime | str) -> datetime:
    """Return what the driver gives for a moment as one in UTC; on SQLite that is text without a time zone."""
    if isinstance(stored, str):
        return datetime.fromisoformat(f"{stored}+00:00")
    return stored.astimezone(UTC)


class Reader:
    """One connection of the driver that only reads; outside of a snapshot each statement sees what is committed then."""

    def __init__(self, connection: Any, *, is_postgresql: bool) -> None:
        self.connection = connection
        self.is_postgresql = is_postgresql
        self.in_snapshot = False
        self.place = "%s" if is_postgresql else "?"
        self._cursor = connection.cursor()

    def rows(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """Return all rows; places for values are ? on SQLite and %s on PostgreSQL."""
        if self.is_postgresql:
            # Without values psycopg would not look for %%, which statements that SQLAlchemy wrote hold.
            found: Rows = self._cursor.execute(statement, values).fetchall()
            return found
        return list(self._cursor.execute(statement, values))

    def value(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Return the first value of the first row, None where there is no row."""
        row = self._cursor.execute(statement, values).fetchone()
        return None if row is None else row[0]

    def stored(self, moment: datetime) -> Any:
        """Return a moment as it stands in the database: on SQLite that is the text of UTC, which sorts."""
        moment = moment.astimezone(UTC)
        return moment if self.is_postgresql else moment.replace(tzinfo=None).isoformat(" ", "microseconds")

    def json(self, stored: Any) -> Any:
        """Return what a JSON column holds; SQLite's driver gives its text."""
        return stored if self.is_postgresql else orjson.loads(stored)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let every statement inside see the same moment of the database."""
        if self.in_snapshot:
            yield
            return
        self._cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if self.is_postgresql else "BEGIN")
        self.in_snapshot = True
        try:
            yield
        finally:
            self.in_snapshot = False
            # A failed statement may have ended the transaction, and a lost connection has none.
            if self.is_open:
                self._cursor.execute("ROLLBACK")

    def run(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Run a statement that answers no rows."""
        self._cursor.execute(statement, values)

    @property
    def is_open(self) -> bool:
        """Return whether there is a transaction to end."""
        if not self.is_postgresql:
            return bool(self.connection.in_transaction)
        return not self.connection.closed
