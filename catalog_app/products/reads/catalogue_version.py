"""The version of the whole catalogue: it moves with each commit that changes an answer, and no writer waits for another.

On PostgreSQL a writer raises any row of the table that nobody else holds, and adds one where all are held; the sum
of what is committed is the version. SQLite has one writer at a time, so it has one row.
"""

import time

from sqlalchemy import Connection

from catalog_app.core.bulk_sql import is_postgresql

READ = "SELECT CAST(coalesce(sum(value), 0) AS BIGINT) FROM catalogue_version"
"""The present version, as one value."""

_RAISE_SQLITE = (
    "INSERT INTO catalogue_version (shard, value) VALUES (1, ?)"
    " ON CONFLICT (shard) DO UPDATE SET value = max(value + 1, excluded.value)"
)
_RAISE_POSTGRESQL = """
    WITH free AS MATERIALIZED (SELECT shard FROM catalogue_version LIMIT 1 FOR UPDATE SKIP LOCKED)
    UPDATE catalogue_version SET value = greatest(value + 1, %s) FROM free WHERE catalogue_version.shard = free.shard
"""
_ADD_POSTGRESQL = "INSERT INTO catalogue_version (value) VALUES (%s)"


def bump(connection: Connection) -> None:
    """Move the version, inside the transaction that changes what answers show; once is enough.

    Values are moments, so that a version never comes twice, not even after a backup was put back.
    """
    now = (time.time_ns() // 1000,)
    if not is_postgresql(connection):
        connection.exec_driver_sql(_RAISE_SQLITE, now)
    elif connection.exec_driver_sql(_RAISE_POSTGRESQL, now).rowcount == 0:
        connection.exec_driver_sql(_ADD_POSTGRESQL, now)
