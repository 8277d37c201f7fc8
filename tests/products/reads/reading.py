"""A reader on the connection of a session, so that it sees what a test has not committed."""

from sqlalchemy.orm import Session

from catalog_app.core.reader import Reader


def reader_of(session: Session) -> Reader:
    connection = session.connection()
    return Reader(connection.connection.driver_connection, is_postgresql=connection.dialect.name == "postgresql")
