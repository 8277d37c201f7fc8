"""People, tokens and browsers for tests. A browser here is alone, as it is in production."""

import contextvars
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from catalog_app.accounts.models import User
from catalog_app.accounts.roles import SCOPES, Role
from catalog_app.accounts.schema import NewToken, NewUser
from catalog_app.accounts.service import sessions, tokens, users
from catalog_app.accounts.service.sessions import Client
from catalog_app.core.clock import utcnow
from catalog_app.core.db import Base, db, writing

PASSWORD = "three green kettles sing"
HERE = Client(address="127.0.0.1", user_agent="a browser")
_TOKEN_FIELD = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')

MakeUser = Callable[..., User]
MakeToken = Callable[..., str]


class Browser(FlaskClient):
    """A client whose every request has a context of its own.

    pytest-flask keeps a context around each test; a request inside it would share `g`, and with it who is signed in
    and whether a CSRF token was seen.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return contextvars.Context().run(super().open, *args, **kwargs)

    def enter(self, user: User, *, name: str = "catalog_session") -> str:
        """Sign the user in without a password and return the secret that the cookie now holds."""
        with writing() as session:
            secret = sessions.start_in(session, user, HERE, utcnow())
        self.set_cookie(name, secret)
        return secret

    def secret(self) -> str | None:
        cookie = self.get_cookie("catalog_session")
        return cookie.value if cookie else None

    def csrf(self) -> str:
        """Return a CSRF token that counts for this browser."""
        page = self.get("/login")
        if page.status_code != 200:
            page = self.get("/admin/profile")
        found = _TOKEN_FIELD.search(page.text)
        assert found, page.status
        return found[1]

    def send(self, url: str, **fields: str) -> TestResponse:
        """Post a form as a page does, with its CSRF token."""
        return self.post(url, data={"csrf_token": self.csrf(), **fields})

    def sign_in(self, email: str, password: str = PASSWORD, *, wanted: str = "/admin/profile") -> TestResponse:
        return self.send("/login", email=email, password=password, next=wanted)


@pytest.fixture
def client(app: Flask) -> Browser:
    return new_browser(app)


@pytest.fixture
def another(app: Flask) -> Browser:
    return new_browser(app)


def new_browser(app: Flask) -> Browser:
    app.test_client_class = Browser
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser


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
