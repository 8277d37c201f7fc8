"""A real Chromium against a served application, whose catalogue came from a source with real HTTP.

What pages do does not depend on the database, and tests without a browser look at both; here it is SQLite, because a
file can be copied.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.sites import PASSWORD, Site, applied, make_template, served
from tests.support.databases import SqliteTemplate
from tests.support.skips import NO_BROWSER, browser_is_required, find_chromium

__all__ = ["PASSWORD", "Site"]
PATIENCE_MS = 20_000
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return one Chromium for all tests of this process."""
    chromium = find_chromium()
    if chromium is None:
        if browser_is_required():
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    # Five seconds are not enough for every page where four workers share two cores.
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def demo_template(sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    """Return the demo's catalogue, synced and curated, with one account for each role."""
    return make_template(sqlite_template, tmp_path_factory.mktemp("demo"))


@pytest.fixture
def site(demo_template: SqliteTemplate, tmp_path: Path) -> Iterator[Site]:
    """Serve a copy of the demo's catalogue, which a test may change."""
    with applied(demo_template.copy_to(tmp_path), tmp_path) as (app, xiva), served(app) as url:
        yield Site(url, app, xiva)


@pytest.fixture
def signed_in(site: Site) -> Callable[..., Page]:
    """Return a function that lets somebody with a role into a window."""
    return site.enter


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """Return a page of a browser window of its own.

    Fails a test whose pages made the browser complain, or asked another origin for anything.
    """
    with calm_window(browser, site) as page:
        yield page


@contextmanager
def calm_window(browser: Browser, site: Site, **options: Any) -> Iterator[Page]:
    """Open a window, and fail at its end if a page in it made the browser complain, or asked another origin."""
    complaints: list[str] = []
    context = browser.new_context(**options)
    context.on("console", lambda message: complaints.extend(_complaint(message)))
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("request", lambda request: complaints.extend(_foreign(request.url, site.url)))
    try:
        yield context.new_page()
    finally:
        context.close()
    assert complaints == []


def _complaint(message: ConsoleMessage) -> list[str]:
    # A refused form is a 422 and an overtaken one a 409, which Chromium writes down as errors of its own.
    expected = "status of 422" in message.text or "status of 409" in message.text
    return [message.text] if message.type in {"error", "warning"} and not expected else []


def _foreign(address: str, origin: str) -> list[str]:
    return [] if address.startswith((origin, "data:", "about:")) else [f"asked for {address}"]
