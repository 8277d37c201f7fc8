"""Taking a backup while the service runs: every row of one moment, read as it streams into the file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

from sqlalchemy import Connection, Engine, Table

from catalog_app.core.bulk_sql import driver_batches, is_postgresql
from catalog_app.core.clock import utcnow
from catalog_app.core.errors import FatalError
from catalog_app.core.schema_version import NEWEST, schema_version
from catalog_app.operating.backups.archive import Contents, KeptColumn, Numbering, Part, Writer, new_file
from catalog_app.operating.backups.cells import Cell, Kind, kind_of, quoted, selected, to_cell
from catalog_app.operating.backups.contents import SEEN, kept_tables, numbered
from catalog_app.operating.backups.refusals import told
from catalog_app.operating.backups.sequences import last_number

_BATCH: Final = 500


def backup(engine: Engine, path: Path) -> Contents:
    """Write every row of the database, of one moment, to a file, and return what it says of itself.

    Nobody waits for it, and memory does not grow with the rows. `path` is the old file or the whole new one at any
    moment. Raises FatalError.
    """
    with told(engine, "No backup was made."), new_file(path) as file, _one_moment(engine) as connection:
        version = schema_version(connection)
        if version != NEWEST:
            raise FatalError(
                f"The database has the schema {version}, and this program reads {NEWEST}. Take the backup with the "
                "version of the program that serves it, before you upgrade."
            )
        made_at = utcnow()
        with Writer(file) as writer:
            parts = tuple(_add(writer, connection, table) for table in kept_tables())
            contents = Contents(
                schema_version=NEWEST,
                made_at=made_at,
                database="postgresql" if is_postgresql(connection) else "sqlite",
                parts=parts,
                numberings=tuple(_numberings(connection)),
            )
            writer.close(contents)
            return contents


@contextmanager
def _one_moment(engine: Engine) -> Iterator[Connection]:
    """Give a connection to which the database stands still; others go on writing."""
    with engine.connect() as connection:
        if is_postgresql(connection):
            # Set on the connection itself, for as long as it is out of the pool.
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            # A large table may take longer to read than a request may.
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        # On SQLite the first thing that is read settles the moment.
        yield connection
        connection.rollback()


def columns_of(table: Table) -> tuple[KeptColumn, ...]:
    """Return the columns of a table as a backup names them."""
    return tuple(KeptColumn(name=column.name, kind=kind_of(column)) for column in table.columns)


def _add(writer: Writer, connection: Connection, table: Table) -> Part:
    columns = columns_of(table)
    return writer.add(table.name, columns, _batches(connection, table, [column.kind for column in columns]))


def _batches(connection: Connection, table: Table, kinds: Sequence[Kind]) -> Iterator[Sequence[Sequence[Cell]]]:
    postgresql = is_postgresql(connection)
    named = zip(table.columns, kinds, strict=True)
    names = ", ".join(selected(column.name, kind, from_postgresql=postgresql) for column, kind in named)
    order = ", ".join(quoted(column.name) for column in table.primary_key)
    seen = SEEN.get(table.name, "true")
    statement = f"SELECT {names} FROM {quoted(table.name)} WHERE {seen} ORDER BY {order}"  # noqa: S608  # our own names
    turns = [(at, turn) for at, kind in enumerate(kinds) if (turn := to_cell(kind, from_postgresql=postgresql))]
    for rows in driver_batches(connection, statement, (), _BATCH):
        if not turns:
            yield rows
            continue
        turned: list[list[Any]] = [list(row) for row in rows]
        for row in turned:
            for at, turn in turns:
                if row[at] is not None:
                    row[at] = turn(row[at])
        yield turned


def _numberings(connection: Connection) -> Iterator[Numbering]:
    for table in kept_tables():
        if numbered(table) is not None:
            column = cast("str", numbered(table))
            yield Numbering(table=table.name, column=column, last=last_number(connection, table.name, column))
