"""People in front of the catalogue's pages, and products for them to look at."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from catalog_app.accounts.roles import Role
from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import users
from catalog_app.core.db import writing
from catalog_app.products.models import Product
from tests.products.factories import saved
from tests.support.clients import PASSWORD, Browser

MakeProduct = Callable[..., int]


@pytest.fixture
def sign_in(app: Flask) -> Callable[[Role], Browser]:
    def sign_in(role: Role) -> Browser:
        user = users.create(
            NewUser(email=f"{role}@operator.example", name=f"The {role}", role=role), PASSWORD, actor="cli"
        )
        browser = app.test_client()
        assert isinstance(browser, Browser)
        browser.enter(user)
        return browser

    return sign_in


@pytest.fixture
def editor(sign_in: Callable[[Role], Browser]) -> Browser:
    return sign_in("editor")


@pytest.fixture
def viewer(sign_in: Callable[[Role], Browser]) -> Browser:
    return sign_in("viewer")


@pytest.fixture
def make(app: Flask) -> MakeProduct:
    """Save a product and return its id."""

    def make(**values: Any) -> int:
        with app.app_context(), writing() as session:
            return saved(session, **values).id

    return make


@pytest.fixture
def stored(app: Flask) -> Callable[[int], Product]:
    """Return a product as it is in the database now."""

    def stored(product_id: int) -> Product:
        with app.app_context(), writing() as session:
            return session.get_one(Product, product_id)

    return stored
