"""The database: one typed Base, one session, and one way to write.

SQLite and PostgreSQL take the same code. On SQLite every write transaction begins IMMEDIATE: a transaction
that reads first and writes later cannot be upgraded while another writes, and fails at once with "locked",
however long the time-out.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, ExceptionContext, MetaData, event
from sqlalchemy.orm import DeclarativeBase, Session, registry

from catalog_app.core.columns import Amount, Json, UtcDateTime

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


def engine_options(url: str) -> dict[str, Any]:
    """Return what the engine for `url` needs; JSON goes through orjson on both databases."""
    options: dict[str, Any] = {
        "json_serializer": _to_json,
        "json_deserializer": orjson.loads,
        # The values of a failed statement are customer data or secrets; its error ends in logs.
        "hide_parameters": True,
    }
    if url.startswith("postgresql"):
        options["pool_pre_ping"] = True
        # A process that is frozen in the middle of a write would keep its locks for as long as it is.
        options["connect_args"] = {
            "options": "-c timezone=UTC -c lock_timeout=15s -c idle_in_transaction_session_timeout=300s"
        }
    return options


@contextmanager
def writing() -> Iterator[Session]:
    """Run one use case in one write transaction: all of it is committed, or none of it.

    Whatever was read before is forgotten first, so that the decision is made on what is true now. Use cases
    do not nest: asking for a second transaction inside one is a mistake and raises RuntimeError.
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
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop(WRITING, None)


def _to_json(value: object) -> str:
    return orjson.dumps(value).decode()


@event.listens_for(Engine, "connect")
def _on_connect(dbapi_connection: Any, _record: object) -> None:
    if not isinstance(dbapi_connection, sqlite3.Connection):
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
