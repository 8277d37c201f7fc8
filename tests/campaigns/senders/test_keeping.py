"""What is kept of deliveries and told of them: personal data for a time, figures, secrets under the newest key."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet, MultiFernet
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import CONTROL, DEAD, HELD, REFUSED, SENT, WAITING, Campaign, Delivery
from catalog_app.campaigns.senders import retention
from catalog_app.campaigns.senders.figures import DeliveryFigures
from catalog_app.campaigns.senders.handing import hand_over
from catalog_app.campaigns.senders.replaying import replay, replay_dead
from catalog_app.campaigns.senders.retention import purge
from catalog_app.campaigns.senders.secrets import SealedSecrets
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, FatalError, NotFoundError
from catalog_app.core.sealing import is_newest_seal
from catalog_app.core.wiring import settings
from tests.campaigns.senders.promises import NOW, change, delivery, later, promised, running, soon_after, statuses


@pytest.mark.parametrize("status", [SENT, DEAD, REFUSED, CONTROL])
def test_customers_are_forgotten_a_month_after_their_delivery_ended(app: Flask, status: str) -> None:
    said = {"code": "audience", "rule": "audience.value", "message": "min_customer_value: 42 is below 100"}
    quoting: dict[str, Any] = {
        "message": {"body": "Dear Lina"},
        "last_error": "+966555000111 is no number",
        "reasons": [said],
    }
    ids = promised(running(), status=status, ended_at=NOW, time_zone="Asia/Riyadh", **quoting)

    assert purge(later(days=29)) == {"customers_of_deliveries": 0}
    assert purge(later(days=31)) == {"customers_of_deliveries": 1}
    assert purge(later(days=31)) == {"customers_of_deliveries": 0}

    kept = delivery(ids[0])
    emptied = (kept.customer_id, kept.address, kept.features, kept.time_zone, kept.message, kept.last_error)
    assert emptied == (None,) * 6
    assert kept.reasons == [{**said, "message": ""}]
    assert (len(kept.customer), kept.key, kept.snapshot) == (32, "order-0", {"price": "149.00", "currency": "SAR"})


@pytest.mark.parametrize("status", [WAITING, HELD])
def test_nothing_is_forgotten_of_what_is_still_to_be_sent(app: Flask, status: str) -> None:
    ids = promised(running(), status=status)

    purge(later(days=400))

    assert delivery(ids[0]).customer_id == "C-0"


def test_what_is_sent_again_at_this_moment_is_not_emptied(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    (dead,) = promised(running(), status=DEAD, ended_at=NOW)

    @contextmanager
    def writing_after_somebody_else() -> Iterator[Session]:
        with db.engine.begin() as another:
            another.execute(update(Delivery).where(Delivery.id == dead).values(status=WAITING, ended_at=None))
        with writing() as session:
            yield session

    monkeypatch.setattr(retention, "writing", writing_after_somebody_else)
    assert retention.purge(later(days=31)) == {"customers_of_deliveries": 0}

    assert (delivery(dead).status, delivery(dead).customer_id) == (WAITING, "C-0")


def test_what_was_given_up_goes_out_again_as_if_it_were_new(app: Flask) -> None:
    campaign = running()
    dead = {"status": DEAD, "ended_at": NOW, "attempts": 7, "give_up_at": NOW, "lease": "ab", "last_error": "no"}
    promised(campaign, 2, **dead)
    (kept,) = promised(campaign, key="kept", status=SENT)

    assert replay_dead(campaign) == 2

    assert statuses(campaign) == [WAITING, WAITING, SENT]
    again = delivery(kept - 1)
    assert (again.attempts, again.give_up_at, again.ended_at, again.lease) == (0, None, None, None)


def test_what_was_given_up_goes_out_again_by_the_sender_that_its_campaign_has_now(app: Flask) -> None:
    campaign = running("webhook", {"url": "https://engine.example/"})
    (dead,) = promised(campaign, status=DEAD)
    change(campaign, sender="log", sender_config={})

    replay(dead)

    assert hand_over(campaign, clock=soon_after) == 1
    assert delivery(dead).status == SENT


def test_only_what_was_given_up_and_is_remembered_goes_out_again(app: Flask) -> None:
    campaign = running()
    (sent,) = promised(campaign, status=SENT)
    (old,) = promised(campaign, key="old", status=DEAD, customer_id=None)

    with pytest.raises(ConflictError, match="was not given up"):
        replay(sent)
    with pytest.raises(ConflictError, match="its customer was forgotten"):
        replay(old)
    with pytest.raises(NotFoundError):
        replay(987654)
    assert replay_dead(campaign) == 0


def test_monitoring_is_told_what_waits_how_long_and_what_was_given_up(app: Flask) -> None:
    campaign, other = running(), running("log", name="Another")
    since = utcnow() - timedelta(minutes=10)
    promised(campaign, 3, created_at=since)
    promised(campaign, key="dead", status=DEAD)
    promised(other, 2, status=HELD, next_at=None)

    told = {(one.name, *one.labels.values()): one.value for one in DeliveryFigures().samples()}

    assert told["catalog_deliveries_open", "waiting", "outbox"] == 3
    assert told["catalog_deliveries_open", "held", "log"] == 2
    assert (told["catalog_deliveries_dead", "outbox"], told["catalog_deliveries_dead", "log"]) == (1, 0)
    assert 600 <= told["catalog_deliveries_oldest_due_seconds", "outbox"] < 700
    assert told["catalog_deliveries_oldest_due_seconds", "log"] == 0


@pytest.fixture
def old_key() -> Fernet:
    return Fernet(Fernet.generate_key())


def test_secrets_are_sealed_anew_with_the_first_key(app: Flask, old_key: Fernet) -> None:
    campaign = running()
    ours = Fernet(settings().encryption_keys[0].get_secret_value())
    change(campaign, sender_secret=MultiFernet([old_key]).encrypt(b"whsec_x").decode())
    with writing() as session, pytest.raises(FatalError, match=f"Campaign {campaign}"):
        SealedSecrets().reseal(session)

    change(campaign, sender_secret=ours.encrypt(b"whsec_x").decode())
    with writing() as session:
        assert SealedSecrets().reseal(session) == 0
    kept = db.session.get_one(Campaign, campaign).sender_secret
    assert kept is not None
    assert is_newest_seal(kept)
