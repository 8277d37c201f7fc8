"""Settings: who sees what, and that no secret is shown."""

from typing import Any

import pytest
from flask import Flask

from tests.support.clients import Browser
from tests.support.databases import SECRET_KEY

PASSWORD = "a password that no page may show"
INDEX = "/admin/settings/"


@pytest.fixture
def settings_overrides() -> dict[str, Any]:
    return {
        "xiva": {
            "base_url": "https://someone:in-the-address@bss.example/api",
            "username": "catalogue",
            "password": PASSWORD,
        },
        "crm": {"base_url": "https://crm.example", "preset": "tmf620"},
    }


def test_each_value_says_where_it_comes_from_and_secrets_only_whether_they_are_set(admin: Browser) -> None:
    page = admin.get("/admin/settings/systems").text

    assert "https://bss.example/api" in page
    assert "CATALOG_XIVA_PASSWORD" in page
    assert [secret in page for secret in (PASSWORD, "in-the-address", SECRET_KEY)] == [False, False, False]


def test_a_system_without_its_credentials_counts_as_not_configured(admin: Browser) -> None:
    page = admin.get("/admin/settings/systems").text

    assert "Missing: CATALOG_CRM_USERNAME, CATALOG_CRM_PASSWORD." in page


def test_about_tells_the_database_by_its_kind_and_not_by_its_address(app: Flask, viewer: Browser) -> None:
    page = viewer.get("/admin/settings/about").text

    url = app.config["SQLALCHEMY_DATABASE_URI"]
    assert ("SQLite" if url.startswith("sqlite") else "PostgreSQL") in page
    assert url not in page
    assert url.rsplit("/", 1)[0] not in page
    assert "Newest schema" in page


def test_systems_users_and_tokens_are_offered_to_admins_alone(viewer: Browser, admin: Browser) -> None:
    for address in ("/admin/settings/systems/", "/admin/settings/users", "/admin/settings/tokens"):
        assert f'href="{address}"' not in viewer.get(INDEX).text
        assert f'href="{address}"' in admin.get(INDEX).text


def test_the_cards_tell_what_is_left_to_do(admin: Browser) -> None:
    page = admin.get(INDEX).text

    assert "2 not configured" in page
    assert "0 segments" in page


def test_a_page_that_one_may_not_see_and_one_that_is_not_there_keep_the_rail(editor: Browser) -> None:
    refused, missing = editor.get("/admin/settings/users"), editor.get("/admin/products/99999")

    assert (refused.status_code, missing.status_code) == (403, 404)
    assert ['id="rail"' in page.text for page in (refused, missing)] == [True, True]
