"""Fixtures that every test may use. Whatever touches the database runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask

from catalog_app.accounts import passwords
from catalog_app.app import create_app
from catalog_app.core.db import db
from catalog_app.settings import Settings
from tests.support.clients import Browser, new_browser
from tests.support.compiled_once import compiled_once
from tests.support.databases import PostgresDatabase, SqliteTemplate, plain_settings
from tests.support.kept_connections import connections_kept

pytest_plugins = ("tests.support.skips", "tests.support.one_database", "tests.support.garbage")


@pytest.fixture(scope="session", autouse=True)
def _cheap_password_hashes() -> Iterator[None]:
    """Hash with the least that argon2 takes: tests make thousands of accounts, and one test pins the real figures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def _routes_and_templates_compiled_once() -> Iterator[None]:
    """Save each test what the first one has done: they make thousands of applications that say the same."""
    with compiled_once():
        yield


@pytest.fixture(scope="session", autouse=True)
def _connections_kept() -> Iterator[None]:
    with connections_kept():
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate.make(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> PostgresDatabase:
    return PostgresDatabase.make(f"catalog_{worker_id}", tmp_path_factory.mktemp("postgres"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database at the newest schema."""
    if request.param == "sqlite":
        template: SqliteTemplate = request.getfixturevalue("sqlite_template")
        return template.copy_to(tmp_path)
    server: PostgresDatabase = request.getfixturevalue("postgres")
    return server.empty()


@pytest.fixture
def settings_overrides() -> dict[str, object]:
    """Return what differs from the plain test settings; a test module overrides this fixture."""
    return {}


@pytest.fixture
def settings(database_url: str, tmp_path: Path, settings_overrides: dict[str, object]) -> Settings:
    return Settings.model_validate({**plain_settings(database_url, tmp_path), **settings_overrides})


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """Return the application on an empty database; pytest-flask pushes its context around each test."""
    application = create_app(settings)
    application.config.update(TESTING=True)
    application.test_client_class = Browser
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> Browser:
    """Return a browser on the application; pytest-flask's own would keep the contexts of its requests open."""
    return new_browser(app)
