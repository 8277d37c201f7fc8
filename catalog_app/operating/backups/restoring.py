"""Putting a backup back: all that can be wrong with the file is found before anything is touched.

A backup of the present schema goes in as one transaction. One of an older schema needs several, for the schema is taken
down and built up to its version first, and upgraded afterwards: until the last of them a mark stands in the database,
readiness tells of it (core/schema_version.py), and the next restore may take its place.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy import table as named_table
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import insert_rows, is_postgresql, large_cache
from catalog_app.core.clock import utcnow
from catalog_app.core.db import WRITING
from catalog_app.core.errors import ConflictError
from catalog_app.core.schema_version import MIGRATIONS, NEWEST, UNFINISHED_RESTORE, is_half_restored, schema_version
from catalog_app.operating.backups.archive import Backup, NotABackupError, Part
from catalog_app.operating.backups.cells import from_cell, quoted
from catalog_app.operating.backups.contents import cleared_tables, first_used, kept_tables
from catalog_app.operating.backups.refusals import told
from catalog_app.operating.backups.sequences import go_on_from
from catalog_app.operating.backups.taking import columns_of
from catalog_app.products.counters import recount
from catalog_app.products.reads import filling
from catalog_app.products.search import search_index
from catalog_app.sync.models import Heartbeat
from catalog_app.sync.schedule import beats

_SILENT_FOR: Final = timedelta(seconds=30)
"""A process that beats writes that down every 15 seconds."""


def restore(engine: Engine, backup: Backup, *, replace: bool) -> None:
    """Put a backup back; `replace` says that what is in the database now may go.

    Raises NotABackupError for a file that cannot be used, ConflictError where something stands in the way. Nothing was
    touched then.
    """
    _refuse_what_does_not_fit(backup)
    _refuse_unless_free(engine, replace=replace)
    backup.check()
    if backup.contents.schema_version == NEWEST:
        with told(engine, "Nothing was changed."):
            _restore_at_once(engine, backup, replace=replace)
    else:
        with told(engine, "The restore has not come to its end; run it again."):
            _restore_older(engine, backup)


def _restore_at_once(engine: Engine, backup: Backup, *, replace: bool) -> None:
    upgrade()
    with _writing(engine) as connection:
        _lock(connection)
        if not replace:
            _refuse_what_is_used(connection)
        _clear(connection)
        _fill(connection, backup)
        _derive(connection)
        # One of an older backup may have died before: what stands here now is whole.
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {UNFINISHED_RESTORE}")


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(**{WRITING: True}) as connection, connection.begin():
        yield connection


def _refuse_what_does_not_fit(backup: Backup) -> None:
    contents = backup.contents
    if contents.schema_version == NEWEST:
        expected = {table.name: columns_of(table) for table in kept_tables()}
        if {part.table: part.columns for part in contents.parts} != expected:
            raise NotABackupError("The backup has other tables than its schema; it was not made by this program.")
    elif contents.schema_version not in _known():
        raise NotABackupError(
            f"The backup has the schema {contents.schema_version}, which this program does not know: it was made by a "
            "newer one. Restore it with that."
        )


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}


def _refuse_unless_free(engine: Engine, *, replace: bool) -> None:
    with engine.connect() as connection:
        version = schema_version(connection)
        if version is None or is_half_restored(connection):
            return
        if version not in _known():
            raise ConflictError(f"The database has the schema {version}, which is newer than this program.")
        if version != NEWEST and not replace:
            raise ConflictError(
                "The database has an older schema. Bring it up to date (`flask --app wsgi db upgrade`), name a new "
                "one, or give --replace if all that is in it may go."
            )
        _refuse_while_others_work(connection)
        if not replace:
            _refuse_what_is_used(connection)


def _refuse_while_others_work(connection: Connection) -> None:
    if not inspect(connection).has_table(Heartbeat.__tablename__):
        # A schema from before there were any.
        return
    with Session(connection) as session:
        last = beats.last_living(session)
    if last is not None and utcnow() - last < _SILENT_FOR:
        ago = round((utcnow() - last).total_seconds())
        raise ConflictError(
            f"A process worked on this database {ago} seconds ago. Stop all of them; half a minute after the last "
            "one has ended this can be run."
        )


def _refuse_what_is_used(connection: Connection) -> None:
    if (used := first_used(connection)) is not None:
        raise ConflictError(
            f"The database is in use: there is something in {used}. Name a new database, or give --replace if all that "
            "is in it may go."
        )


def _restore_older(engine: Engine, backup: Backup) -> None:
    """Restore at the schema that the backup has, then upgrade what came of it."""
    with _writing(engine) as connection:
        connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {UNFINISHED_RESTORE} (id integer)")
        is_new = schema_version(connection) is None
    if not is_new:
        downgrade(revision="base")
    upgrade(revision=backup.contents.schema_version)
    with _writing(engine) as connection:
        for part in reversed(backup.contents.parts):
            connection.exec_driver_sql(f"DELETE FROM {quoted(part.table)}")  # noqa: S608  # checked by its pattern
        _fill(connection, backup)
    upgrade()
    with _writing(engine) as connection:
        _derive(connection)
        connection.exec_driver_sql(f"DROP TABLE {UNFINISHED_RESTORE}")


def _lock(connection: Connection) -> None:
    """Let nobody else write, so that what was found to be empty stays so. SQLite has one writer anyway."""
    if is_postgresql(connection):
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        names = ", ".join(quoted(table.name) for table in kept_tables())
        connection.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")


def _clear(connection: Connection) -> None:
    names = [quoted(table.name) for table in cleared_tables()]
    if is_postgresql(connection):
        connection.exec_driver_sql(f"TRUNCATE {', '.join(names)}")
        return
    for name in names:
        connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608  # our own names


def _fill(connection: Connection, backup: Backup) -> None:
    with large_cache(connection):
        for part in backup.contents.parts:
            _fill_table(connection, backup, part)
    for numbering in backup.contents.numberings:
        go_on_from(connection, numbering.table, numbering.column, numbering.last)


def _fill_table(connection: Connection, backup: Backup, part: Part) -> None:
    kinds = enumerate(column.kind for column in part.columns)
    postgresql = is_postgresql(connection)
    turns = [(at, turn) for at, kind in kinds if (turn := from_cell(kind, to_postgresql=postgresql))]
    names = [quoted(column.name) for column in part.columns]
    for batch in backup.batches(part):
        rows: list[list[Any]] = batch
        for row in rows:
            for at, turn in turns:
                if row[at] is not None:
                    row[at] = turn(row[at])
        insert_rows(connection, named_table(part.table), names, rows)


def _derive(connection: Connection) -> None:
    """Work out what follows from the products; the catalogue's version moves on, so that no cache is believed."""
    with large_cache(connection):
        search_index.fill(connection)
        filling.fill(connection)
        recount.fill(connection)
    if is_postgresql(connection):
        connection.exec_driver_sql("ANALYZE")
