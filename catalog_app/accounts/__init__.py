"""Users, roles, server-side sessions, API tokens, and who may do what."""

from dataclasses import asdict

from flask import Flask

from catalog_app.accounts import elsewhere, guard, identity, token_cache
from catalog_app.accounts.cookies import FormCookie
from catalog_app.accounts.guard import open_to_all, requires_role, requires_scope
from catalog_app.accounts.identity import actor, bearer, has_scope, i_may, person
from catalog_app.accounts.roles import ROLES, SCOPES, may
from catalog_app.accounts.service import retention
from catalog_app.accounts.typed import keeps_typed
from catalog_app.accounts.views import bp
from catalog_app.core.retention import Keeping, Retention
from catalog_app.core.wiring import provide
from catalog_app.settings import Settings

__all__ = (
    "ROLES",
    "SCOPES",
    "actor",
    "bearer",
    "has_scope",
    "i_may",
    "init_app",
    "keeps_typed",
    "may",
    "open_to_all",
    "person",
    "requires_role",
    "requires_scope",
)


def init_app(app: Flask, settings: Settings) -> None:
    """Put the gate before every request; from here on an endpoint is refused unless it says who may use it."""
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.session_interface = FormCookie()
    token_cache.init_app(app, settings.token_cache_seconds)
    identity.init_app(app)
    guard.init_app(app)
    app.register_blueprint(bp)
    elsewhere.init_app(app, settings)
    provide(app, Retention, lambda: asdict(retention.purge()))
    provide(app, Keeping, retention.due)
