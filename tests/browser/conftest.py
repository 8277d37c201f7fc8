"""A real Chromium against a served application, whose catalogue came from a source with real HTTP."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import BaseWSGIServer, make_server

from catalog_app.accounts.roles import Role
from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import users
from catalog_app.core.db import db
from catalog_app.demo.catalogue import catalogue
from catalog_app.demo.curation import curate
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.sync.service import ProductSyncService
from tests.support.skips import NO_BROWSER, browser_is_required, find_chromium

PASSWORD = "a password of the browser tests"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Site:
    """The served application: where it is, and how to act behind its back."""

    url: str
    app: Flask
    xiva: XivaStandin


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return one Chromium for all tests of this process."""
    chromium = find_chromium()
    if chromium is None:
        if browser_is_required():
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield launched
        launched.close()


@pytest.fixture
def xiva() -> Iterator[XivaStandin]:
    with XivaStandin(catalogue(), password=PASSWORD) as standin:
        yield standin


@pytest.fixture
def settings_overrides(xiva: XivaStandin) -> dict[str, Any]:
    return {"xiva": {"base_url": xiva.base_url, "username": xiva.username, "password": PASSWORD}}


@pytest.fixture
def site(app: Flask, xiva: XivaStandin) -> Iterator[Site]:
    """Serve the application with one account for each role and the demo's catalogue, synced and curated."""
    with app.app_context():
        for role in ("viewer", "editor", "approver", "admin"):
            users.create(new_user(role), PASSWORD, actor="test")
        run = ProductSyncService().sync_from_xiva()
        assert run.status == "applied", run.error
        curate()
        db.session.remove()
    server: BaseWSGIServer = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", app, xiva)
    server.shutdown()
    thread.join()
    server.server_close()


def new_user(role: Role) -> NewUser:
    return NewUser(email=f"{role}@example.org", name=f"The {role}", role=role)


@pytest.fixture
def signed_in(site: Site) -> Callable[[Page, Role], Page]:
    """Return a function that signs a page in through the login form."""

    def sign_in(page: Page, role: Role = "admin") -> Page:
        page.goto(f"{site.url}/login")
        page.get_by_label("E-mail").fill(f"{role}@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{site.url}/admin/**")
        return page

    return sign_in


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """Return a page of a browser window of its own.

    Fails a test whose pages made the browser complain, or asked another origin for anything.
    """
    complaints: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("console", lambda message: complaints.extend(_complaint(message)))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.extend(_foreign(request.url, site.url)))
    yield page
    context.close()
    assert complaints == []


def _complaint(message: ConsoleMessage) -> list[str]:
    # A refused form is a 422, which Chromium writes down as an error of its own.
    expected = "status of 422" in message.text
    return [message.text] if message.type in {"error", "warning"} and not expected else []


def _foreign(address: str, origin: str) -> list[str]:
    return [] if address.startswith((origin, "data:", "about:")) else [f"asked for {address}"]
