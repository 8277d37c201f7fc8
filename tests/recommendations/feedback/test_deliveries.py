"""What became of a campaign's delivery may be told as feedback too: the delivery takes it, and models learn from it."""

from typing import Any

from flask import Flask
from sqlalchemy import select

from catalog_app.contacts.models import Contact
from catalog_app.core.db import db
from catalog_app.recommendations.models import FeedbackEvent
from tests.campaigns.factories import offered, running
from tests.campaigns.triggering.calls import deliveries, one
from tests.recommendations.feedback.told import event, statuses, tell


def test_feedback_on_a_delivery_reaches_the_delivery_and_its_contact(app: Flask) -> None:
    product = offered()
    campaign = running(product)
    number = one(campaign.id)["delivery_id"]
    whose = {"customer_id": "c1", "delivery_id": number}

    settled = tell(
        event(1, product.id, "shown", **whose),
        event(2, product.id, "accepted", **whose),
        event(3, product.id, "accepted", **{**whose, "customer_id": "c2"}),
        event(4, product.id, "accepted", **{**whose, "delivery_id": 999}),
    )

    assert statuses(settled) == ["recorded", "recorded", "refused", "refused"]
    assert [list(told.errors) for told in settled[2:]] == [["delivery_id"], ["delivery_id"]]
    (kept,) = deliveries(campaign.id)
    assert kept.delivered_at is not None
    assert kept.accepted_at is not None
    (contact,) = db.session().scalars(select(Contact))
    assert contact.answer == "accepted"
    told: Any = db.session().scalars(select(FeedbackEvent.delivery_id)).all()
    assert told == [number, number]
