"""The schema is what the migrations make of an empty database, up and down, with data in it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import IntegrityError

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.schema_version import MIGRATIONS, NEWEST, is_modelled
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import SyncChange, SyncRun

REVISIONS = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]


@pytest.fixture
def migrated_down(app: Flask) -> Iterator[Flask]:
    """Let a test go down, and leave the shared database at the newest schema whatever it did."""
    db.session.remove()
    yield app
    db.session.remove()
    upgrade()


def _is_modelled(_item: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    return is_modelled(name, kind)


def test_the_migrations_make_exactly_what_the_models_say(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": True, "include_object": _is_modelled})
        assert compare_metadata(context, db.metadata) == []


def test_there_is_one_newest_migration_and_the_code_expects_it() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [NEWEST]


def test_every_migration_goes_down_and_up_again_one_by_one(migrated_down: Flask) -> None:
    for _ in REVISIONS:
        downgrade()
    with db.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version"}
    for revision in reversed(REVISIONS):
        upgrade(revision=revision)
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM external_system")).scalar_one() == 3


def test_a_downgrade_takes_only_what_its_upgrade_added(migrated_down: Flask) -> None:
    catalog = ProductCatalogService()
    made = catalog.create({"name": "Kept", "product_type": "data", "price": "9.99", "currency": "SAR"}, actor="test")
    before = {column: getattr(made, column) for column in Product.__mapper__.columns.keys()}  # noqa: SIM118
    db.session.remove()

    downgrade(revision="0002_catalogue")
    upgrade()

    kept = catalog.get(made.id)
    assert {column: getattr(kept, column) for column in before} == before


BATCH = """
import sqlalchemy as sa
from alembic import op

revision = "9999_batch"
down_revision = "{newest}"


def upgrade() -> None:
    with op.batch_alter_table("sync_run") as batch:
        batch.alter_column("status", existing_type=sa.String(20), type_=sa.String(40))
    {more}


def downgrade() -> None:
    with op.batch_alter_table("sync_run") as batch:
        batch.alter_column("status", existing_type=sa.String(40), type_=sa.String(20))
"""


def with_batch(folder: Path, more: str = "") -> str:
    """Return a copy of the migrations with one more, which SQLite can do only by copying the table of runs."""
    copy = folder / "migrations"
    shutil.copytree(MIGRATIONS, copy)
    (copy / "versions" / "batch.py").write_text(BATCH.format(newest=REVISIONS[0], more=more))
    return str(copy)


def a_run_with_a_change() -> None:
    with writing() as session:
        run = SyncRun(external_system="xiva", requested_by="tests", requested_at=utcnow())
        session.add(run)
        session.flush()
        session.add(SyncChange(run_id=run.id, kind="rejected"))


def test_a_table_that_is_copied_and_dropped_keeps_the_rows_that_refer_to_it(
    migrated_down: Flask, tmp_path: Path
) -> None:
    a_run_with_a_change()
    db.session.remove()
    folder = with_batch(tmp_path)

    upgrade(directory=folder)
    downgrade(directory=folder)

    with db.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(SyncChange)).scalar_one() == 1
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_a_migration_that_leaves_rows_without_what_they_refer_to_is_taken_back(
    migrated_down: Flask, tmp_path: Path
) -> None:
    a_run_with_a_change()
    db.session.remove()
    # PostgreSQL refuses this by itself; only SQLite has to be asked.
    folder = with_batch(tmp_path, more="op.execute('UPDATE sync_change SET run_id = run_id + 1')")

    with pytest.raises((SystemExit, IntegrityError)):
        upgrade(directory=folder)

    with db.engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == REVISIONS[0]
        assert connection.execute(select(func.count()).select_from(SyncChange).join(SyncRun)).scalar_one() == 1


def test_migrations_of_sqlite_on_a_connection_inside_a_transaction_are_refused(app: Flask) -> None:
    with db.engine.connect() as connection, connection.begin():
        config = app.extensions["migrate"].migrate.get_config()
        config.attributes["connection"] = connection
        if connection.dialect.name == "postgresql":
            command.upgrade(config, "head")
        else:
            with pytest.raises(RuntimeError, match="outside of a transaction"):
                command.upgrade(config, "head")


def test_an_application_on_an_old_schema_says_which_command_mends_it(migrated_down: Flask, tmp_path: Path) -> None:
    downgrade()

    answer = migrated_down.test_client().get("/readyz")

    assert answer.status_code == 503
    assert "flask --app wsgi db upgrade" in answer.get_data(as_text=True)


def test_an_application_on_a_schema_that_it_has_never_heard_of_serves_on(migrated_down: Flask) -> None:
    """Another node was upgraded first; this one is next."""
    version = text("UPDATE alembic_version SET version_num = :version")
    with db.engine.begin() as connection:
        connection.execute(version, {"version": "9999_later"})

    answer = migrated_down.test_client().get("/readyz")

    with db.engine.begin() as connection:
        connection.execute(version, {"version": NEWEST})
    assert answer.status_code == 200
