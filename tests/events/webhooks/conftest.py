"""A real receiver on loopback, and an application that may tell it."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from tests.core.http.hostile import HostileServer, Say
from tests.support.api import Program


@pytest.fixture
def settings_overrides() -> dict[str, object]:
    return {"encryption_keys": Fernet.generate_key().decode(), "scheduler_enabled": False}


@pytest.fixture
def receiver() -> Iterator[HostileServer]:
    server = HostileServer()
    server.answers(Say(status=204))
    yield server
    server.close()


@pytest.fixture
def api(app: Flask) -> Program:
    return Program.with_scopes(app, "products:read", "products:write", "webhooks")
