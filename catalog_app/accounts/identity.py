"""Who is behind the present request."""

from typing import cast

from flask import Flask, Request, g, has_request_context
from flask_login import LoginManager, current_user  # type: ignore[import-untyped]  # Flask-Login ships no types

from catalog_app.accounts.cookies import read_secret
from catalog_app.accounts.role_words import ROLES_SAID, role_label, scope_words
from catalog_app.accounts.roles import Anonymous, Bearer, Role, Scope, SignedIn, may
from catalog_app.accounts.service import sessions
from catalog_app.core.requests import recognised

COMMAND_LINE = "cli"


def init_app(app: Flask) -> None:
    # Flask-Login's own session, its protection and its remember-me cookie stay unused: sessions are our rows.
    app.config["SESSION_PROTECTION"] = None
    manager = LoginManager()
    manager.anonymous_user = Anonymous
    manager.request_loader(_load)
    manager.init_app(app)
    app.jinja_env.globals["may"] = i_may
    app.jinja_env.filters["role_label"] = role_label
    app.jinja_env.filters["scope_words"] = scope_words
    app.jinja_env.globals["roles_in_words"] = lambda: ROLES_SAID


def person() -> SignedIn | Anonymous:
    """Return who is signed in. Programs with a token are nobody here."""
    return cast("SignedIn | Anonymous", current_user._get_current_object())  # noqa: SLF001  # Werkzeug's documented way


def signed_in() -> SignedIn:
    """Return who is signed in, where the guard has seen to it that somebody is."""
    found = person()
    if not isinstance(found, SignedIn):
        raise RuntimeError("this page has to be declared with requires_role")  # noqa: TRY004  # not about a type
    return found


def i_may(role: Role) -> bool:
    """Return whether who is signed in has `role` or one above it."""
    return may(person(), role)


def bearer() -> Bearer | None:
    """Return the API token behind this request."""
    return cast("Bearer | None", g.get("catalog_bearer"))


def has_scope(scope: Scope) -> bool:
    """Return whether this request carries a token with `scope`."""
    token = bearer()
    return token is not None and scope in token.scopes


def actor() -> str:
    """Return who acts, as history keeps it: `user:<e-mail>`, `token:<name>`, or `cli` outside a request."""
    if not has_request_context():
        return COMMAND_LINE
    token = bearer()
    return token.actor if token else signed_in().actor


def adopt(token: Bearer) -> None:
    """Let the rest of this request act as `token`."""
    g.catalog_bearer = token
    recognised(token.caller)


def _load(request: Request) -> SignedIn | None:
    secret = read_secret(request)
    if secret is None or g.get("catalog_cookie_ignored"):
        return None
    # The page that reports an error shows who is signed in, too: it must not fail over the same database again.
    g.catalog_cookie_ignored = True
    found = sessions.find(secret)
    g.catalog_cookie_ignored = False
    if found is not None:
        recognised(f"user:{found.user_id}")
    return found
