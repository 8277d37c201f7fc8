"""Programs that use the JSON API, and what they write."""

from typing import Any

import pytest
from flask import Flask

from tests.support.api import Program

NEW: dict[str, Any] = {"name": "Roam 5", "product_type": "data", "price": "10.00", "currency": "SAR"}


@pytest.fixture
def api(app: Flask) -> Program:
    return Program.with_scopes(app, "products:read", "products:write", "sync:run")
