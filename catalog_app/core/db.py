"""The database: one typed Base, one session, and one way to write.

SQLite and PostgreSQL take the same code. On SQLite every write transaction begins IMMEDIATE: a transaction
that reads first and writes later cannot be upgraded while another writes, and fails at once with "locked",
however long the time-out.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import structlog
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Dialect, Engine, ExceptionContext, MetaData, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session, registry

from catalog_app.core import postgresql
from catalog_app.core.columns import Amount, Json, UtcDateTime
from catalog_app.core.outages import CommitUnansweredError

log = structlog.get_logger()

BUSY_TIMEOUT_MS = 15_000
WRITING = "catalog_writing"
"""The execution option of a connection that is going to write."""


class Base(DeclarativeBase):
    """Every table inherits from here, so that constraints are named alike and types map alike."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        },
    )
    registry = registry(
        metadata=metadata,
        type_annotation_map={
            datetime: UtcDateTime(),
            Decimal: Amount(),
            dict[str, Any]: Json,
            list[Any]: Json,
            list[str]: Json,
            list[dict[str, Any]]: Json,
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def engine_options(url: str, pool: postgresql.Pool = postgresql.USUAL, *, role: str = "web") -> dict[str, Any]:
    """Return what the engine for `url` needs; JSON goes through orjson on both databases.

    `role` is what a process does; PostgreSQL shows it to operators.
    """
    options: dict[str, Any] = {
        "json_serializer": _to_json,
        "json_deserializer": orjson.loads,
        # The values of a failed statement are customer data or secrets; its error ends in logs.
        "hide_parameters": True,
    }
    if url.startswith("postgresql"):
        options |= postgresql.engine_options(url, pool, role=role)
    return options


@contextmanager
def writing() -> Iterator[Session]:
    """Run one use case in one write transaction: all of it is committed, or none of it.

    Whatever was read before is forgotten first, so that the decision is made on what is true now. Use cases
    do not nest: asking for a second transaction inside one is a mistake and raises RuntimeError. Where the database
    went away before it said whether it has committed, CommitUnansweredError is raised.
    """
    session = db.session()
    if session.info.get(WRITING):
        raise RuntimeError("a use case is one transaction; call the inner one with the session instead")
    session.rollback()
    session.expire_all()
    session.info[WRITING] = True
    try:
        session.connection(execution_options={WRITING: True})
        yield session
        _commit(session)
    except BaseException:
        _take_back(session)
        raise
    finally:
        session.info.pop(WRITING, None)


def forget_session() -> None:
    """End what this thread has open of the database; that it has gone away meanwhile is no reason to fail."""
    try:
        db.session.remove()
    except SQLAlchemyError as error:
        log.warning("session not ended", kind=type(error).__name__)
        db.session.registry.clear()


def _commit(session: Session) -> None:
    _commits.sent = False
    try:
        session.commit()
    except DBAPIError as error:
        if _commits.sent and error.connection_invalidated:
            raise CommitUnansweredError.of(error.orig or error) from error
        raise


def _take_back(session: Session) -> None:
    try:
        session.rollback()
    except SQLAlchemyError as error:
        # The connection is gone, and its transaction with it; what went wrong first is what has to be told.
        log.warning("transaction not rolled back", kind=type(error).__name__)
        session.invalidate()


def _to_json(value: object) -> str:
    return orjson.dumps(value).decode()


_commits = threading.local()
"""Whether the COMMIT of the transaction of a thread was sent: what fails before it has changed nothing."""


@event.listens_for(Engine, "commit")
def _on_commit(_connection: Connection) -> None:
    _commits.sent = True


@event.listens_for(Engine, "do_connect")
def _on_connecting(dialect: Dialect, _record: object, arguments: Sequence[Any], _options: object) -> None:
    """Make a database file that is not there yet, readable for nobody else: SQLite would ask the umask."""
    if dialect.name == "sqlite" and Path(arguments[0]).is_absolute():
        # It is there, nearly always. What keeps us from making it keeps SQLite, too, and is told then.
        with suppress(OSError):
            os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


@event.listens_for(Engine, "connect")
def _on_connect(dbapi_connection: Any, _record: object) -> None:
    if not isinstance(dbapi_connection, sqlite3.Connection):
        postgresql.set_up(dbapi_connection)
        return
    # The driver's own BEGIN is deferred; we send ours (below).
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        # In pages. A sync brings the same pages of an index into the log again and again, and then once into the file.
        "wal_autocheckpoint=4000",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@event.listens_for(Engine, "engine_connect")
def _on_use(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        postgresql.limit_statements(connection)


@event.listens_for(Engine, "handle_error")
def _on_error(context: ExceptionContext) -> None:
    """Let go of a connection to a server that has become a standby: the pool is to look for the new primary."""
    if getattr(context.original_exception, "sqlstate", None) == postgresql.READ_ONLY:
        context.is_disconnect = True


@event.listens_for(Engine, "handle_error")
def _without_values(context: ExceptionContext) -> None:
    """Drop what PostgreSQL adds to an error: the DETAIL names the values of the row that it refused."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args and "\nDETAIL:" in str(error.args[0]):
            error.args = (str(error.args[0]).partition("\nDETAIL:")[0], *error.args[1:])


@event.listens_for(Engine, "begin")
def _on_begin(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    immediate = connection.get_execution_options().get(WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
