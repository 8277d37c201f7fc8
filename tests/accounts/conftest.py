"""People, tokens and browsers for tests. A browser here is alone, as it is in production."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from catalog_app.accounts.models import User
from catalog_app.accounts.roles import SCOPES, Role
from catalog_app.accounts.schema import NewToken, NewUser
from catalog_app.accounts.service import tokens, users
from catalog_app.core.db import Base, db
from tests.support.clients import PASSWORD, Browser, new_browser

MakeUser = Callable[..., User]
MakeToken = Callable[..., str]


@pytest.fixture
def another(app: Flask) -> Browser:
    return new_browser(app)


@pytest.fixture
def make_user(app: Flask) -> MakeUser:
    def make(role: Role = "viewer", *, email: str | None = None, name: str = "Lina Haddad") -> User:
        new = NewUser(email=email or f"{role}@operator.example", name=name, role=role)
        return users.create(new, PASSWORD, actor="cli")

    return make


@pytest.fixture
def make_token(app: Flask) -> MakeToken:
    def make(*scopes: str, **values: Any) -> str:
        given = {"name": "a program", "scopes": scopes or SCOPES, "expires_at": None, **values}
        _, secret = tokens.create(NewToken.model_validate(given), actor="cli")
        return secret

    return make


def bearing(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def everything_stored() -> str:
    """Return every value of every table as one text."""
    db.session.rollback()
    tables = Base.metadata.tables.values()
    return "\n".join(repr(row) for table in tables for row in db.session.execute(table.select()))


def fresh(model: type[Any], key: int) -> Any:
    """Return a row as it is now, whatever this test has seen of it before."""
    db.session.rollback()
    return db.session.get_one(model, key, populate_existing=True)
