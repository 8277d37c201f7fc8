"""What must not open an account: tokens, answers and addresses that lie."""

import hashlib
import hmac
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives import serialization
from sqlalchemy import select

from catalog_app.accounts import throttle
from catalog_app.accounts.models import User, UserIdentity
from catalog_app.accounts.oidc import provider as provider_module
from catalog_app.accounts.oidc.faults import ProviderAwayError
from catalog_app.accounts.oidc.provider import Metadata
from catalog_app.accounts.service import sessions
from catalog_app.core.db import db
from tests.accounts.conftest import MakeUser
from tests.accounts.oidc.conftest import back_from, enter, is_in
from tests.support.clients import PASSWORD, Browser
from tests.support.oidc import CLIENT_SECRET, OidcProvider, Sign, Twist, packed, rsa_key, signed

Claims = dict[str, Any]
NOBODY = "could not be verified, so nobody was signed in"


def claiming(**values: object) -> Twist:
    return lambda claims, _header: claims.update(values)


def without(name: str) -> Twist:
    def twist(claims: Claims, _header: Claims) -> None:
        del claims[name]

    return twist


def heading(**values: object) -> Twist:
    return lambda _claims, header: header.update(values)


def in_the_past(claims: Claims, _header: Claims) -> None:
    claims.update(iat=int(time.time()) - 900, exp=int(time.time()) - 300)


def not_yet(claims: Claims, _header: Claims) -> None:
    claims["nbf"] = int(time.time()) + 300


LIES: dict[str, Twist] = {
    "wrong nonce": claiming(nonce="of another sign-in"),
    "no nonce": without("nonce"),
    "wrong audience": claiming(aud="another program"),
    "several audiences, meant for another": claiming(aud=["product catalogue", "another"], azp="another"),
    "audience that is no text": claiming(aud={"product catalogue": True}),
    "no audience": without("aud"),
    "expired": in_the_past,
    "no end": without("exp"),
    "end that is no number": claiming(exp="tomorrow"),
    "not valid yet": not_yet,
    "other issuer": claiming(iss="https://elsewhere.example"),
    "no issuer": without("iss"),
    "no subject": without("sub"),
    "empty subject": claiming(sub=""),
    "subject that is no text": claiming(sub=7),
    "hash of another access token": claiming(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "unknown key": heading(kid="nobody's"),
    "algorithm that does not fit the key": heading(alg="ES256"),
    "critical header that we do not know": heading(crit=["x"], x=1),
}


def test_a_token_that_is_not_for_this_very_sign_in_opens_nothing(client: Browser, provider: OidcProvider) -> None:
    opened = []
    for lie, twist in LIES.items():
        provider.twist = twist
        if not is_refused(client):
            opened.append(lie)

    assert opened == []
    assert db.session.scalars(select(User)).all() == []


def unsigned(header: Claims, claims: Claims) -> str:
    return f"{packed({**header, 'alg': 'none'})}.{packed(claims)}."


def by_a_stranger(header: Claims, claims: Claims) -> str:
    return signed(header, claims, rsa_key("stranger"))


def by_our_secret(header: Claims, claims: Claims) -> str:
    return _with_hmac(header, claims, CLIENT_SECRET.encode())


def by_the_public_key_taken_for_a_secret(header: Claims, claims: Claims) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return _with_hmac(header, claims, rsa_key("first").public_key().public_bytes(serialization.Encoding.PEM, form))


def changed_after_signing(header: Claims, claims: Claims) -> str:
    head, _, signature = signed(header, claims, rsa_key("first")).split(".")
    return f"{head}.{packed({**claims, 'sub': 'somebody else'})}.{signature}"


def with_a_key_in_its_head(header: Claims, claims: Claims) -> str:
    public = rsa_key("stranger").public_key().public_numbers()
    numbers = {
        name: packed(value.to_bytes(256, "big").lstrip(b"\0")) for name, value in (("n", public.n), ("e", public.e))
    }
    return signed({**header, "jwk": {"kty": "RSA", **numbers}}, claims, rsa_key("stranger"))


def _with_hmac(header: Claims, claims: Claims, key: bytes) -> str:
    body = f"{packed({**header, 'alg': 'HS256'})}.{packed(claims)}"
    return f"{body}.{packed(hmac.digest(key, body.encode(), hashlib.sha256))}"


FORGERIES: tuple[Sign, ...] = (
    unsigned,
    by_a_stranger,
    by_our_secret,
    by_the_public_key_taken_for_a_secret,
    changed_after_signing,
    with_a_key_in_its_head,
    lambda _header, _claims: "not.a.token",
    lambda _header, _claims: "",
    lambda header, claims: "x" * 100_000 + signed(header, claims, rsa_key("first")),
)


def test_a_token_that_the_provider_did_not_sign_opens_nothing(client: Browser, provider: OidcProvider) -> None:
    opened = []
    for number, forgery in enumerate(FORGERIES):
        provider.sign = forgery
        if not is_refused(client):
            opened.append(number)

    assert opened == []
    assert db.session.scalars(select(User)).all() == []


def is_refused(client: Browser) -> bool:
    answer = enter(client)
    return answer.status_code == 403 and NOBODY in answer.text and client.secret() is None


def test_an_answer_counts_once(client: Browser, another: Browser) -> None:
    back = back_from(client)
    assert client.get(back).status_code == 303
    client.delete_cookie("catalog_session")

    again = client.get(back)

    assert again.status_code == 403
    assert "was not begun in this browser, or too long ago" in again.text
    assert another.get(back).status_code == 403


def test_an_answer_counts_once_even_with_the_cookie_of_before(client: Browser) -> None:
    back = back_from(client)
    before = client.get_cookie("catalog_forms")
    assert before is not None
    client.get(back)
    client.delete_cookie("catalog_session")
    client.set_cookie("catalog_forms", before.value)

    # The provider takes a code once, so there is nothing to be had for it.
    assert client.get(back).status_code == 503
    assert client.secret() is None


def test_nobody_is_signed_in_with_the_answer_to_somebody_elses_sign_in(client: Browser, another: Browser) -> None:
    theirs = back_from(another)
    client.get("/login/oidc")
    assert client.get(theirs).status_code == 403
    assert client.secret() is None


def test_who_comes_back_too_late_begins_again(client: Browser) -> None:
    begun = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    with time_machine.travel(begun):
        back = back_from(client)
    with time_machine.travel(begun + timedelta(minutes=11)):
        assert client.get(back).status_code == 403


def test_a_made_up_answer_is_a_page_that_leads_back(client: Browser) -> None:
    for query in ("", "?code=x", "?state=", "?state=%00&code=x", "?state[]=x", "?error=access_denied"):
        client.get("/login/oidc")
        answer = client.get(f"/login/oidc/callback{query}")
        assert answer.status_code == 403, query
        assert 'href="/login"' in answer.text


def test_an_answer_in_the_name_of_another_issuer_is_not_redeemed(client: Browser, provider: OidcProvider) -> None:
    back = back_from(client).replace("iss=", "iss=https%3A%2F%2Felsewhere.example&was=")
    assert client.get(back).status_code == 403
    assert provider.token_requests == []


def test_what_the_provider_says_of_an_error_is_neither_shown_nor_let_into_the_log_unread(
    client: Browser, provider: OidcProvider
) -> None:
    provider.answers_error = "<script>alert(1)</script>\r\nforged=1"
    answer = enter(client)
    assert answer.status_code == 403
    assert "The provider did not sign you in." in answer.text
    assert "alert(1)" not in answer.text


def test_an_address_that_nobody_vouches_for_does_not_open_the_account_of_who_has_it_here(
    client: Browser, provider: OidcProvider, make_user: MakeUser
) -> None:
    victim = make_user("admin", email="lina@operator.example")
    for verified in (False, None, "yes", 1, "false"):
        provider.claims.update(sub="attacker", email_verified=verified, roles=["catalogue-admins"])
        answer = enter(client)
        assert answer.status_code == 403, verified
        assert "does not vouch that this e-mail address is yours" in answer.text

    assert sessions.living_of(victim.id) == []
    assert client.sign_in(victim.email, PASSWORD).status_code == 303


def test_an_address_that_nobody_vouches_for_makes_no_account_either(client: Browser, provider: OidcProvider) -> None:
    del provider.claims["email_verified"]
    assert enter(client).status_code == 403
    assert db.session.scalars(select(User)).all() == []


@pytest.mark.parametrize(
    ("said", "here"),
    [
        ("\u212aate@operator.example", "kate@operator.example"),
        ("kate@\uff4fperator.example", "kate@operator.example"),
        ("kate@stra\u00dfe.example", "kate@strasse.example"),
    ],
)
def test_another_address_that_folds_to_one_here_does_not_open_its_account(
    client: Browser, provider: OidcProvider, make_user: MakeUser, said: str, here: str
) -> None:
    make_user(email=here)
    provider.claims.update(sub="attacker", email=said)

    assert enter(client).status_code == 403
    assert db.session.scalar(select(UserIdentity)) is None


def test_an_address_in_another_script_is_one_however_its_letters_are_written(
    client: Browser, provider: OidcProvider
) -> None:
    provider.claims["email"] = "\u041b\u0418\u041d\u0410@Operator.example"

    assert enter(client).status_code == 303
    assert db.session.scalar(select(User.email)) == "\u043b\u0438\u043d\u0430@operator.example"


@pytest.mark.parametrize("oidc_overrides", [{"trust_email": True}])
def test_a_directory_that_says_nothing_of_verified_addresses_can_be_trusted_by_a_setting(
    client: Browser, provider: OidcProvider
) -> None:
    del provider.claims["email_verified"]
    assert enter(client).status_code == 303


def test_a_verified_address_takes_the_account_over_and_ends_what_its_password_opened(
    client: Browser, another: Browser, provider: OidcProvider, make_user: MakeUser
) -> None:
    make_user("admin")
    user = make_user("viewer", email="lina@operator.example", name="Lina")
    another.sign_in(user.email)

    assert enter(client).status_code == 303

    assert not is_in(another)
    assert another.sign_in(user.email, PASSWORD).status_code == 422
    assert db.session.execute(select(UserIdentity.subject)).scalar_one() == provider.claims["sub"]


def test_an_address_passes_on_to_nobody_else(client: Browser, another: Browser, provider: OidcProvider) -> None:
    enter(client)
    provider.claims["sub"] = "who has the address now"

    answer = enter(another)

    assert answer.status_code == 403
    assert "already belongs to somebody else" in answer.text
    assert is_in(client)


def test_somebody_without_an_address_gets_no_account(client: Browser, provider: OidcProvider) -> None:
    for email in (None, "", "not an address", 7, "a@b\x00c", "x" * 300 + "@operator.example"):
        provider.claims["email"] = email
        answer = enter(client)
        assert answer.status_code == 403, email
        assert "did not say an e-mail address" in answer.text


def test_a_hostile_name_is_a_name(client: Browser, provider: OidcProvider) -> None:
    for number, name in enumerate(("<script>alert(1)</script>", "x" * 500, "\u202egnp.exe", None, {"a": 1}, "\x00")):
        provider.claims.update(sub=f"person {number}", email=f"person{number}@operator.example", name=name)
        assert enter(client).status_code == 303, name
        assert "<script>alert" not in client.get("/admin/profile").text
        client.delete_cookie("catalog_session")


def test_a_new_key_of_the_provider_is_learned_when_it_is_first_used(
    client: Browser, another: Browser, provider: OidcProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(client)
    provider.key_names = ["second", "first"]
    assert enter(another).status_code == 403  # within the moment in which it is not asked again

    monkeypatch.setattr(provider_module, "_BETWEEN", 0.0)

    assert enter(another).status_code == 303


def test_tokens_with_made_up_keys_do_not_make_us_ask_the_provider_each_time(
    client: Browser, provider: OidcProvider
) -> None:
    provider.twist = heading(kid="made up")
    for _ in range(3):
        enter(client)
    assert provider.asked.count("/keys") == 1


def test_two_keys_of_one_name_count_for_nothing(client: Browser, provider: OidcProvider) -> None:
    provider.key_names = ["first", "first"]
    assert enter(client).status_code == 403


LEADING_ELSEWHERE: tuple[Claims, ...] = (
    {"issuer": "https://elsewhere.example"},
    {"issuer": "https://id.example/"},
    {"token_endpoint": "http://id.example/token"},
    {"token_endpoint": None},
    {"jwks_uri": "file:///etc/passwd"},
    {"jwks_uri": "https://user:secret@id.example/keys"},
    {"authorization_endpoint": "javascript:alert(1)"},
    {"end_session_endpoint": "http://id.example/leave"},
)


def test_a_discovery_document_that_leads_elsewhere_is_not_believed() -> None:
    addresses = {
        name: f"https://id.example/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    }
    honest = {"issuer": "https://id.example", **addresses}
    assert Metadata.of(honest, "https://id.example").token_endpoint == "https://id.example/token_endpoint"
    for lie in LEADING_ELSEWHERE:
        with pytest.raises(ProviderAwayError):
            Metadata.of({**honest, **lie}, "https://id.example")


def test_an_address_that_is_never_connected_to_is_not_connected_to_for_a_provider_either(
    client: Browser, provider: OidcProvider
) -> None:
    provider.metadata["token_endpoint"] = "http://169.254.169.254/token"
    assert enter(client).status_code == 503
    assert client.secret() is None


def test_while_the_provider_is_away_that_is_said_and_passwords_still_work(
    client: Browser, provider: OidcProvider, make_user: MakeUser
) -> None:
    make_user("viewer")
    provider.close()

    answer = client.get("/login/oidc")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "could not be reached" in answer.text
    assert client.sign_in("viewer@operator.example").status_code == 303


def test_who_comes_back_with_made_up_codes_has_to_wait_before_the_provider_is_asked_again(
    client: Browser, provider: OidcProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "ADDRESS", replace(throttle.ADDRESS, free=3))
    back = back_from(client)
    state = back.split("state=")[1].split("&")[0]
    answers = []
    for _ in range(4):
        cookie = client.get_cookie("catalog_forms")
        answers.append(client.get(f"/login/oidc/callback?state={state}&code=made-up"))
        client.set_cookie("catalog_forms", cookie.value if cookie else "")

    assert [answer.status_code for answer in answers] == [503, 503, 503, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 10
    assert len(provider.token_requests) == 3


def test_who_is_signed_in_is_not_counted(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "ADDRESS", replace(throttle.ADDRESS, free=2))
    for _ in range(4):
        assert enter(client).status_code == 303
        client.delete_cookie("catalog_session")


@pytest.mark.parametrize("oidc_overrides", [{"client_secret": "a wrong one, all the same"}])
def test_a_wrong_client_secret_signs_nobody_in(client: Browser) -> None:
    assert enter(client).status_code == 503
    assert client.secret() is None
