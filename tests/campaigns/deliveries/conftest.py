"""Programs with the scopes that deliveries and the outbox ask for."""

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from tests.support.api import Program


@pytest.fixture
def settings_overrides() -> dict[str, object]:
    return {"encryption_keys": Fernet.generate_key().decode(), "scheduler_enabled": False}


@pytest.fixture
def api(app: Flask) -> Program:
    return Program.with_scopes(app, "campaigns:read", "campaigns:write")


@pytest.fixture
def engine(app: Flask) -> Program:
    return Program.with_scopes(app, "campaigns:trigger", name="engine")
