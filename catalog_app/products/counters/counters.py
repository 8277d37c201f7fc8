"""Counts of the catalogue, moved in the transaction of each write, so that nobody has to count.

Exact after any mix of concurrent writes: SQLite has one writer; on PostgreSQL each transaction adds rows of its own.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from catalog_app.core.bulk_sql import is_postgresql
from catalog_app.products.counters.counted import DIMENSIONS, Counted, edges, kinds, tallies

_MANY = 64
"""A transaction that leaves so many rows folds them itself."""
_SELDOM = 32
"""Of those that leave fewer, one in so many folds."""

_TABLES = {
    "product_count": (*DIMENSIONS, "is_open"),
    "product_tally": ("dimension", "word"),
    "product_edge": ("level", "at"),
}
_FOLDING = 0x_CA7A_C047
"""The number of the advisory lock of whoever folds."""


def move(connection: Connection, differences: Mapping[Counted, int]) -> None:
    """Move the counts by so many products of each kind, up or down, inside the caller's transaction.

    `counted()` says what is counted of a product. A change of one is {before: -1, after: +1}; a Counter adds up many.
    """
    moved = {key: n for key, n in differences.items() if n}
    if not moved:
        return
    by_kind = kinds(moved)
    rows = (
        _add(connection, "product_count", by_kind)
        + _add(connection, "product_tally", tallies(by_kind))
        + _add(connection, "product_edge", edges(moved))
    )
    if is_postgresql(connection) and (rows >= _MANY or secrets.randbelow(_SELDOM) == 0):
        fold(connection)


def fold(connection: Connection) -> None:
    """Add up on PostgreSQL what transactions have left, unless another is doing so; nobody waits for it."""
    if not connection.exec_driver_sql("SELECT pg_try_advisory_xact_lock(%s)", (_FOLDING,)).scalar_one():
        return
    for table, keys in _TABLES.items():
        names = ", ".join(keys)
        connection.exec_driver_sql(
            f"WITH taken AS (DELETE FROM {table} WHERE part <> 0 RETURNING {names}, n)"  # noqa: S608  # our own names
            f" INSERT INTO {table} ({names}, part, n) SELECT {names}, 0, sum(n) FROM taken GROUP BY {names}"
            f" HAVING sum(n) <> 0 ON CONFLICT ({names}, part) DO UPDATE SET n = {table}.n + excluded.n"
        )
        connection.exec_driver_sql(f"DELETE FROM {table} WHERE part = 0 AND n = 0")  # noqa: S608  # our own names


def _add(connection: Connection, table: str, moved: Mapping[tuple[Any, ...], int]) -> int:
    rows = [(*key, n) for key, n in moved.items() if n]
    if not rows:
        return 0
    # In one order, as everybody does.
    rows.sort()
    keys = _TABLES[table]
    cursor = connection.connection.cursor()
    if is_postgresql(connection):
        cursor.execute(_UNNESTED[table], [list(column) for column in zip(*rows, strict=True)])
    else:
        names, places = ", ".join(keys), ", ".join("?" * len(keys))
        cursor.executemany(
            f"INSERT INTO {table} ({names}, part, n) VALUES ({places}, 0, ?)"  # noqa: S608  # our own names
            f" ON CONFLICT ({names}, part) DO UPDATE SET n = n + excluded.n",
            rows,
        )
    return len(rows)


def _unnested(table: str, types: Sequence[str]) -> str:
    names = ", ".join(_TABLES[table])
    arrays = ", ".join(f"%s::{kind}[]" for kind in (*types, "integer"))
    return (
        f"INSERT INTO {table} ({names}, part, n)"  # noqa: S608  # our own names
        f" SELECT {', '.join(f'new.{name}' for name in _TABLES[table])}, pg_current_xact_id()::text::bigint, new.n"
        f" FROM unnest({arrays}) AS new({names}, n)"
        f" ON CONFLICT ({names}, part) DO UPDATE SET n = {table}.n + excluded.n"
    )


_UNNESTED = {
    "product_count": _unnested("product_count", ("text", "text", "text", "text", "boolean")),
    "product_tally": _unnested("product_tally", ("integer", "text")),
    "product_edge": _unnested("product_edge", ("integer", "bigint")),
}
