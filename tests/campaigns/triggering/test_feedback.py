"""What the campaign engine tells of deliveries."""

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from catalog_app.campaigns.triggering.feedback import FeedbackInput, tell
from catalog_app.contacts.models import Contact
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from tests.campaigns.factories import offered, running
from tests.campaigns.triggering.calls import codes, deliveries, item, one, trigger


def told(*events: dict[str, Any]) -> list[str]:
    checked = FeedbackInput.check({"events": list(events)}, now=utcnow())
    return [noted.outcome for noted in tell(checked.events)]


def test_each_event_is_recorded_once_and_the_first_time_counts(app: Flask) -> None:
    campaign = running(offered())
    number = one(campaign.id)["delivery_id"]
    at = (utcnow() - timedelta(minutes=3)).replace(microsecond=0)

    first = told(
        {"delivery_id": number, "event": "delivered", "occurred_at": at.isoformat()},
        {"delivery_id": number, "event": "clicked"},
        {"delivery_id": number, "event": "delivered"},
        {"delivery_id": 999, "event": "clicked"},
    )
    again = told({"delivery_id": number, "event": "delivered"})

    assert (first, again) == (["recorded", "recorded", "repeated", "unknown"], ["repeated"])
    (kept,) = deliveries(campaign.id)
    assert kept.delivered_at == at
    assert kept.clicked_at is not None
    assert kept.accepted_at is None


def test_an_answer_reaches_the_contacts_and_counts_for_the_next_trigger(app: Flask) -> None:
    product = offered(max_per_customer=1)
    campaign = running(product, decline_days=30)
    taken, declined = (result.delivery["id"] for result in trigger(campaign.id, item(1), item(2)))

    told({"delivery_id": taken, "event": "accepted"}, {"delivery_id": declined, "event": "declined"})

    answers = db.session().scalars(select(Contact.answer).order_by(Contact.delivery_id)).all()
    assert answers == ["accepted", "declined"]
    again = trigger(campaign.id, item(11, customer_id="c1"), item(12, customer_id="c2"), item(3))
    assert [codes(result.as_json()) for result in again] == [["limit"], ["declined"], []]


def test_what_was_never_promised_takes_no_feedback_and_the_control_group_does(app: Flask) -> None:
    refused = one(running(offered(min_customer_value="5")).id)
    held_out = one(running(offered(), control_group_percent="99").id, number=7)

    outcomes = told(
        {"delivery_id": refused["delivery_id"], "event": "accepted"},
        {"delivery_id": held_out["delivery_id"], "event": "accepted"},
    )

    assert held_out["status"] == "control"
    assert outcomes == ["not_sent", "recorded"]
    assert db.session().scalars(select(Contact)).all() == []
