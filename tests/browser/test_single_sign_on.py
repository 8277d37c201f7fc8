"""To the provider and back in a real browser: another site, whose answer the browser's own rules let through."""

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from catalog_app.app import create_app
from catalog_app.core.db import db
from catalog_app.settings import Settings
from tests.support.databases import SqliteTemplate, plain_settings
from tests.support.oidc import CLIENT_ID, CLIENT_SECRET, OidcProvider


@pytest.fixture
def home(sqlite_template: SqliteTemplate, tmp_path: Path, provider: OidcProvider) -> Iterator[str]:
    """Serve an application that knows its own address, at a name that is another site than the provider's."""
    made: list[Flask] = []

    def late(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return made[0].wsgi_app(environ, start_response)

    server = make_server("127.0.0.1", 0, late, threaded=True)
    url = f"http://localhost:{server.server_port}"
    oidc = {
        "issuer": provider.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "roles": {"catalogue-editors": "editor"},
        "label": "Tamra ID",
    }
    settings = {**plain_settings(sqlite_template.copy_to(tmp_path), tmp_path), "public_base_url": url, "oidc": oidc}
    made.append(create_app(Settings.model_validate(settings)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()
    with made[0].app_context():
        db.engine.dispose()


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    with OidcProvider() as running:
        yield running


def test_somebody_signs_in_at_the_provider_comes_back_and_signs_out_of_both(
    browser: Browser, home: str, provider: OidcProvider
) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto(f"{home}/login?next=/admin/profile")
    page.get_by_role("link", name="Sign in with Tamra ID").click()
    page.wait_for_url(f"{home}/admin/profile")
    expect(page.get_by_text("you have no password here")).to_be_visible()

    page.locator('form[action="/logout"]').first.evaluate("form => form.requestSubmit()")
    page.wait_for_url(f"{home}/login")

    assert "/leave" in provider.asked
    page.goto(f"{home}/admin/profile")
    assert page.url.startswith(f"{home}/login")
    page.close()
    assert complaints == []
