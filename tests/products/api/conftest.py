"""A program that may read and write products, and products that are there before it comes."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from catalog_app.core.db import db
from catalog_app.products.models import Product
from tests.products.factories import saved
from tests.support.api import Program


@pytest.fixture
def api(app: Flask) -> Program:
    return Program.with_scopes(app, "products:read", "products:write")


@pytest.fixture
def stored(app: Flask) -> Callable[..., Product]:
    """Return what saves a product as a source brought it; each call is committed."""

    def save(**overrides: Any) -> Product:
        with app.app_context():
            product = saved(db.session(), **overrides)
            db.session.commit()
            return product

    return save
