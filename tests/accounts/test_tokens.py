"""Tokens: what programs use the API with."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import event, select

from catalog_app.accounts import bearer, requires_scope
from catalog_app.accounts.models import ApiToken
from catalog_app.accounts.service import tokens
from catalog_app.core.db import db
from tests.accounts.conftest import MakeToken, MakeUser, bearing, everything_stored, fresh
from tests.support.clients import Browser

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def app(app: Flask) -> Flask:
    """Return the application with one more endpoint, /api/mine, which names the token that asks."""

    @requires_scope("nbo:read")
    def mine() -> ResponseReturnValue:
        token = bearer()
        return {"token": token.name if token else None}

    app.add_url_rule("/api/mine", "mine", mine, methods=["GET", "POST"])
    return app


def status(client: Browser, secret: str) -> int:
    return client.get("/api/mine", headers=bearing(secret)).status_code


def test_a_token_opens_what_its_scope_names(client: Browser, make_token: MakeToken) -> None:
    answer = client.get("/api/mine", headers=bearing(make_token("nbo:read")))
    assert answer.json == {"token": "a program"}


def test_a_token_needs_no_csrf_token_to_write(client: Browser, make_token: MakeToken) -> None:
    assert client.post("/api/mine", headers=bearing(make_token("nbo:read"))).status_code == 200


def test_no_scope_includes_another(client: Browser, make_token: MakeToken) -> None:
    answer = client.get("/api/mine", headers=bearing(make_token("admin", "nbo:write")))
    assert answer.status_code == 403
    assert answer.get_json()["detail"] == "This needs a token with the scope nbo:read."


def test_a_revoked_token_is_refused_at_once(client: Browser, make_token: MakeToken) -> None:
    secret = make_token("nbo:read")
    tokens.revoke(tokens.all_tokens()[0].id, actor="cli")
    answer = client.get("/api/mine", headers=bearing(secret))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="catalog", error="invalid_token"'


def test_a_token_ends_when_its_time_is_over(client: Browser, make_token: MakeToken) -> None:
    with time_machine.travel(START, tick=False) as clock:
        secret = make_token("nbo:read", expires_at=START + timedelta(days=1))
        clock.shift(timedelta(hours=23, minutes=59))
        assert status(client, secret) == 200
        clock.shift(timedelta(minutes=1))
        assert status(client, secret) == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer pc_",
        "Bearer pc_aaaaaaaa_" + "a" * 43,
        "Bearer " + "x" * 10_000,
        "Bearer \xe9\xff",
        "Bearer pc_aaaaaaaa_" + "a" * 42 + "\x01",
        "Basic bGluYTpzZWNyZXQ=",
        "Basic !!!",
        "Digest x",
        "bearer",
        "Token abc",
    ],
)
def test_anything_but_a_token_is_unauthorised(client: Browser, header: str) -> None:
    answer = client.get("/api/mine", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="catalog"')
    assert answer.mimetype == "application/problem+json"


def test_a_token_in_the_address_or_in_a_cookie_does_not_count(client: Browser, make_token: MakeToken) -> None:
    secret = make_token("nbo:read")
    client.set_cookie("catalog_session", secret)
    assert client.get("/api/mine", query_string={"access_token": secret, "token": secret}).status_code == 401


def test_a_token_is_shown_once_and_not_stored(client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user("admin"))
    made = client.send("/admin/settings/tokens", name="engine", scopes="nbo:read", expires="30d")
    assert made.status_code == 201
    found = re.search(r'<code id="secret">(pc_[^<]+)<', made.text)
    assert found
    assert made.headers["Cache-Control"] == "no-store"
    assert status(client, found[1]) == 200
    later = client.get("/admin/settings/tokens").text
    assert found[1] not in later
    assert found[1][:11] in later
    assert found[1] not in everything_stored()
    assert found[1][12:] not in everything_stored()


def test_a_token_made_on_the_page_has_its_scopes_and_its_end(client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user("admin"))
    chosen = {"csrf_token": client.csrf(), "name": "engine", "expires": "90d", "scopes": ["ml:read", "nbo:read"]}
    client.post("/admin/settings/tokens", data=chosen)
    token = db.session.scalars(select(ApiToken)).one()
    assert token.scopes == ["nbo:read", "ml:read"]
    assert token.created_by == "user:admin@operator.example"
    assert token.expires_at
    assert timedelta(days=89) < token.expires_at - datetime.now(UTC) < timedelta(days=91)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": ""}, "Fill this in"),
        ({"scopes": "everything"}, "not a valid choice"),
        ({"scopes": ""}, "not a valid choice"),
        ({"expires": "1000000000d"}, "Not a valid choice"),
    ],
)
def test_a_token_that_breaks_a_rule_is_not_made(
    client: Browser, make_user: MakeUser, changed: dict[str, str], says: str
) -> None:
    client.enter(make_user("admin"))
    given = {"name": "engine", "scopes": "nbo:read", "expires": "30d", **changed}
    answer = client.send("/admin/settings/tokens", **given)
    assert answer.status_code == 422
    assert says in answer.text
    assert tokens.all_tokens() == []


def test_a_token_without_a_scope_is_not_made(client: Browser, make_user: MakeUser) -> None:
    client.enter(make_user("admin"))
    answer = client.send("/admin/settings/tokens", name="engine", expires="30d")
    assert answer.status_code == 422
    assert "Choose at least one scope." in answer.text


def test_an_admin_revokes_a_token(client: Browser, make_user: MakeUser, make_token: MakeToken) -> None:
    secret = make_token("nbo:read")
    token = tokens.all_tokens()[0]
    client.enter(make_user("admin"))
    assert client.send(f"/admin/settings/tokens/{token.id}/revoke").status_code == 303
    assert status(client, secret) == 401
    assert "Revoked" in client.get("/admin/settings/tokens").text
    assert client.send("/admin/settings/tokens/999999/revoke").status_code == 404


def test_the_name_of_a_token_is_text(client: Browser, make_user: MakeUser, make_token: MakeToken) -> None:
    make_token("nbo:read", name="<img src=x onerror=alert(1)>")
    client.enter(make_user("admin"))
    assert "<img" not in client.get("/admin/settings/tokens").text


def test_using_a_token_writes_at_most_once_a_minute(client: Browser, make_token: MakeToken) -> None:
    writes: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE"):
            writes.append(statement)

    with time_machine.travel(START, tick=False) as clock:
        secret = make_token("nbo:read")
        event.listen(db.engine, "before_cursor_execute", note)
        for _ in range(4):
            assert status(client, secret) == 200
            clock.shift(timedelta(seconds=19))
        assert len(writes) == 1
        assert status(client, secret) == 200
        assert len(writes) == 2
    assert fresh(ApiToken, tokens.all_tokens()[0].id).last_used_at == START + timedelta(seconds=76)


def test_a_token_is_found_by_one_query(client: Browser, make_token: MakeToken) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    secret = make_token("nbo:read")
    event.listen(db.engine, "before_cursor_execute", note)
    status(client, secret)
    assert len(asked) == 1
