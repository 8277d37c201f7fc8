"""A program that asks what to offer, and a catalogue for it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from catalog_app.core.db import db
from catalog_app.products.service import ProductCatalogService
from tests.support.api import Program

Make = Callable[..., int]


@pytest.fixture
def asker(app: Flask) -> Program:
    return Program.with_scopes(app, "nbo:read", "ml:read", "campaigns:write", "admin", name="asker")


@pytest.fixture
def make(app: Flask) -> Make:  # it works in the application's context
    """Return what makes a launched product and gives its number."""

    def made(name: str = "Offer", **values: Any) -> int:
        product = {"name": name, "product_type": "data", "lifecycle_status": "launched", **values}
        number = ProductCatalogService().create(product, actor="tests").id
        db.session.remove()
        return number

    return made
