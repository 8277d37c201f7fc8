"""Reading past SQLAlchemy inside a test's own transaction."""

from sqlalchemy.orm import Session

from catalog_app.core.reader import Reader


class _Borrowed(Reader):
    """A reader on a connection that belongs to another, inside a transaction of its own."""

    def close(self) -> None:
        """Leave the connection to whom it belongs."""


def reader_of(session: Session) -> Reader:
    """Return what reads inside the session's transaction, what it has not committed too."""
    connection = session.connection()
    is_postgresql = connection.dialect.name == "postgresql"
    reader = _Borrowed(connection.connection.driver_connection, is_postgresql=is_postgresql)
    reader.in_snapshot = True
    return reader
