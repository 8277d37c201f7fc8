"""OAuth2 client credentials and sessions: how they are got, how long they are good for, and when a run ends."""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from catalog_app.core.errors import FatalError
from catalog_app.sync.connectors.auth import AUTH_KINDS, CREDENTIALS, needed_secrets
from catalog_app.sync.connectors.connector import Connector
from catalog_app.sync.connectors.preset import load_preset
from tests.core.http.conftest import FakeTime
from tests.core.http.hostile import Asked, HostileServer, Say

from .conftest import Connect
from .source import Source, offerings
from .test_auth import with_auth

CLIENT = {"client_id": "client 1", "client_secret": "s:cret"}
PERSON = {"username": "person", "password": "pässword"}


class TokenDoor:
    """Hands out numbered tokens at /token and lets only the newest one in, as long as it is good."""

    def __init__(self, source: Source) -> None:
        source.rows = offerings(25)
        source.before = self._before
        self.asked: list[Asked] = []
        self.current = ""
        self.more: dict[str, Any] = {}
        self.status = 200

    @property
    def forms(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(asked.body.decode())) for asked in self.asked]

    def _before(self, asked: Asked) -> Say | None:
        if asked.path == "/token":
            self.asked.append(asked)
            self.current = f"token-{len(self.asked)}"
            return Say(status=self.status, body=json.dumps({"access_token": self.current, **self.more}).encode())
        return None if asked.headers.get("authorization") == f"Bearer {self.current}" else Say(status=401)


@pytest.fixture
def door(source: Source) -> TokenDoor:
    return TokenDoor(source)


def client(connect: Connect, **rules: Any) -> Connector:
    preset = with_auth(oauth2_client_credentials={"token": "/token", **rules})
    return connect(preset=preset, auth_kind="oauth2_client_credentials", secrets=CLIENT)


def rows(connector: Connector) -> int:
    return sum(page.received for page in connector.pages())


def test_a_client_gets_one_token_for_the_whole_listing(door: TokenDoor, connect: Connect) -> None:
    assert rows(client(connect)) == 25
    assert door.forms == [{"grant_type": "client_credentials", **CLIENT}]
    assert door.asked[0].headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_client_may_show_itself_by_basic_credentials_and_ask_for_a_scope(door: TokenDoor, connect: Connect) -> None:
    assert rows(client(connect, client_auth="basic", scope="catalog.read", params={"audience": "bss"})) == 25
    assert door.forms == [{"grant_type": "client_credentials", "scope": "catalog.read", "audience": "bss"}]
    given = door.asked[0].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(given) == b"client+1:s%3Acret"


def test_a_token_that_is_refused_is_renewed_and_the_same_page_asked_again(
    door: TokenDoor, source: Source, connect: Connect
) -> None:
    connector = client(connect)
    pages = connector.pages()
    next(pages)
    door.current = "another"
    assert [page.received for page in pages] == [10, 5, 0]
    assert (len(door.asked), source.offsets) == (2, ["0", "10", "10", "20", "25"])
    assert connector.proof.complete


def test_a_token_that_is_refused_twice_ends_the_run(door: TokenDoor, source: Source, connect: Connect) -> None:
    source.before = lambda asked: Say(body=b'{"access_token": "t"}') if asked.path == "/token" else Say(status=401)
    with pytest.raises(FatalError, match=r"page 1: it refused the credentials \(401\)"):
        rows(client(connect))
    assert source.offsets == ["0", "0"]


@pytest.mark.parametrize("seconds", [100, "100"])
def test_a_token_is_renewed_before_its_time_is_up(
    door: TokenDoor, source: Source, connect: Connect, clock: FakeTime, seconds: object
) -> None:
    door.more = {"expires_in": seconds}
    pages = client(connect).pages()
    next(pages)
    clock.seconds += 71
    assert [page.received for page in pages] == [10, 5, 0]
    assert (len(door.asked), source.offsets) == (2, ["0", "10", "20", "25"])


@pytest.mark.parametrize("odd", [None, 0, -5, True, "soon", [], 10**30])
def test_an_odd_lifetime_is_no_lifetime(door: TokenDoor, connect: Connect, odd: object) -> None:
    door.more = {"expires_in": odd}
    assert rows(client(connect)) == 25
    assert len(door.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_client_that_is_refused_ends_the_run(door: TokenDoor, source: Source, connect: Connect, status: int) -> None:
    door.status = status
    with pytest.raises(FatalError, match=rf"the login: it refused the credentials \({status}\)"):
        rows(client(connect))
    assert source.offsets == []


def test_a_token_is_never_asked_for_elsewhere(
    server: HostileServer, other_server: HostileServer, connect: Connect
) -> None:
    with pytest.raises(FatalError, match="another host"):
        rows(client(connect, token=f"{other_server.url}/token"))
    assert (server.asked, other_server.asked) == ([], [])


class SessionDoor:
    """Plays a login that starts a session, told by a cookie, a header or the body."""

    def __init__(self, source: Source) -> None:
        source.rows = offerings(15)
        source.before = self._before
        self.logins: list[Asked] = []
        self.current = ""

    def _before(self, asked: Asked) -> Say | None:
        if asked.path == "/login":
            self.logins.append(asked)
            self.current = f"s-{len(self.logins)}"
            headers = {
                "Set-Cookie": f"theme=dark; Expires=Wed, 21 Oct 2026 07:28:00 GMT, sid={self.current}; HttpOnly",
                "X-Auth-Token": self.current,
            }
            return Say(body=json.dumps({"data": {"session": self.current}}).encode(), headers=headers)
        given = {
            asked.headers.get("cookie"),
            asked.headers.get("x-session"),
            asked.headers.get("authorization"),
        }
        known = {f"sid={self.current}", self.current, f"Session {self.current}"}
        return None if given & known else Say(status=401)


@pytest.fixture
def session(source: Source) -> SessionDoor:
    return SessionDoor(source)


SESSIONS = {
    "a cookie": {"cookie": "sid"},
    "a token in the body": {"token": "data.session", "prefix": "Session"},
    "a token in a header": {"token_header": "X-Auth-Token", "header": "X-Session"},
}


def log_in(connect: Connect, **rules: Any) -> Connector:
    preset = with_auth(session_login={"login": "/login", **rules})
    return connect(preset=preset, auth_kind="session_login", secrets=PERSON)


@pytest.mark.parametrize("rules", SESSIONS.values(), ids=SESSIONS.keys())
def test_a_session_is_kept_and_renewed_when_it_ends(
    session: SessionDoor, source: Source, connect: Connect, rules: dict[str, str]
) -> None:
    pages = log_in(connect, **rules).pages()
    next(pages)
    session.current = "ended"
    assert [page.received for page in pages] == [5, 0]
    assert (len(session.logins), source.offsets) == (2, ["0", "10", "10", "15"])


def test_a_login_is_sent_in_the_form_that_the_preset_says(session: SessionDoor, connect: Connect) -> None:
    rows(log_in(connect, cookie="sid"))
    rows(log_in(connect, cookie="sid", encoding="form", username="login", password="pass"))
    as_json, as_form = session.logins
    assert json.loads(as_json.body) == PERSON
    assert dict(parse_qsl(as_form.body.decode())) == {"login": "person", "pass": "pässword"}


@pytest.mark.parametrize("rules", [{"cookie": "id"}, {"token": "data"}, {"token_header": "X-Other"}])
def test_a_login_without_a_session_ends_the_run(
    session: SessionDoor, source: Source, connect: Connect, rules: dict[str, str]
) -> None:
    with pytest.raises(FatalError, match="its login gave no usable"):
        rows(log_in(connect, **rules))
    assert source.offsets == []


@pytest.mark.parametrize("rules", [{}, {"cookie": "sid", "token": "data"}, {"cookie": "s id"}])
def test_a_session_is_one_thing(rules: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"needs either|String should match"):
        with_auth(session_login={"login": "/login", **rules})


@pytest.mark.parametrize("kind", ["oauth2_client_credentials", "session_login", "jwt_login"])
def test_a_preset_that_does_not_say_where_to_log_in_is_told_so(connect: Connect, kind: str) -> None:
    with pytest.raises(FatalError, match="does not say where to log in"):
        connect(preset=with_auth(), auth_kind=kind, secrets={**CLIENT, **PERSON})


def test_every_auth_kind_names_the_secrets_that_it_needs() -> None:
    assert CREDENTIALS.keys() == AUTH_KINDS.keys()
    assert needed_secrets("magic") == ()
    assert needed_secrets("basic") == ("username", "password")
    assert needed_secrets("basic", load_preset("chargebee")) == ("username",)
    assert needed_secrets("basic", load_preset("killbill")) == ("username", "password", "api_key", "api_secret")


@pytest.mark.parametrize("kind", AUTH_KINDS)
def test_no_auth_kind_needs_a_secret_that_is_not_named(connect: Connect, kind: str) -> None:
    places = {
        "jwt_login": {"login": "/l"},
        "oauth2_client_credentials": {"token": "/t"},
        "session_login": {"login": "/l", "cookie": "c"},
    }
    connect(preset=with_auth(**places), auth_kind=kind, secrets=dict.fromkeys(needed_secrets(kind), "x"))
