"""Deliveries and the outbox from outside."""

from typing import Any

import pytest
from flask import Flask

from catalog_app.campaigns.models import DEAD, LEASED, SENT, WAITING, Campaign
from catalog_app.core.db import db
from catalog_app.core.sealing import unseal
from tests.campaigns.senders.promises import delivery, promised, running, statuses
from tests.support.api import Program


def test_an_engine_leases_messages_and_acknowledges_them(engine: Program) -> None:
    campaign = running()
    ids = promised(campaign, 3)

    taken = engine.get("/campaigns/outbox?limit=2")
    assert (taken.status_code, taken.headers["Cache-Control"]) == (200, "no-store")
    assert [parcel["delivery_id"] for parcel in taken.json["results"]] == ids[:2]
    assert taken.json["results"][0]["message"] == {"body": "Flex 60 GB for SAR 149.00 a month."}
    assert delivery(ids[0]).status == LEASED

    items = [{"delivery_id": ids[0], "status": "sent"}, {"delivery_id": ids[1], "status": "failed", "error": "busy"}]
    settled = engine.post("/campaigns/outbox/ack", {"lease": taken.json["lease"], "items": items})
    assert settled.status_code == 200, settled.text
    assert settled.json["settled"] == 2
    assert settled.json["results"][1] == {"delivery_id": ids[1], "code": "settled", "status": WAITING}

    rest = engine.get("/campaigns/outbox/").json
    assert engine.post("/campaigns/outbox/ack/", {"lease": rest["lease"]}).json["settled"] == 1
    assert engine.get("/campaigns/outbox").json == {"lease": None, "leased_until": None, "results": []}
    assert statuses(campaign) == [SENT, WAITING, SENT]


def test_who_asks_for_the_head_leases_nothing(engine: Program) -> None:
    campaign = running()
    promised(campaign)

    assert engine.send("HEAD", "/campaigns/outbox").status_code == 200
    assert statuses(campaign) == [WAITING]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "limit=1&limit=2", "cursor=a"])
def test_a_query_that_cannot_be_used_leases_nothing(engine: Program, query: str) -> None:
    campaign = running()
    promised(campaign)

    assert engine.get(f"/campaigns/outbox?{query}").status_code == 400
    assert statuses(campaign) == [WAITING]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/lease"),
        ({"lease": ""}, "/lease"),
        ({"lease": "x" * 32}, "/lease"),
        ({"lease": "ab", "items": []}, "/items"),
        ({"lease": "ab", "items": [{"delivery_id": 1, "status": "lost"}]}, "/items/0/status"),
        ({"lease": "ab", "items": [{"delivery_id": 2**31, "status": "sent"}]}, "/items/0/delivery_id"),
        ({"lease": "ab", "items": [{"delivery_id": 1, "status": "sent"}] * 2}, "/items/1/delivery_id"),
        ({"lease": "ab", "items": [{"delivery_id": 1, "status": "sent"}] * 1001}, "/items"),
        ({"lease": "ab", "items": [{"delivery_id": 1, "status": "failed", "error": "a\nb"}]}, "/items/0/error"),
        ({"lease": "ab", "all": True}, "/all"),
    ],
)
def test_a_word_that_makes_no_sense_is_refused(engine: Program, body: Any, pointer: str) -> None:
    answer = engine.post("/campaigns/outbox/ack", body)

    assert answer.status_code == 422
    assert pointer in [error["pointer"].removeprefix("#") for error in answer.json["errors"]]


def test_deliveries_are_paged_newest_first_and_filtered(api: Program) -> None:
    campaign = running()
    ids = promised(campaign, 5)
    (dead,) = promised(campaign, key="dead", status=DEAD)
    promised(running(name="Another"))

    listed = api.results(f"/campaigns/{campaign}/deliveries/?limit=2")

    assert [one["id"] for one in listed] == [dead, *reversed(ids)]
    assert [one["id"] for one in api.results(f"/campaigns/{campaign}/deliveries?status=dead")] == [dead]
    assert api.get(f"/campaigns/{campaign}/deliveries?status=lost").status_code == 400
    assert api.get(f"/campaigns/{campaign}/deliveries?cursor=lost").status_code == 400
    assert api.get("/campaigns/987654/deliveries").status_code == 404


def test_a_delivery_shows_what_was_promised_and_nothing_that_was_told_of_the_customer(api: Program) -> None:
    (number,) = promised(running())

    shown = api.get(f"/campaigns/deliveries/{number}").json

    assert (shown["status"], shown["snapshot"]) == ("waiting", {"price": "149.00", "currency": "SAR"})
    assert not {"features", "lease", "customer"} & set(shown)
    assert api.get("/campaigns/deliveries/987654").status_code == 404


def test_what_was_given_up_is_sent_again(api: Program) -> None:
    campaign = running()
    first, _second = promised(campaign, 2, status=DEAD)

    answer = api.post(f"/campaigns/deliveries/{first}/replay")
    assert (answer.status_code, answer.json["status"]) == (202, "waiting")
    assert api.post(f"/campaigns/deliveries/{first}/replay").status_code == 409
    assert api.post(f"/campaigns/{campaign}/deliveries/replay").json == {"due": 1}
    assert statuses(campaign) == [WAITING, WAITING]


def test_a_secret_is_shown_once_and_kept_sealed(api: Program) -> None:
    campaign = running()

    answer = api.post(f"/campaigns/{campaign}/secret")

    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    db.session.rollback()
    kept = db.session.get_one(Campaign, campaign, populate_existing=True).sender_secret
    assert kept is not None
    assert unseal(kept) == answer.json["secret"]
    assert answer.json["secret"] not in api.get(f"/campaigns/{campaign}/").text + kept


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/campaigns/outbox", "campaigns:read"),
        ("POST", "/campaigns/outbox/ack", "campaigns:write"),
        ("GET", "/campaigns/1/deliveries", "campaigns:trigger"),
        ("POST", "/campaigns/1/deliveries/replay", "campaigns:read"),
        ("POST", "/campaigns/deliveries/1/replay", "campaigns:trigger"),
        ("POST", "/campaigns/1/secret", "campaigns:trigger"),
    ],
)
def test_each_door_asks_for_its_own_scope(app: Flask, method: str, path: str, scope: str) -> None:
    assert Program.with_scopes(app, scope).send(method, path).status_code == 403
