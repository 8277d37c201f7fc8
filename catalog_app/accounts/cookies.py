"""The two cookies: who is signed in, and what forms need. Neither can be read by a script or sent from elsewhere."""

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from catalog_app.core.asked import MACHINE_PATHS
from catalog_app.core.cookies import cookie_name

SIGNED_IN = "catalog_session"
FORMS = "catalog_forms"


def read_secret(asked: Request) -> str | None:
    """Return the secret of the session that the browser shows, if any."""
    return asked.cookies.get(cookie_name(SIGNED_IN, is_secure=asked.is_secure)) or None


def keep_secret(response: Response, secret: str) -> Response:
    """Let the browser keep the secret until it is closed; the row behind it ends earlier or later on its own."""
    name = cookie_name(SIGNED_IN, is_secure=request.is_secure)
    response.set_cookie(name, secret, httponly=True, samesite="Lax", secure=request.is_secure, path="/")
    return response


def drop_secret(response: Response) -> Response:
    name = cookie_name(SIGNED_IN, is_secure=request.is_secure)
    response.delete_cookie(name, httponly=True, samesite="Lax", secure=request.is_secure, path="/")
    return response


class FormCookie(SecureCookieSessionInterface):
    """Flask's own session, which holds the CSRF token and flashed messages and nothing about who is signed in.

    Programs have none, so that no answer of theirs varies by a cookie.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith(MACHINE_PATHS):
            return self.make_null_session(app)
        return super().open_session(app, request)

    def get_cookie_name(self, app: Flask) -> str:  # noqa: ARG002  # Flask passes it
        return cookie_name(FORMS, is_secure=request.is_secure)

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002  # Flask passes it
        return request.is_secure
