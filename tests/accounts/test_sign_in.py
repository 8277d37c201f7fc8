"""Signing in over HTTP."""

from datetime import UTC, datetime

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask

from catalog_app.accounts.models import User
from catalog_app.accounts.passwords import needs_rehash
from catalog_app.core.db import writing
from tests.accounts.conftest import MakeUser, everything_stored, fresh
from tests.support.clients import PASSWORD, Browser, new_browser


def test_the_right_password_opens_the_page_that_was_wanted(client: Browser, make_user: MakeUser) -> None:
    make_user()
    answer = client.sign_in("viewer@operator.example", wanted="/admin/profile?tab=1")
    assert (answer.status_code, answer.location) == (303, "/admin/profile?tab=1")
    assert client.get("/admin/profile").status_code == 200


def test_the_e_mail_address_may_be_written_in_any_case(client: Browser, make_user: MakeUser) -> None:
    make_user(email="Lina@Operator.example")
    assert client.sign_in("  LINA@operator.EXAMPLE ").status_code == 303


@time_machine.travel(datetime(2026, 11, 23, 9, 0, tzinfo=UTC), tick=False)  # a CSRF token tells the second it was made
def test_an_unknown_a_disabled_and_a_wrong_one_get_the_same_answer(app: Flask, make_user: MakeUser) -> None:
    make_user()
    closed = make_user(email="closed@operator.example")
    with writing() as session:
        session.get_one(User, closed.id).is_active = False
    answers = []
    for email, password in (
        ("viewer@operator.example", "a wrong password"),
        ("closed@operator.example", PASSWORD),
        ("nobody@operator.example", PASSWORD),
    ):
        browser = new_browser(app)
        token = browser.csrf()
        answer = browser.post("/login", data={"csrf_token": token, "email": email, "password": password})
        answers.append((answer.status_code, answer.text.replace(email, "EMAIL").replace(token, "TOKEN")))
        assert browser.secret() is None
    assert answers[0][0] == 422
    assert answers[0] == answers[1] == answers[2]


def test_what_was_typed_stays_except_the_password(client: Browser, make_user: MakeUser) -> None:
    make_user()
    answer = client.sign_in("viewer@operator.example", "not the right password")
    assert 'value="viewer@operator.example"' in answer.text
    assert "not the right password" not in answer.text
    assert "do not belong together" in answer.text
    assert 'value="/admin/profile"' in answer.text


def test_an_empty_form_names_both_fields(client: Browser) -> None:
    answer = client.send("/login")
    assert answer.status_code == 422
    assert answer.text.count("Fill this in.") == 2
    assert 'aria-describedby="email-error"' in answer.text


@pytest.mark.parametrize("wanted", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
def test_a_sign_in_never_leads_to_another_site(client: Browser, make_user: MakeUser, wanted: str) -> None:
    make_user()
    assert "elsewhere" not in client.get("/login", query_string={"next": wanted}).text
    assert client.sign_in("viewer@operator.example", wanted=wanted).location == "/admin/"


@pytest.mark.parametrize("email", ["\x00", "a\x00@operator.example", "x" * 5000, "%' OR 1=1 --", "\u202e@\ufffd", "@"])
def test_a_hostile_e_mail_address_is_only_a_wrong_one(client: Browser, email: str) -> None:
    assert client.sign_in(email).status_code == 422


def test_whoever_is_signed_in_already_goes_where_they_wanted(client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user())
    answer = client.get("/login?next=/admin/profile")
    assert (answer.status_code, answer.location) == (303, "/admin/profile")


def test_a_weak_hash_is_made_anew_at_the_sign_in(client: Browser, make_user: MakeUser) -> None:
    user = make_user()
    with writing() as session:
        weak = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
        session.get_one(User, user.id).password_hash = weak
    assert client.sign_in(user.email).status_code == 303
    assert not needs_rehash(fresh(User, user.id).password_hash)
    client.send("/logout")
    assert client.sign_in(user.email).status_code == 303


def test_neither_password_nor_session_nor_what_was_typed_is_stored(client: Browser, make_user: MakeUser) -> None:
    make_user()
    client.sign_in("a password typed into the wrong field", "not the right password")
    client.sign_in("viewer@operator.example")
    stored = everything_stored()
    secret = client.secret()
    assert secret
    for text in (PASSWORD, secret, "not the right password", "a password typed into the wrong field"):
        assert text not in stored


def test_the_sixth_wrong_password_has_to_wait(client: Browser, make_user: MakeUser) -> None:
    make_user()
    for _ in range(5):
        assert client.sign_in("viewer@operator.example", "wrong").status_code == 422
    answer = client.sign_in("viewer@operator.example")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 30
    assert "Try again in" in answer.text


def test_a_success_begins_the_count_anew(client: Browser, make_user: MakeUser) -> None:
    user = make_user()
    for _ in range(3):
        for _ in range(4):
            assert client.sign_in(user.email, "wrong").status_code == 422
        assert client.sign_in(user.email).status_code == 303
        client.send("/logout")
