"""Programs that ask for offers, tell what became of them, and look after models."""

import pytest
from flask import Flask

from tests.support.api import Program


@pytest.fixture
def teller(app: Flask) -> Program:
    """Return a program that tells what was shown and answered."""
    return Program.with_scopes(app, "nbo:write", name="teller")


@pytest.fixture
def keeper(app: Flask) -> Program:
    """Return a program that trains models and puts them in place."""
    return Program.with_scopes(app, "admin", "ml:read", name="keeper")
