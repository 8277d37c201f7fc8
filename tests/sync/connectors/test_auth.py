import base64
import json
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from catalog_app.core.errors import CatalogError, FatalError
from catalog_app.sync.connectors.auth import AUTH_KINDS
from catalog_app.sync.connectors.connector import Connector
from catalog_app.sync.connectors.preset import Preset, load_preset
from tests.core.http.hostile import Asked, HostileServer, Say

from .conftest import Connect
from .source import Source, offerings

SECRETS = {
    "username": "hidden-user",
    "password": "hidden-password",
    "token": "hidden-token",
    "api_key": "hidden-key",
    "api_secret": "hidden-secret",
    "client_id": "hidden-client",
    "client_secret": "hidden-client-secret",
}


def with_auth(**auth: Any) -> Preset:
    return Preset.model_validate({**load_preset("tmf620").model_dump(mode="json", exclude_unset=True), "auth": auth})


class Tokens:
    """Plays the login of a source: hands out numbered tokens and accepts only the newest."""

    def __init__(self, source: Source) -> None:
        self.logins: list[Any] = []
        self.refreshes: list[Any] = []
        self.current = ""
        self.login_status = 200
        self.refresh_status = 200
        self.accepts: Callable[[str], bool] = lambda given: given == f"JWT {self.current}"
        source.before = self._before

    def _before(self, asked: Asked) -> Say | None:
        if asked.path == "/auth/jwt/create/":
            self.logins.append(json.loads(asked.body))
            return self._token(self.login_status, refresh="hidden-refresh")
        if asked.path == "/auth/jwt/refresh/":
            self.refreshes.append(json.loads(asked.body))
            return self._token(self.refresh_status)
        return None if self.accepts(asked.headers.get("authorization", "")) else Say(status=401)

    def _token(self, status: int, **more: str) -> Say:
        self.current = f"hidden-access-{len(self.logins)}-{len(self.refreshes)}"
        return Say(status=status, body=json.dumps({"access": self.current, **more}).encode())


@pytest.fixture
def tokens(source: Source) -> Tokens:
    source.rows = offerings(25)
    return Tokens(source)


def read(connector: Connector) -> int:
    return sum(page.received for page in connector.pages())


def log_in(connect: Connect, **settings: Any) -> Connector:
    return connect(auth_kind="jwt_login", secrets=SECRETS, **settings)


def test_a_login_comes_before_the_first_page_and_serves_all_of_them(tokens: Tokens, connect: Connect) -> None:
    assert read(log_in(connect)) == 25
    assert (tokens.logins, tokens.refreshes) == ([{"username": "hidden-user", "password": "hidden-password"}], [])


def test_an_e_mail_address_is_sent_as_one(tokens: Tokens, connect: Connect) -> None:
    secrets = {"username": "a@example.com", "password": "x"}
    read(connect(auth_kind="jwt_login", secrets=secrets))
    assert tokens.logins == [{"email": "a@example.com", "password": "x"}]


def test_the_prefix_is_a_setting(tokens: Tokens, connect: Connect) -> None:
    tokens.accepts = lambda given: given == f"Bearer {tokens.current}"
    assert read(log_in(connect, header_prefix="Bearer")) == 25


def test_a_token_that_expires_is_renewed_and_the_same_page_asked_again(
    tokens: Tokens, source: Source, connect: Connect
) -> None:
    connector = log_in(connect)
    pages = connector.pages()
    next(pages)
    tokens.current = "another"
    assert [page.received for page in pages] == [10, 5, 0]
    assert source.offsets == ["0", "10", "10", "20", "25"]
    assert (len(tokens.logins), tokens.refreshes) == (1, [{"refresh": "hidden-refresh"}])
    assert connector.proof.complete


def test_a_refresh_token_that_is_refused_leads_to_a_new_login(tokens: Tokens, connect: Connect) -> None:
    pages = log_in(connect).pages()
    next(pages)
    tokens.current, tokens.refresh_status = "another", 401
    assert [page.received for page in pages] == [10, 5, 0]
    assert len(tokens.logins) == 2


def test_a_second_refusal_of_the_same_page_ends_the_run(tokens: Tokens, source: Source, connect: Connect) -> None:
    pages = log_in(connect).pages()
    next(pages)
    tokens.accepts = lambda _given: False
    with pytest.raises(FatalError, match=r"page 2: it refused the credentials \(401\)"):
        next(pages)
    assert source.offsets == ["0", "10", "10"]


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_login_that_is_refused_ends_the_run(tokens: Tokens, source: Source, connect: Connect, status: int) -> None:
    tokens.login_status = status
    with pytest.raises(FatalError, match=rf"the login: it refused the credentials \({status}\)"):
        read(log_in(connect))
    assert (len(tokens.logins), source.offsets) == (1, [])


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"null", b"<html>", b'{"access": ""}', b'{"access": 1}', b'{"access": "a\\nb"}']
)
def test_a_login_without_a_usable_token_ends_the_run(source: Source, connect: Connect, body: bytes) -> None:
    source.before = lambda _asked: Say(body=body)
    with pytest.raises(FatalError, match="no usable access token"):
        read(log_in(connect))


@pytest.mark.parametrize("kind", ["bearer", "basic", "api_key", "none"])
def test_credentials_that_cannot_be_renewed_are_refused_once(
    server: HostileServer, connect: Connect, kind: str
) -> None:
    server.answers(Say(status=401))
    with pytest.raises(FatalError, match="refused the credentials"):
        read(connect(auth_kind=kind, secrets=SECRETS))
    assert len(server.asked) == 1


def test_a_bearer_token_is_sent_with_its_prefix(server: HostileServer, connect: Connect) -> None:
    read(connect(auth_kind="bearer", secrets=SECRETS))
    assert server.asked[0].headers["authorization"] == "Bearer hidden-token"


def test_basic_credentials_go_with_further_headers(server: HostileServer, connect: Connect) -> None:
    preset = with_auth(basic={"headers": {"X-Killbill-ApiKey": "api_key", "X-Killbill-ApiSecret": "api_secret"}})
    read(connect(preset=preset, auth_kind="basic", secrets=SECRETS))
    headers = server.asked[0].headers
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"hidden-user:hidden-password"
    assert (headers["x-killbill-apikey"], headers["x-killbill-apisecret"]) == ("hidden-key", "hidden-secret")


@pytest.mark.parametrize("place", ["header", "query"])
def test_an_api_key_goes_where_the_preset_says(server: HostileServer, connect: Connect, place: str) -> None:
    read(connect(preset=with_auth(api_key={"place": place, "name": "key"}), auth_kind="api_key", secrets=SECRETS))
    asked = server.asked[0]
    assert (asked.headers if place == "header" else asked.query)["key"] == "hidden-key"


def test_an_auth_kind_that_is_not_there_names_those_that_are(connect: Connect) -> None:
    with pytest.raises(FatalError, match="none, api_key, basic, bearer, jwt_login, oauth2_client_credentials, session"):
        connect(auth_kind="magic")


@pytest.mark.parametrize("kind", ["bearer", "basic", "api_key", "jwt_login", "oauth2_client_credentials"])
@pytest.mark.parametrize("value", ["", "hidden\r\nX-Evil: 1", "hidden\u20ac"])
def test_a_secret_that_is_missing_or_cannot_be_sent_is_named_but_not_shown(
    connect: Connect, kind: str, value: str
) -> None:
    with pytest.raises(
        FatalError, match=r"^The (user name|password|token|API key|client id) (is not set|holds)"
    ) as failure:
        connect(auth_kind=kind, secrets=dict.fromkeys(SECRETS, value))
    assert "hidden" not in str(failure.value)


def test_a_secret_that_is_not_set_is_named_in_peoples_words_with_where_it_is_entered(connect: Connect) -> None:
    with pytest.raises(FatalError, match=r"^The user name is not set\. Enter it in the settings of this system\.$"):
        connect(auth_kind="basic", secrets={})


ANSWERS = {
    "refused": Say(status=401, body=b"hidden-token is wrong"),
    "forbidden": Say(status=403),
    "failing": Say(status=500, body=b"hidden-key"),
    "busy": Say(status=429),
    "gone": Say(hang_up=True),
    "half a head": Say(raw=[b"HTTP/1.1 200 OK\r\nContent-"]),
    "HTML": Say(body=b"<html>hidden-password</html>", content_type="text/html"),
    "redirect": Say(status=302, headers={"Location": "http://127.0.0.1:1/?token=hidden-token"}),
    "echo": Say(body=b'{"error": "hidden-token", "hidden-key": 1}'),
    "link": Say(body=b'{"results": [{"id": "1"}], "next": "http://127.0.0.1:1/?key=hidden-key"}'),
    "bad JSON": Say(body=b'{"hidden-token": '),
}


@pytest.mark.parametrize("kind", AUTH_KINDS)
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_no_secret_is_in_an_error_a_traceback_or_a_log(
    server: HostileServer,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    kind: str,
    answer: Say,
) -> None:
    caplog.set_level("DEBUG")
    login = Say(body=b'{"access": "hidden-access", "refresh": "hidden-refresh", "access_token": "hidden-access"}')
    server.script = lambda asked: login if asked.path.startswith("/auth/") else answer
    place = {
        "api_key": {"place": "query", "name": "key"},
        "jwt_login": {"login": "/auth/", "refresh": "/auth/"},
        "oauth2_client_credentials": {"token": "/auth/"},
        "session_login": {"login": "/auth/", "token": "access"},
    }
    connector = connect(preset=with_auth(**place), auth_kind=kind, secrets=SECRETS)
    with pytest.raises(CatalogError) as failure:
        read(connector)
    told = "".join(traceback.format_exception(failure.value))
    output = capsys.readouterr()
    assert "hidden" not in f"{failure.value!r} {told} {caplog.text} {output.out} {output.err} {connector!r}"
