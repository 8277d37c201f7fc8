"""A program that may read and write campaigns."""

import pytest
from flask import Flask

from tests.support.api import Program


@pytest.fixture
def api(app: Flask) -> Program:
    return Program.with_scopes(app, "campaigns:read", "campaigns:write", "products:read", "products:write")
