"""How migrations meet the database: through the application's own engine."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.schema import SchemaItem

from catalog_app.core.columns import Amount, UtcDateTime
from catalog_app.core.db import db


def _include(_item: SchemaItem, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:  # noqa: FBT001
    return not (kind == "table" and name == "alembic_version")


def _render(kind: str, item: object, _autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column types by name, so that a migration reads like the model."""
    if kind == "type" and isinstance(item, Amount | UtcDateTime):
        return f"columns.{type(item).__name__}()"
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        render_item=_render,
        include_object=_include,
        compare_type=False,
        transaction_per_migration=True,
    )
    # Batch mode on SQLite copies a table and drops the old one, which foreign keys would take as deletions.
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    _run(given)
else:
    with current_app.extensions["migrate"].db.engine.connect() as opened:
        _run(opened)
        opened.commit()
