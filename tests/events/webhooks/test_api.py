"""Webhooks over the JSON API: who may be told, what is shown, and what never is."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import text

from catalog_app.app import create_app
from catalog_app.core.db import db, writing
from catalog_app.core.errors import FatalError
from catalog_app.events.webhooks.service import MAX_WEBHOOKS, reseal, subscribe
from catalog_app.settings import Settings
from tests.core.http.hostile import HostileServer, Say
from tests.events.webhooks.told import made, rows, subscribed, turn, verified
from tests.support.api import Program

pytestmark = pytest.mark.usefixtures("app")

HOSTILE = [
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/",
    "javascript:alert(1)",
    "//example.com/",
    "example.com",
    "",
    "http://",
    "http://user:password@example.com/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fe80::1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://224.0.0.1/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://example.com/#part",
    "http://example.com/ x",
    "http://example.com/\r\nHost: other",
    "http://example.com:99999/",
    "http://ex\u0430mple.com/",
    "http://example.com/" + "a" * 2000,
]


def test_a_subscription_shows_its_secret_once(api: Program, receiver: HostileServer) -> None:
    answer = api.post("/webhooks/", {"url": receiver.url, "description": "Price list"})

    assert answer.status_code == 201
    assert answer.json["secret"].startswith("whsec_")
    assert answer.headers["Cache-Control"] == "no-store"
    shown = api.get(answer.headers["Location"]).json
    assert {**shown, "secret": answer.json["secret"]} == answer.json
    assert api.get("/webhooks/").json["results"] == [shown]


def test_a_secret_does_not_stand_in_the_database(api: Program, receiver: HostileServer) -> None:
    secret = subscribed(api, receiver)["secret"]

    kept = db.session().execute(text("SELECT * FROM webhook")).mappings().one()

    assert secret.removeprefix("whsec_") not in str(dict(kept))


def test_when_the_key_is_replaced_deliveries_are_still_signed_with_the_same_secret(
    api: Program, receiver: HostileServer, settings: Settings
) -> None:
    hook = subscribed(api, receiver)
    made(api)
    new = SecretStr(Fernet.generate_key().decode())
    db.session.remove()

    with create_app(settings.model_copy(update={"encryption_keys": (new, *settings.encryption_keys)})).app_context():
        with writing() as session:
            assert (reseal(session), reseal(session)) == (1, 0)
        db.engine.dispose()
    with create_app(settings.model_copy(update={"encryption_keys": (new,)})).app_context():
        assert turn(hook["id"]) == 1
        db.engine.dispose()

    assert verified(receiver.asked[0], hook["secret"])["type"] == "product.created"


def test_a_secret_that_no_key_opens_is_an_outcome_and_stops_sealing_anew(
    api: Program, receiver: HostileServer, settings: Settings
) -> None:
    hook = subscribed(api, receiver)
    made(api)
    db.session.remove()

    other = SecretStr(Fernet.generate_key().decode())
    with create_app(settings.model_copy(update={"encryption_keys": (other,)})).app_context():
        assert turn(hook["id"]) == 0
        (row,) = rows()
        assert row.last_error == "its secret cannot be opened with CATALOG_ENCRYPTION_KEYS"
        with pytest.raises(FatalError, match=f"Webhook {hook['id']}: .* Nothing was sealed anew"), writing() as session:
            reseal(session)
        db.session.remove()
        db.engine.dispose()

    assert receiver.asked == []


@pytest.mark.parametrize("url", HOSTILE)
def test_an_address_that_nothing_is_ever_sent_to_is_refused_at_once(api: Program, url: str) -> None:
    answer = api.post("/webhooks/", {"url": url})

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json["errors"]] == ["/url"]
    assert api.get("/webhooks/").json["results"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/url"),
        ({"url": 7}, "/url"),
        ({"url": "http://127.0.0.1/", "event_types": ["product.eaten"]}, "/event_types"),
        ({"url": "http://127.0.0.1/", "event_types": "product.created"}, "/event_types"),
        ({"url": "http://127.0.0.1/", "event_types": [None]}, "/event_types/0"),
        ({"url": "http://127.0.0.1/", "since": "7"}, "/since"),
        ({"url": "http://127.0.0.1/", "description": "a\u0000b"}, "/description"),
        ({"url": "http://127.0.0.1/", "secret": "mine"}, "/secret"),
    ],
)
def test_what_breaks_a_rule_is_named(api: Program, body: dict[str, Any], pointer: str) -> None:
    answer = api.post("/webhooks/", body)

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


@pytest.mark.parametrize("body", [{"since": "r1", "delivery": 1}, {"delivery": 0}, {"delivery": "1"}, {"since": 1}])
def test_a_replay_says_what_to_tell_again(api: Program, receiver: HostileServer, body: dict[str, Any]) -> None:
    hook = subscribed(api, receiver)

    assert api.post(f"/webhooks/{hook['id']}/replay/", body).status_code == 422


def test_a_replay_of_what_is_still_to_come_or_never_was_is_refused(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver)

    assert api.post(f"/webhooks/{hook['id']}/replay/", {"since": "r999999"}).status_code == 409
    assert api.post(f"/webhooks/{hook['id']}/replay/", {"delivery": 999}).status_code == 404


def test_a_webhook_that_is_deleted_is_told_nothing_more(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver)
    made(api)

    assert api.delete(f"/webhooks/{hook['id']}/").status_code == 204
    assert turn(hook["id"]) == 0
    assert receiver.asked == []
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "test/"), ("POST", "enable/"), ("GET", "deliveries/")):
        assert api.send(method, f"/webhooks/{hook['id']}/{path}").status_code == 404


def test_a_test_sends_one_signed_event_and_says_what_came_of_it(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver, event_types=["product.deleted"])
    receiver.answers(Say(status=202), Say(status=503))

    good, bad = (api.post(f"/webhooks/{hook['id']}/test/").json for _ in range(2))

    assert good == {"success": True, "status": 202, "error": None}
    assert bad == {"success": False, "status": 503, "error": "it answered 503"}
    assert verified(receiver.asked[0], hook["secret"])["type"] == "webhook.test"
    assert api.get(f"/webhooks/{hook['id']}/deliveries/").json["results"] == []


def test_a_test_of_an_address_where_nobody_answers_is_an_answer(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver)
    receiver.close()

    assert api.post(f"/webhooks/{hook['id']}/test/").json == {
        "success": False, "status": None, "error": "it refused the connection",
    }  # fmt: skip


def test_deliveries_come_in_pages_newest_first(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver)
    receiver.answers(Say(status=500))
    for number in range(3):
        made(api, f"Product {number}")
    for _ in range(3):
        turn(hook["id"])

    found = api.results(f"/webhooks/{hook['id']}/deliveries/?limit=2&status=waiting")

    assert [one["id"] for one in found] == sorted((one["id"] for one in found), reverse=True)
    assert len(found) == 3
    assert api.get(f"/webhooks/{hook['id']}/").json["waiting"] == 3
    assert api.get(f"/webhooks/{hook['id']}/deliveries/?status=lost").status_code == 400


def test_there_are_only_so_many(api: Program, receiver: HostileServer) -> None:
    for _ in range(MAX_WEBHOOKS):
        subscribe(url=receiver.url, shape="product", event_types=(), actor="tests")

    assert api.post("/webhooks/", {"url": receiver.url}).status_code == 409


def test_who_follows_the_webhooks_is_told_in_the_activity(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver)
    api.delete(f"/webhooks/{hook['id']}/")

    told = db.session().execute(text("SELECT subject_name, action FROM revision WHERE subject_type = 'webhook'"))

    assert [tuple(row) for row in told] == [("127.0.0.1", "created"), ("127.0.0.1", "deleted")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/webhooks/"), ("POST", "/webhooks/"), ("GET", "/webhooks/1/"), ("DELETE", "/webhooks/1/"),
        ("POST", "/webhooks/1/test/"), ("POST", "/webhooks/1/enable/"), ("POST", "/webhooks/1/replay/"),
        ("GET", "/webhooks/1/deliveries/"),
    ],
)  # fmt: skip
def test_webhooks_need_their_own_scope(app: Flask, method: str, path: str) -> None:
    stranger = Program.with_scopes(app, "products:read", "products:write", "admin", "ml:read")

    assert stranger.send(method, path).status_code == 403


class TestWithoutKeys:
    @pytest.fixture
    def settings_overrides(self) -> dict[str, object]:
        return {"scheduler_enabled": False}

    def test_nothing_is_signed_without_keys_so_nobody_can_subscribe(
        self, api: Program, receiver: HostileServer
    ) -> None:
        answer = api.post("/webhooks/", {"url": receiver.url})

        assert answer.status_code == 409
        assert "CATALOG_ENCRYPTION_KEYS" in answer.json["detail"]


class TestWhereHostsAreNamed:
    @pytest.fixture
    def settings_overrides(self, settings_overrides: dict[str, object]) -> dict[str, object]:
        return {**settings_overrides, "webhook_hosts": "hooks.example.com", "allow_loopback_sources": False}

    def test_only_those_may_be_told(self, api: Program, settings: Settings, receiver: HostileServer) -> None:
        assert api.post("/webhooks/", {"url": receiver.url}).status_code == 422
        assert settings.webhook_hosts == ("hooks.example.com",)

    def test_an_address_that_was_taken_before_is_refused_when_something_is_sent(
        self, api: Program, receiver: HostileServer
    ) -> None:
        hook = api.post("/webhooks/", {"url": "http://hooks.example.com/"}).json
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE webhook SET url = :url"), {"url": receiver.url})

        outcome = api.post(f"/webhooks/{hook['id']}/test/").json

        assert outcome["success"] is False
        assert "not among the allowed ones" in outcome["error"]
        assert receiver.asked == []


class TestWhereLoopbackIsNotAllowed:
    @pytest.fixture
    def settings_overrides(self, settings_overrides: dict[str, object]) -> dict[str, object]:
        return {**settings_overrides, "allow_loopback_sources": False}

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "127.1", "[::ffff:7f00:1]"])
    def test_this_machine_is_never_told(self, api: Program, receiver: HostileServer, host: str) -> None:
        assert api.post("/webhooks/", {"url": f"http://{host}:{receiver.port}/"}).status_code == 422
        assert receiver.asked == []
