"""Systems that are set up here and not in the environment, an admin, and a source with real HTTP."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import Result
from cryptography.fernet import Fernet
from flask import Flask

from catalog_app.core.db import db
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.sync.models import ExternalSystem
from catalog_app.sync.systems.schema import SystemInput
from catalog_app.sync.systems.secrets import SecretInput
from catalog_app.sync.systems.systems import create_system
from tests.core.http.hostile import HostileServer
from tests.support.api import Program
from tests.support.clients import Browser
from tests.support.people import signed_in_as
from tests.sync.offerings import offering

OLD_KEY, NEW_KEY = Fernet.generate_key().decode(), Fernet.generate_key().decode()
PASSWORD = "Kettle-7731-planted"
"""The secret that no page, answer, log or file may show."""

Run = Callable[..., Result]
Make = Callable[..., ExternalSystem]


@pytest.fixture
def bss() -> Iterator[XivaStandin]:
    """Return a BSS that nothing in the environment knows of."""
    with XivaStandin([offering(number) for number in range(20)], password=PASSWORD) as standin:
        yield standin


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {"encryption_keys": OLD_KEY}


@pytest.fixture
def make(app: Flask, bss: XivaStandin) -> Make:
    """Return a function that adds a system of the stand-in, with its credentials sealed."""

    def make_system(key: str = "east", **values: Any) -> ExternalSystem:
        settings = {"label": "BSS East", "preset": "tmf620", "base_url": bss.base_url, **values}
        secrets = {"username": SecretInput(bss.username), "password": SecretInput(PASSWORD)}
        return create_system(key, SystemInput.check(settings), secrets=secrets, actor="test")

    return make_system


@pytest.fixture
def elsewhere() -> Iterator[HostileServer]:
    """Return a server that somebody else owns and that remembers what it was sent."""
    running = HostileServer()
    yield running
    running.close()


@pytest.fixture
def admin(app: Flask) -> Browser:
    return signed_in_as(app, "admin")


@pytest.fixture
def api(app: Flask) -> Program:
    return Program.with_scopes(app, "admin")


@pytest.fixture
def run(app: Flask) -> Run:
    runner = app.test_cli_runner()

    def command(*words: str, stdin: str | None = None) -> Result:
        return runner.invoke(args=["systems", *words], input=stdin)

    return command


def stored(key: str = "east") -> ExternalSystem:
    """Return the system as the database has it now."""
    db.session.rollback()
    return db.session.get_one(ExternalSystem, key, populate_existing=True)
