"""A second installation on the other database, and commands as an operator runs them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from catalog_app.app import create_app
from catalog_app.core.db import db
from catalog_app.settings import Settings
from tests.support.databases import PostgresDatabase, SqliteTemplate, plain_settings

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=[str(word) for word in words])


@pytest.fixture
def other(
    settings: Settings, tmp_path: Path, sqlite_template: SqliteTemplate, postgres: PostgresDatabase
) -> Iterator[Flask]:
    """Return an application on an empty database of the other kind."""
    folder = tmp_path / "other"
    folder.mkdir()
    is_sqlite = settings.sqlalchemy_url.startswith("sqlite")
    url = postgres.empty() if is_sqlite else sqlite_template.copy_to(folder)
    application = create_app(Settings.model_validate(plain_settings(url, folder)))
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()
