"""Signing in with an account elsewhere: who gets in, as whom, and with which role."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from catalog_app.accounts.models import User, UserIdentity
from catalog_app.accounts.service import sessions, users
from catalog_app.core.db import db
from tests.accounts.conftest import MakeUser, everything_stored
from tests.accounts.oidc.conftest import back_from, enter, is_in
from tests.support.clients import PASSWORD, Browser
from tests.support.oidc import CLIENT_SECRET, OidcProvider


def account() -> User:
    db.session.rollback()
    return db.session.execute(select(User)).scalar_one()


def test_the_first_sign_in_makes_the_account_with_the_highest_role_given(
    client: Browser, provider: OidcProvider
) -> None:
    provider.claims["roles"] = ["catalogue-viewers", "catalogue-editors", "something else"]

    answer = enter(client, wanted="/admin/products/")

    assert (answer.status_code, answer.location) == (303, "/admin/products/")
    user = account()
    assert (user.email, user.name, user.role) == ("lina@operator.example", "Lina Haddad", "editor")
    assert is_in(client)
    assert [session.address for session in sessions.living_of(user.id)] == ["127.0.0.1"]


def test_the_button_is_on_the_page_for_signing_in_and_keeps_where_one_was_going(client: Browser) -> None:
    page = client.get("/login?next=/admin/products/").text

    assert "Sign in with Tamra ID" in page
    assert "/login/oidc?next=/admin/products/" in page


def test_history_tells_of_the_account_its_link_and_every_change_of_the_role(
    client: Browser, another: Browser, provider: OidcProvider, make_user: MakeUser
) -> None:
    enter(client)
    provider.claims["roles"] = "catalogue-viewers"
    enter(another)
    client.enter(make_user("admin"))

    page = client.get("/admin/activity/").text

    for words in ("Created", "Linked to single sign-on", "Role changed"):
        assert words in page
    assert users.by_email("lina@operator.example").role == "viewer"


def test_who_comes_again_is_found_by_the_subject_whatever_their_address_is_now(
    client: Browser, another: Browser, provider: OidcProvider
) -> None:
    enter(client)
    provider.claims.update(email="lina.saleh@operator.example", email_verified=False)

    assert enter(another).status_code == 303

    assert account().email == "lina@operator.example"


@pytest.mark.parametrize("oidc_overrides", [{"role_claim": "realm_access.roles"}])
def test_a_role_may_stand_deeper_in_the_token(client: Browser, provider: OidcProvider) -> None:
    provider.claims["realm_access"] = {"roles": ["catalogue-admins"]}
    assert enter(client).status_code == 303
    assert account().role == "admin"


def test_who_has_no_role_is_told_so_and_gets_no_account(client: Browser, provider: OidcProvider) -> None:
    said: tuple[Any, ...] = ([], ["staff"], None, {"admin": True}, [["catalogue-admins"]], "catalogue")
    for roles in said:
        provider.claims["roles"] = roles
        answer = enter(client)
        assert answer.status_code == 403, roles
        assert "Your account there has no role in this product." in answer.text

    assert db.session.scalars(select(User)).all() == []
    assert client.secret() is None


def test_who_lost_their_role_is_signed_out_everywhere(
    client: Browser, another: Browser, provider: OidcProvider
) -> None:
    enter(client)
    provider.claims["roles"] = []

    assert enter(another).status_code == 403

    assert not is_in(client)


def test_an_account_that_is_switched_off_stays_out(client: Browser, another: Browser, make_user: MakeUser) -> None:
    enter(client)
    make_user("admin")
    users.disable(users.by_email("lina@operator.example").id, actor="cli")

    answer = enter(another)

    assert answer.status_code == 403
    assert "Your account here is switched off." in answer.text
    assert not is_in(client)


def test_an_account_with_a_password_that_is_switched_off_is_not_opened_by_its_address(
    client: Browser, make_user: MakeUser
) -> None:
    user = make_user("viewer", email="lina@operator.example")
    users.disable(user.id, actor="cli")

    assert enter(client).status_code == 403

    assert db.session.scalars(select(UserIdentity)).all() == []


def test_signing_in_takes_a_new_session_and_ends_the_one_before(client: Browser) -> None:
    enter(client)
    first = client.secret()
    client.delete_cookie("catalog_session")
    client.set_cookie("catalog_session", "planted-by-somebody-else")
    enter(client)
    second = client.secret()
    assert first
    assert second not in {None, first, "planted-by-somebody-else"}


def test_whoever_is_signed_in_already_is_not_sent_away(client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user())
    assert client.get("/login/oidc?next=/admin/profile").location == "/admin/profile"


def test_a_sign_in_leads_to_a_page_of_ours(client: Browser) -> None:
    for wanted in ("https://elsewhere.example/", "//elsewhere.example", "/" + "x" * 5000):
        assert enter(client, wanted=wanted).location == "/admin/"
        client.delete_cookie("catalog_session")


def test_no_code_no_token_and_no_secret_is_kept_logged_or_shown(
    client: Browser, provider: OidcProvider, capfd: pytest.CaptureFixture[str]
) -> None:
    back = back_from(client)
    answer = client.get(back)
    code = re.search("code=([^&]+)", back)
    assert code is not None
    (asked,) = provider.token_requests
    cookies = "".join(answer.headers.getlist("Set-Cookie"))
    everywhere = everything_stored() + answer.text + cookies + "".join(capfd.readouterr())
    for secret in (code[1], asked["code_verifier"], CLIENT_SECRET, client.secret() or "no session"):
        assert secret not in everywhere.replace(cookies, "" if secret == client.secret() else cookies)


@pytest.mark.parametrize("methods", [["client_secret_post"], ["client_secret_basic", "private_key_jwt"]])
def test_the_secret_is_given_in_the_way_that_the_provider_takes(
    client: Browser, provider: OidcProvider, methods: list[str]
) -> None:
    provider.metadata["token_endpoint_auth_methods_supported"] = methods
    assert enter(client).status_code == 303


@pytest.mark.parametrize("oidc_overrides", [{"acr": ("two-factors",)}])
def test_a_sign_in_that_was_weaker_than_asked_for_does_not_count(client: Browser, provider: OidcProvider) -> None:
    provider.claims["acr"] = "password"
    assert enter(client).status_code == 403
    provider.claims["acr"] = "two-factors"
    assert enter(client).status_code == 303


def test_a_password_still_opens_the_account_of_somebody_else(client: Browser, make_user: MakeUser) -> None:
    make_user("viewer")
    assert client.sign_in("viewer@operator.example", PASSWORD).status_code == 303
