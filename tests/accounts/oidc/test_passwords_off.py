"""Passwords switched off beside a provider, without locking anybody out; and what signing out ends."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from catalog_app.accounts.models import User
from catalog_app.accounts.service import users
from catalog_app.settings import SettingsError, load_settings
from tests.accounts.conftest import MakeUser
from tests.accounts.oidc.conftest import enter, is_in
from tests.support.clients import PASSWORD, Browser
from tests.support.oidc import OidcProvider


@pytest.fixture
def password_login() -> bool:
    return False


@pytest.fixture
def settings_overrides(settings_overrides: dict[str, Any], password_login: bool) -> dict[str, Any]:
    return {**settings_overrides, "password_login": password_login}


def test_only_an_admin_gets_in_with_a_password_and_only_until_one_comes_from_the_provider(
    client: Browser, another: Browser, provider: OidcProvider, make_user: MakeUser
) -> None:
    make_user("approver")
    make_user("admin")
    assert "Password" in client.get("/login").text
    assert client.sign_in("approver@operator.example", PASSWORD).status_code == 422
    assert client.sign_in("admin@operator.example", PASSWORD).status_code == 303
    client.send("/logout")

    provider.claims["roles"] = ["catalogue-admins"]
    assert enter(another).status_code == 303

    assert "Password" not in client.get("/login").text
    page = another.get("/admin/profile").text
    assert "you have no password here" in page
    assert client.sign_in("admin@operator.example", PASSWORD).status_code == 422
    assert client.secret() is None


@pytest.mark.parametrize("password_login", [True])
def test_a_password_reset_by_an_admin_makes_it_an_account_with_a_password_until_the_provider_says_otherwise(
    client: Browser, another: Browser, provider: OidcProvider, make_user: MakeUser
) -> None:
    make_user("admin")
    enter(client)
    user = users.by_email("lina@operator.example")

    _, password = users.reset_password(user.id, actor="cli")

    assert not is_in(client)
    assert client.sign_in(user.email, password).status_code == 303
    assert enter(another).status_code == 303
    assert not is_in(client)


@pytest.mark.parametrize("password_login", [True])
def test_the_only_admin_is_not_made_less_by_their_first_sign_in_there(
    client: Browser, provider: OidcProvider, make_user: MakeUser
) -> None:
    user = make_user("admin", email="lina@operator.example")

    answer = enter(client)

    assert answer.status_code == 403
    assert "You are the only admin here" in answer.text
    assert client.sign_in(user.email, PASSWORD).status_code == 303
    provider.claims["roles"] = ["catalogue-admins"]
    client.send("/logout")
    assert enter(client).status_code == 303


def test_signing_out_ends_the_session_there_as_well(client: Browser, provider: OidcProvider) -> None:
    enter(client)
    secret = client.secret()

    page = client.post("/logout", data={"csrf_token": csrf(client)})

    assert page.status_code == 200
    address = page.text.split('content="0; url=')[1].split('"')[0].replace("&amp;", "&")
    assert address.startswith(f"{provider.issuer}/leave?")
    asked = parse_qs(urlsplit(address).query)
    assert asked == {"client_id": ["product catalogue"], "post_logout_redirect_uri": ["http://localhost/login"]}
    client.set_cookie("catalog_session", secret or "")
    assert not is_in(client)


def test_signing_out_works_where_the_provider_offers_nothing_for_it(client: Browser, provider: OidcProvider) -> None:
    provider.metadata["end_session_endpoint"] = None
    enter(client)
    answer = client.post("/logout", data={"csrf_token": csrf(client)})
    assert (answer.status_code, answer.location) == (303, "/login")
    assert not is_in(client)


@pytest.mark.parametrize("password_login", [True])
def test_who_signed_in_with_a_password_is_not_sent_to_the_provider(client: Browser, make_user: MakeUser) -> None:
    client.sign_in(make_user("viewer").email)
    assert client.send("/logout").location == "/login"


def csrf(browser: Browser) -> str:
    page = browser.get("/admin/profile").text
    return page.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]


GIVEN = {
    "CATALOG_SECRET_KEY": "x" * 40,
    "CATALOG_PUBLIC_BASE_URL": "https://catalogue.operator.example",
    "CATALOG_OIDC_ISSUER": "https://id.operator.example/realms/staff",
    "CATALOG_OIDC_CLIENT_ID": "catalogue",
    "CATALOG_OIDC_CLIENT_SECRET": "a secret of the provider",
    "CATALOG_OIDC_ROLES": "cn=admins=admin, staff=viewer",
}


def test_the_environment_says_who_the_provider_is_and_what_its_groups_may() -> None:
    oidc = load_settings(GIVEN).oidc
    assert oidc is not None
    assert oidc.roles == {"cn=admins": "admin", "staff": "viewer"}
    assert "a secret of the provider" not in repr(oidc)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("CATALOG_OIDC_ISSUER", "http://id.operator.example", "https"),
        ("CATALOG_OIDC_ISSUER", "https://id.operator.example?x=1", "https"),
        ("CATALOG_OIDC_CLIENT_SECRET", "", "CATALOG_OIDC_CLIENT_SECRET is not set"),
        ("CATALOG_OIDC_ROLES", "admins", "write what the claim says"),
        ("CATALOG_OIDC_ROLES", "admins=root", "CATALOG_OIDC_ROLES"),
        ("CATALOG_OIDC_SCOPES", "email", "openid"),
        ("CATALOG_OIDC_CA_BUNDLE", "/nowhere/at/all", "there is no such file"),
        ("CATALOG_PUBLIC_BASE_URL", "", "CATALOG_PUBLIC_BASE_URL"),
    ],
)
def test_a_provider_that_could_not_work_is_a_fault_of_the_settings(name: str, value: str, fault: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({**GIVEN, name: value})
    assert fault in str(caught.value)


def test_passwords_are_not_switched_off_where_there_is_no_provider() -> None:
    with pytest.raises(SettingsError, match="CATALOG_PASSWORD_LOGIN"):
        load_settings({"CATALOG_SECRET_KEY": "x" * 40, "CATALOG_PASSWORD_LOGIN": "false"})


def test_nobody_is_an_admin_by_accident(client: Browser, provider: OidcProvider, make_user: MakeUser) -> None:
    make_user("admin")
    provider.claims["roles"] = ["admin"]
    assert enter(client).status_code == 403
    assert [user.role for user in users.all_users()] == ["admin"]
    assert isinstance(users.all_users()[0], User)
