"""An application with a provider of identities, and a browser that goes there and back."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug.test import TestResponse

from tests.support.clients import Browser
from tests.support.oidc import CLIENT_ID, CLIENT_SECRET, OidcProvider

ROLES = {"catalogue-admins": "admin", "catalogue-editors": "editor", "catalogue-viewers": "viewer"}


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    with OidcProvider() as running:
        yield running


@pytest.fixture
def oidc_overrides() -> dict[str, Any]:
    """Return what differs from the plain provider settings; a test overrides this fixture."""
    return {}


@pytest.fixture
def settings_overrides(provider: OidcProvider, oidc_overrides: dict[str, Any]) -> dict[str, Any]:
    given = {"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "roles": ROLES}
    return {"public_base_url": "http://localhost", "oidc": {**given, "label": "Tamra ID", **oidc_overrides}}


def back_from(browser: Browser, *, wanted: str = "/admin/profile") -> str:
    """Go to the provider as a browser does and return the address that it sends us back to."""
    away = browser.get("/login/oidc", query_string={"next": wanted})
    assert away.status_code == 303, away.text
    answer = requests.get(away.location, allow_redirects=False, timeout=5)
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}"


def enter(browser: Browser, *, wanted: str = "/admin/profile") -> TestResponse:
    """Sign in at the provider, and come back."""
    return browser.get(back_from(browser, wanted=wanted))


def is_in(browser: Browser) -> bool:
    return browser.get("/admin/profile").status_code == 200
