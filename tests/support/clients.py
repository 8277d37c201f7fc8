"""Browsers for tests: each is alone, as it is in production."""

import contextvars
import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from catalog_app.accounts.models import User
from catalog_app.accounts.service import sessions
from catalog_app.accounts.service.sessions import Client
from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing

PASSWORD = "three green kettles sing"
HERE = Client(address="127.0.0.1", user_agent="a browser")
_TOKEN_FIELD = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


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

    def send(self, url: str, /, **fields: str) -> TestResponse:
        """Post a form as a page does, with its CSRF token."""
        return self.post(url, data={"csrf_token": self.csrf(), **fields})

    def sign_in(self, email: str, password: str = PASSWORD, *, wanted: str = "/admin/profile") -> TestResponse:
        return self.send("/login", email=email, password=password, next=wanted)


def new_browser(app: Flask) -> Browser:
    """Return a browser that shares nothing with any other."""
    browser = app.test_client()
    assert isinstance(browser, Browser)
    return browser
