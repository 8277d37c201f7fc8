"""Many rows at once: values in the form in which a database stores them, and the statements that take them.

A row is prepared before anybody has to wait for it, may lie in a file meanwhile, and is then written as it is. Only
text, whole numbers and None stand in it, whichever the database.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import JSON, Boolean, Column, Connection, Dialect, Table, TableClause
from sqlalchemy.dialects import postgresql

from catalog_app.core.columns import Amount, UtcDateTime

_LARGE_KIB = 64 * 1024
Stored = str | int | None
Encoder = Callable[[Any], Stored]


def is_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def json_text(value: Any) -> str:
    """Return a JSON value as the databases keep it."""
    return orjson.dumps(value).decode()


def encoder(column: Column[Any], dialect: Dialect) -> Encoder | None:
    """Return what turns a value of the column other than None into its stored form; None where it is that already."""
    kind = column.type
    if isinstance(kind, JSON):
        return json_text
    if isinstance(kind, Boolean):
        return _truth_text if dialect.name == "postgresql" else int
    if isinstance(kind, UtcDateTime | Amount):
        if dialect.name == "postgresql":
            return _moment_text if isinstance(kind, UtcDateTime) else str
        # The types themselves know; for moments the database's own type finishes what ours begins.
        made: Encoder | None = kind.dialect_impl(dialect).bind_processor(dialect)
        return made
    return None


def encoders(table: Table, dialect: Dialect) -> Mapping[str, Encoder | None]:
    """Return the encoder of every column by its name."""
    return {column.name: encoder(column, dialect) for column in table.columns}


def insert_rows(
    connection: Connection, table: TableClause, columns: Sequence[str], rows: Sequence[Sequence[Stored]]
) -> None:
    """Insert rows of stored values; raise the driver's IntegrityError, as it is, where one is there already."""
    if not rows:
        return
    names = ", ".join(columns)
    if is_postgresql(connection) and len(rows) > 1:
        _copy(connection, f"COPY {table.name} ({names}) FROM STDIN", rows)
        return
    # To begin and end a COPY takes longer than to insert one row.
    places = ", ".join(["%s" if is_postgresql(connection) else "?"] * len(columns))
    # Names are our own; the values are parameters.
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608
    if len(rows) == 1:
        _cursor(connection).execute(statement, rows[0])
    else:
        _cursor(connection).executemany(statement, rows)


def update_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Stored]], *, versioned: bool
) -> int:
    """Update rows of (value of each column, ..., id[, version that stands there now]); return how many were found.

    With `versioned`, the version rises by one where it is the expected one, and other rows are left alone.
    """
    if not rows:
        return 0
    if is_postgresql(connection):
        found = _cursor(connection).execute(_unnested(table, tuple(columns), versioned), array_texts(rows))
        return int(found.rowcount)
    settings = [f"{column} = ?" for column in columns] + (["version = version + 1"] if versioned else [])
    condition = "id = ? AND version = ?" if versioned else "id = ?"
    statement = f"UPDATE {table.name} SET {', '.join(settings)} WHERE {condition}"  # noqa: S608  # our own names
    cursor = _cursor(connection)
    cursor.executemany(statement, rows)
    return int(cursor.rowcount)


def next_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Return ids that no row of the table has had. On SQLite, ask for them only inside a write transaction."""
    if is_postgresql(connection):
        statement = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        return [row[0] for row in connection.exec_driver_sql(statement, (table.name, count))]
    last = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)).scalar() or 0
    return range(last + 1, last + 1 + count)


@contextmanager
def large_cache(connection: Connection) -> Iterator[None]:
    """Give SQLite room for much that is written, or it writes the same index pages again and again."""
    if is_postgresql(connection):
        yield
        return
    usual = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{_LARGE_KIB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {usual}")


def driver_rows(connection: Connection, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return all rows of a statement in the driver's own words, as the driver gives them."""
    cursor = _cursor(connection)
    cursor.execute(statement, values)
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def driver_batches(
    connection: Connection, statement: str, values: Sequence[Any], size: int
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a statement as `driver_rows` has them, so many at a time: there may be a million of them."""
    # Without a name of its own, a cursor of PostgreSQL would bring all rows at once.
    cursor: Any = connection.connection.cursor(name="batches") if is_postgresql(connection) else _cursor(connection)
    try:
        cursor.execute(statement, values)
        while rows := cursor.fetchmany(size):
            yield rows
    finally:
        cursor.close()


def _cursor(connection: Connection) -> Any:
    """Return a cursor of the driver: SQLAlchemy would look at every value once more."""
    return connection.connection.cursor()


def _copy(connection: Connection, statement: str, rows: Iterable[Sequence[Stored]]) -> None:
    with _cursor(connection).copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def array_texts(rows: Iterable[Sequence[Stored]]) -> list[str]:
    """Return the columns of the rows as PostgreSQL writes arrays: the driver takes a hundred times as long."""
    return ["{" + ",".join(map(_element, column)) + "}" for column in zip(*rows, strict=True)]


def _element(value: Stored) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "NULL" if value is None else str(value)


@cache
def _unnested(table: Table, columns: tuple[str, ...], versioned: bool) -> str:  # noqa: FBT001  # part of the key
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped
    types = [table.columns[column].type.compile(dialect) for column in columns]
    keys = ["id", "version"] if versioned else ["id"]
    carried = ["integer[]" if _is_whole(kind) else "text[]" for kind in types] + ["integer[]"] * len(keys)
    settings = [f"{column} = new.c{number}::{types[number]}" for number, column in enumerate(columns)]
    settings += [f"version = {table.name}.version + 1"] if versioned else []
    names = [f"c{number}" for number in range(len(columns))] + keys
    condition = " AND ".join(f"{table.name}.{key} = new.{key}" for key in keys)
    arrays = ", ".join(f"%s::{kind}" for kind in carried)
    return (
        f"UPDATE {table.name} SET {', '.join(settings)} "  # noqa: S608  # our own names and types
        f"FROM unnest({arrays}) AS new({', '.join(names)}) WHERE {condition}"
    )


def _is_whole(kind: str) -> bool:
    return kind in ("INTEGER", "BIGINT")


def _truth_text(value: object) -> str:
    return "t" if value else "f"


def _moment_text(value: datetime) -> str:
    return value.isoformat()
