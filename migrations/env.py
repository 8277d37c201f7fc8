"""How migrations meet the database: through the application's own engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext
from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.schema import SchemaItem

from catalog_app.core.columns import Amount, UtcDateTime
from catalog_app.core.db import WRITING, db
from catalog_app.core.schema_version import is_modelled


def _include(_item: SchemaItem, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:  # noqa: FBT001
    return is_modelled(name, kind)


def _render(kind: str, item: object, _autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column types by name, so that a migration reads like the model."""
    if kind == "type" and isinstance(item, Amount | UtcDateTime):
        return f"columns.{type(item).__name__}()"
    return False


@contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Let migrations copy a table and drop the old one on SQLite, which foreign keys would take as deletions.

    SQLite passes over this pragma inside a transaction, so it goes to the driver before anything begins.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    if connection.in_transaction():
        raise RuntimeError("migrations of SQLite begin outside of a transaction; commit the connection first")
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        connection.commit()
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")


def _refuse_orphans(ctx: MigrationContext, *_: object, **__: object) -> None:
    """Fail a migration, inside its transaction, that left a row without what it refers to."""
    if ctx.dialect.name != "sqlite" or ctx.connection is None:
        return
    if orphans := ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        tables = ", ".join(sorted({str(row[0]) for row in orphans}))
        raise RuntimeError(f"the migration leaves rows without what they refer to, in: {tables}")


def _run(connection: Connection) -> None:
    connection = connection.execution_options(**{WRITING: True})
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        render_item=_render,
        include_object=_include,
        compare_type=False,
        transaction_per_migration=True,
        on_version_apply=_refuse_orphans,
    )
    with _foreign_keys_off(connection), context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    _run(given)
else:
    with current_app.extensions["migrate"].db.engine.connect() as opened:
        _run(opened)
        opened.commit()
