"""What the database itself says."""

from collections.abc import Iterator
from typing import Final

from catalog_app.core.bulk_sql import is_postgresql
from catalog_app.core.schema_version import NEWEST, is_half_restored, is_usable, schema_version
from catalog_app.operating.doctor.ground import Finding, Ground

_SERVES, _WORKS = 5, 22
"""Connections that a worker holds at its worst: one that only serves, and one that syncs and delivers as well (docs/operators.md)."""
"""Connections that a process has beside its pool: those that read and write past SQLAlchemy."""
_VERSION: Final = 10_000


def database_silent(ground: Ground) -> Iterator[Finding]:
    if ground.silence is not None:
        yield Finding(
            f"The database does not answer ({ground.silence}); what is in it was not looked at.",
            "See whether it runs, and whether host, port, name, user and password of CATALOG_DATABASE_URL are right.",
        )


def schema(ground: Ground) -> Iterator[Finding]:
    if is_half_restored(ground.database):
        yield Finding("A backup was not put back to its end.", "Run `flask --app wsgi restore PATH` again.")
        return
    version = schema_version(ground.database)
    if version is None:
        yield Finding("The database is empty.", "Run `flask --app wsgi db upgrade`.")
    elif not is_usable(version):
        yield Finding(f"The schema is {version} instead of {NEWEST}.", "Run `flask --app wsgi db upgrade`.")
    elif version != NEWEST:
        yield Finding(
            f"The schema {version} is newer than this program, which knows {NEWEST}.",
            "Bring the program to the version that the other nodes have.",
        )


def sqlite_without_log(ground: Ground) -> Iterator[Finding]:
    if is_postgresql(ground.database) or ground.sqlite_file is None:
        return
    mode = ground.database.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    if mode != "wal":
        yield Finding(
            f"SQLite does not keep a write-ahead log here (journal_mode is {mode}), so readers wait for writers.",
            "Put the database on a disk of this machine, in a folder in which the service may write.",
        )


def postgresql_too_old(ground: Ground) -> Iterator[Finding]:
    if is_postgresql(ground.database):
        number = int(ground.database.exec_driver_sql("SHOW server_version_num").scalar_one())
        if number // _VERSION < ground.bounds.postgresql:
            yield Finding(
                f"PostgreSQL is at version {number // _VERSION}.", f"Bring it to {ground.bounds.postgresql} or newer."
            )


def postgresql_without_trigrams(ground: Ground) -> Iterator[Finding]:
    if not is_postgresql(ground.database):
        return
    found = "SELECT installed_version FROM pg_available_extensions WHERE name = 'pg_trgm'"
    row = ground.database.exec_driver_sql(found).first()
    if row is None:
        yield Finding(
            "PostgreSQL lacks the extension pg_trgm, which the search needs.",
            "Install the package of PostgreSQL's contributed extensions (postgresql-contrib) on its machine.",
        )
    elif row[0] is None and schema_version(ground.database) is not None:
        yield Finding(
            "The extension pg_trgm is not in this database, which the search needs.",
            "Have its owner run `CREATE EXTENSION pg_trgm`.",
        )


def postgresql_without_letters(ground: Ground) -> Iterator[Finding]:
    if not is_postgresql(ground.database):
        return
    has_trigrams = "SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'"
    if not ground.database.exec_driver_sql(has_trigrams).scalar_one():
        return
    if not ground.database.exec_driver_sql("SELECT show_trgm('ж')").scalar_one():
        yield Finding(
            "This database takes no letter beyond a to z for one (LC_CTYPE is C), so search finds no Arabic word.",
            "Make a backup, a new database (`createdb --template template0 --encoding UTF8 --locale C.UTF-8 NAME`), "
            "and restore into that.",
        )


def too_few_connections(ground: Ground) -> Iterator[Finding]:
    if not is_postgresql(ground.database):
        return
    shown = "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    most = int(ground.database.exec_driver_sql(shown).scalar_one())
    works = ground.settings.scheduler_enabled and ground.settings.job_queue == "inprocess"
    each = _WORKS if works else _SERVES
    if most < ground.workers * each:
        yield Finding(
            f"PostgreSQL takes {most} connections, and {ground.workers} workers of this node may open {ground.workers * each}.",
            "Raise its max_connections, or let fewer processes work: CATALOG_SCHEDULER_ENABLED=false beside one scheduler.",
        )


def clocks_apart(ground: Ground) -> Iterator[Finding]:
    if is_postgresql(ground.database):
        there = ground.database.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        apart = abs(there - ground.now)
        if apart > ground.bounds.clocks_apart:
            yield Finding(
                f"The clock of this machine and the database's are {apart.total_seconds():.0f} seconds apart.",
                "Have both follow the same time servers (chrony, systemd-timesyncd).",
            )
