"""The schema is what the migrations make of an empty database, up and down, with data in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from catalog_app.core.db import db
from catalog_app.core.readiness import MIGRATIONS
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService

REVISIONS = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]


@pytest.fixture
def migrated_down(app: Flask) -> Iterator[Flask]:
    """Let a test go down, and leave the shared database at the newest schema whatever it did."""
    db.session.remove()
    yield app
    db.session.remove()
    upgrade()


def test_the_migrations_make_exactly_what_the_models_say(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": True})
        assert compare_metadata(context, db.metadata) == []


def test_there_is_one_newest_migration() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


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


def test_an_application_on_an_old_schema_says_which_command_mends_it(migrated_down: Flask, tmp_path: Path) -> None:
    downgrade()

    answer = migrated_down.test_client().get("/readyz")

    assert answer.status_code == 503
    assert "flask --app wsgi db upgrade" in answer.get_data(as_text=True)
