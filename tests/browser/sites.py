"""Applications served for a browser, each on a database of its own that holds the demo's catalogue, synced and curated."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import text
from werkzeug.serving import BaseWSGIServer, make_server

from catalog_app.accounts.roles import ROLES, Role
from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import sessions, users
from catalog_app.app import create_app
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.demo.catalogue import catalogue
from catalog_app.demo.curation import curate
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.products.service import ProductCatalogService
from catalog_app.settings import Settings
from catalog_app.sync.service import ProductSyncService
from tests.support.clients import HERE, Browser
from tests.support.databases import SqliteTemplate, plain_settings

PASSWORD = "a password of the browser tests"


@dataclass(frozen=True)
class Site:
    """The served application: where it is, and how to act behind its back."""

    url: str
    app: Flask
    xiva: XivaStandin

    def enter(self, page: Page, role: Role = "admin") -> Page:
        """Let somebody with this role into the window, without the login form."""
        with self.app.app_context(), writing() as session:
            secret = sessions.start_in(session, users.by_email(email_of(role)), HERE, utcnow())
        page.context.add_cookies([{"name": "catalog_session", "value": secret, "url": self.url}])
        return page

    def number(self, external_id: str) -> int:
        """Return the number of a product that came from Xiva."""
        with self.app.app_context():
            product = ProductCatalogService().by_identity("xiva", external_id)
            assert product is not None
            return product.id


def email_of(role: Role) -> str:
    return f"{role}@example.org"


@contextmanager
def applied(database_url: str, folder: Path) -> Iterator[tuple[Flask, XivaStandin]]:
    """Make the application on this database, beside a stand-in for Xiva with the demo's products."""
    with XivaStandin(catalogue(), password=PASSWORD) as xiva:
        source: dict[str, Any] = {"base_url": xiva.base_url, "username": xiva.username, "password": PASSWORD}
        app = create_app(Settings.model_validate({**plain_settings(database_url, folder), "xiva": source}))
        app.config.update(TESTING=True)
        app.test_client_class = Browser
        yield app, xiva
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve the application from a thread and return its address."""
    server: BaseWSGIServer = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def make_template(empty: SqliteTemplate, folder: Path) -> SqliteTemplate:
    """Return a database with one account for each role and the demo's catalogue, made once and then copied."""
    with applied(empty.copy_to(folder), folder) as (app, _), app.app_context():
        for role in ROLES:
            users.create(NewUser(email=email_of(role), name=f"The {role}", role=role), PASSWORD, actor="test")
        run = ProductSyncService().sync_from_xiva()
        assert run.status == "applied", run.error
        curate()
        db.session.remove()
        with db.engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return SqliteTemplate(folder / "catalog.db")
