"""The sender webhook: signed, under the address policy, and careful with a receiver that is ill or wants no more."""

from datetime import timedelta

import orjson
import pytest
from flask import Flask
from sqlalchemy import select
from standardwebhooks import Webhook as Signed

from catalog_app.campaigns import terms
from catalog_app.campaigns.models import DEAD, PAUSED, SENT, WAITING, Campaign
from catalog_app.campaigns.senders.handing import hand_over
from catalog_app.campaigns.senders.registry import checked_config
from catalog_app.campaigns.senders.secrets import SealedSecrets, renew_secret
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.events.models import Revision
from tests.campaigns.factories import OPERATOR
from tests.campaigns.senders.promises import change, delivery, later, promised, running, statuses
from tests.campaigns.senders.sides import Receiver
from tests.core.http.hostile import Say


@pytest.fixture
def campaign(app: Flask, receiver: Receiver) -> int:
    return running("webhook", receiver.config)


def run(campaign_id: int, **span: float) -> int:
    return hand_over(campaign_id, clock=lambda: later(**span))


def test_a_message_is_signed_and_keeps_its_id(campaign: int, receiver: Receiver) -> None:
    secret = renew_secret(campaign, actor=OPERATOR)
    # A receiver takes no message that was signed long ago, so this one is handed over now.
    ids = promised(campaign, created_at=utcnow() - timedelta(minutes=1))
    receiver.refuses = True
    hand_over(campaign)
    receiver.refuses = False
    hand_over(campaign, clock=lambda: utcnow() + timedelta(minutes=1))

    assert (len(receiver.server.asked), receiver.got) == (2, ids)
    for asked in receiver.server.asked:
        assert Signed(secret).verify(asked.body, dict(asked.headers))
        assert asked.headers["webhook-id"] == f"msg_delivery_{ids[0]}"
    body = orjson.loads(receiver.server.asked[0].body)
    assert (body["type"], body["data"]["delivery_id"]) == ("campaign.message", ids[0])
    assert body["data"]["message"] == {"body": "Flex 60 GB for SAR 149.00 a month."}


def test_a_receiver_that_wants_no_more_pauses_the_campaign_and_its_history_says_why(
    campaign: int, receiver: Receiver
) -> None:
    promised(campaign, 3)
    receiver.server.script = lambda _asked: Say(status=410)

    assert run(campaign, seconds=1) == 0

    paused = db.session.get_one(Campaign, campaign, populate_existing=True)
    assert (paused.status, paused.status_reason) == (PAUSED, terms.BECAUSE_GONE)
    told = db.session.scalars(select(Revision).order_by(Revision.id.desc()).limit(1)).one()
    assert (told.action, told.actor, told.subject_id) == ("paused", terms.CATALOG, campaign)
    assert (len(receiver.server.asked), statuses(campaign)) == (1, [WAITING] * 3)


def test_a_receiver_that_does_not_answer_is_asked_once_a_turn(campaign: int, receiver: Receiver) -> None:
    ids = promised(campaign, 20)
    receiver.server.script = lambda _asked: Say(hang_up=True)

    run(campaign, seconds=1)

    assert len(receiver.server.asked) == 1
    tried, others = delivery(ids[0]), delivery(ids[1])
    assert (tried.status, tried.attempts, tried.leased_until) == (WAITING, 1, None)
    assert (others.status, others.attempts, others.give_up_at, others.next_at) == (WAITING, 0, None, later(seconds=1))


def test_a_receiver_that_refuses_everything_is_asked_ten_times_a_turn(campaign: int, receiver: Receiver) -> None:
    promised(campaign, 20)
    receiver.server.script = lambda _asked: Say(status=422)

    run(campaign, seconds=1)

    assert len(receiver.server.asked) == 10


def test_a_message_that_is_refused_keeps_no_other_from_its_customer(campaign: int, receiver: Receiver) -> None:
    ids = promised(campaign, 3)
    receiver.server.script = lambda asked: Say(
        status=400 if orjson.loads(asked.body)["data"]["delivery_id"] == ids[1] else 204
    )

    assert run(campaign, seconds=1) == 2
    assert statuses(campaign) == [SENT, WAITING, SENT]


def test_a_receiver_says_when_it_wants_to_be_asked_again(campaign: int, receiver: Receiver) -> None:
    ids = promised(campaign)
    receiver.server.script = lambda _asked: Say(status=503, headers={"Retry-After": "900"})

    run(campaign, seconds=1)

    assert delivery(ids[0]).next_at == later(seconds=901)


def test_a_message_is_dead_a_day_after_its_first_try(campaign: int, receiver: Receiver) -> None:
    ids = promised(campaign)
    receiver.server.script = lambda _asked: Say(status=500)

    run(campaign, seconds=1)
    run(campaign, hours=23)
    assert delivery(ids[0]).status == WAITING
    run(campaign, hours=25)

    assert (delivery(ids[0]).status, delivery(ids[0]).last_error) == (DEAD, "it answered 500")


def test_nothing_leaves_unsigned(campaign: int, receiver: Receiver) -> None:
    promised(campaign)
    change(campaign, sender_secret=None)

    assert run(campaign, seconds=1) == 0
    assert (receiver.server.asked, statuses(campaign)) == ([], [WAITING])


def test_a_metadata_service_is_never_told_anything(campaign: int) -> None:
    ids = promised(campaign)
    change(campaign, sender_config={"url": "http://169.254.169.254/latest"})

    assert run(campaign, seconds=1) == 0
    assert "never connected to" in (delivery(ids[0]).last_error or "")


def test_a_turn_ends_when_the_process_stops(campaign: int, receiver: Receiver) -> None:
    promised(campaign, 5)
    asked = iter([False, False, False, True, True, True])

    taken = hand_over(campaign, clock=lambda: later(seconds=1), stopping=lambda: next(asked))

    assert taken == 2
    assert statuses(campaign) == [SENT, SENT, WAITING, WAITING, WAITING]


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({}, "url"),
        ({"url": "ftp://engine.example"}, "url"),
        ({"url": "http://169.254.169.254/"}, "url"),
        ({"url": "https://engine.example/", "token": "x"}, "token"),
        ({"url": 7}, "url"),
    ],
)
def test_what_cannot_work_is_a_fault_of_its_field(app: Flask, config: dict[str, object], field: str) -> None:
    assert field in checked_config("webhook", config, has_secret=True)


def test_a_campaign_without_a_secret_is_told_to_make_one(app: Flask) -> None:
    assert set(checked_config("webhook", {"url": "https://engine.example/"}, has_secret=False)) == {""}


def test_secrets_are_sealed_anew_once(campaign: int) -> None:
    with writing() as session:
        assert SealedSecrets().reseal(session) == 0
