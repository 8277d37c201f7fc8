"""What was typed when the session ended is not lost where people sign in elsewhere: they do so in another tab."""

import re
from html import unescape

import pytest
from flask import Flask
from flask.typing import ResponseReturnValue

from catalog_app.accounts import keeps_typed, requires_role
from catalog_app.accounts.service import sessions
from tests.accounts.oidc.conftest import enter
from tests.support.clients import Browser

HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def form_page(app: Flask) -> str:
    @requires_role("viewer")
    @keeps_typed
    def save() -> ResponseReturnValue:
        return "saved"

    app.add_url_rule("/form", "form", save, methods=["POST"])
    return "/form"


def held(page: str) -> dict[str, str]:
    """Return what the form that leads back holds."""
    form = page.split('action="/login/oidc/back"')[1].split("</form>", maxsplit=1)[0]
    return {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form)}


@pytest.mark.parametrize("is_dialog", [False, True])
def test_the_form_comes_back_with_what_was_typed_after_a_sign_in_in_another_tab(
    client: Browser,
    form_page: str,
    is_dialog: bool,
) -> None:
    htmx = {"HX-Request": "true"} if is_dialog else {}
    asked = client.post(form_page, data={"name": "Ramadan & more"}, headers={**HERE, **htmx})
    assert asked.status_code == 401
    assert 'target="_blank"' in asked.text
    kept = held(asked.text)
    enter(client)

    back = client.post("/login/oidc/back", data=kept, headers=HERE)

    assert back.status_code == 200
    assert 'action="/form"' in back.text
    assert 'name="name" value="Ramadan &amp; more"' in back.text


def test_without_a_sign_in_the_page_asks_again_and_keeps_it(client: Browser, form_page: str) -> None:
    kept = held(client.post(form_page, data={"name": "Ramadan"}, headers=HERE).text)

    again = client.post("/login/oidc/back", data=kept, headers=HERE)

    assert again.status_code == 401
    assert held(again.text)["typed"] == kept["typed"]


def test_another_site_leads_nobody_into_a_form(client: Browser, form_page: str) -> None:
    enter(client)
    data = {"next": form_page, "typed": '[["name", "of another site"]]'}
    for header in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {}):
        assert client.post("/login/oidc/back", data=data, headers=header).status_code == 400
    assert client.secret() is not None
    assert sessions.find(client.secret() or "") is not None
