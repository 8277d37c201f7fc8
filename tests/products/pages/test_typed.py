"""An ended session loses nothing that was typed: sign in again, and the form is back."""

from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask

from catalog_app.accounts.models import UserSession
from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.products.models import Product
from tests.products.pages.conftest import MakeProduct
from tests.products.pages.typed import Fields, untouched
from tests.support.clients import PASSWORD, Browser

FRAGMENT = {"HX-Request": "true"}
LOGIN = "/login"


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "dialog"])
def test_what_was_typed_comes_back_after_signing_in_and_is_not_saved_yet(
    app: Flask, editor: Browser, make: MakeProduct, stored: Callable[[int], Product], headers: dict[str, str]
) -> None:
    product_id = make(name="Flex", target_segments=["youth", "family"])
    address = f"/admin/products/{product_id}"
    typed = untouched(editor.get(f"{address}/edit").text, address) | {"name": ["Half an hour of typing"]}
    _end_all_sessions(app)

    asked = editor.post(address, data=typed, headers=headers)
    assert asked.status_code == 401
    back = editor.post(LOGIN, data=untouched(asked.text, LOGIN) | _person())
    again = editor.post(address, data=untouched(back.text, address))

    assert again.status_code == 200
    form = untouched(again.text, address)
    assert form["name"] == ["Half an hour of typing"]
    assert sorted(form["target_segments"]) == ["family", "youth"]
    assert stored(product_id).name == "Flex"
    assert editor.post(address, data=form).status_code == 303
    assert stored(product_id).name == "Half an hour of typing"


def test_a_wrong_password_does_not_lose_it_either(app: Flask, editor: Browser) -> None:
    typed = untouched(editor.get("/admin/products/new").text, "/admin/products/") | {"name": ["Kept"]}
    _end_all_sessions(app)
    asked = editor.post("/admin/products/", data=typed)
    refused = editor.post(LOGIN, data=untouched(asked.text, LOGIN) | _person() | {"password": ["not this one at all"]})
    assert refused.status_code == 422
    back = editor.post(LOGIN, data=untouched(refused.text, LOGIN) | _person())
    assert "Kept" in unescape(back.text)


def test_what_another_site_sends_is_not_carried_through_a_sign_in(app: Flask, editor: Browser) -> None:
    _end_all_sessions(app)
    answer = editor.post("/admin/products/", data={"name": "Planted"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 303
    assert "Planted" not in answer.text


@pytest.mark.parametrize("typed", ["[[1, 2]]", "{}", "nonsense", '[["csrf_token", "x"], ["look_up", ""]]'])
def test_a_sign_in_takes_nothing_from_what_is_no_form(editor: Browser, typed: str) -> None:
    page = editor.get("/admin/profile").text
    assert page
    fresh = editor.application.test_client()
    assert isinstance(fresh, Browser)
    form: Fields = untouched(fresh.get(LOGIN).text, LOGIN)
    answer = fresh.post(LOGIN, data=form | _person() | {"typed": [typed]})
    assert answer.status_code in (200, 303)


def _person() -> Fields:
    return {"email": ["editor@operator.example"], "password": [PASSWORD]}


def _end_all_sessions(app: Flask) -> None:
    with app.app_context(), writing() as session:
        for one in session.query(UserSession):
            one.revoked_at = utcnow()
