"""How far the numbers of a table have come, and letting them go on from there."""

from sqlalchemy import Connection

from catalog_app.core.bulk_sql import is_postgresql


def last_number(connection: Connection, table: str, column: str) -> int:
    """Return the highest number that was given, also to a row that is gone; 0 before the first."""
    if is_postgresql(connection):
        name = connection.exec_driver_sql("SELECT pg_get_serial_sequence(%s, %s)", (table, column)).scalar_one()
        found = connection.exec_driver_sql(
            f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}"  # noqa: S608  # the database's own name
        )
        return int(found.scalar_one())
    query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
    return int(connection.exec_driver_sql(query, (table,)).scalar() or 0)


def go_on_from(connection: Connection, table: str, column: str, last: int) -> None:
    """Let the next number be higher than `last`, and than any that was given here."""
    given = last_number(connection, table, column)
    if last <= given:
        return
    if is_postgresql(connection):
        connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", (table, column, last))
        return
    connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
    connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))
