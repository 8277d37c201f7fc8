"""What waits is looked at once more before it is handed over: what was taken is free again, what was tried may be stopped."""

from datetime import timedelta
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import Campaign, Delivery
from catalog_app.campaigns.service import CampaignService
from catalog_app.campaigns.triggering.refreshing import refresh
from catalog_app.contacts.customers import hasher
from catalog_app.contacts.models import OUT, ContactChoice
from catalog_app.core.bulk_sql import is_postgresql
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import OPERATOR, offered, running
from tests.campaigns.triggering.calls import deliveries, item, one, trigger


def change(product: Product, **values: object) -> Product:
    return ProductCatalogService().patch(product.id, values, expected_version=None, actor="tests")


def handed_over(session: Session) -> list[int]:
    """Return which of all deliveries may go out now, as a sender asks."""
    found = session.scalars(select(Delivery).order_by(Delivery.id).with_for_update()).all()
    return [delivery.id for delivery in refresh(session, found, utcnow())]


def opt_out(*customers: str) -> None:
    with writing() as session:
        known = hasher(session)
        for customer in customers:
            session.add(ContactChoice(customer=known(customer), channel="*", choice=OUT, at=utcnow(), actor="tests"))


def test_the_last_one_of_a_quota_stays_with_whom_it_was_promised_when_the_price_changes(app: Flask) -> None:
    product = offered(quota_total=1)
    campaign = running(product)
    promised = one(campaign.id)
    change(product, price="139.00")

    with writing() as session:
        assert handed_over(session) == [promised["delivery_id"]]

    assert (deliveries(campaign.id)[0].snapshot or {})["price"] == "139.00"
    assert db.session().get_one(Product, product.id, populate_existing=True).quota_left == 0


@pytest.mark.parametrize("status", ["waiting", "leased"])
def test_what_was_tried_before_is_not_tried_again_on_somebody_who_said_stop(app: Flask, status: str) -> None:
    product = offered(quota_total=10)
    campaign = running(product)
    trigger(campaign.id, item(1), item(2))
    _tried(status)
    opt_out("c1")

    with writing() as session:
        going = handed_over(session)

    stopped, sent = deliveries(campaign.id)
    assert going == [sent.id]
    assert (stopped.status, [reason["code"] for reason in stopped.reasons]) == ("cancelled", ["opted_out"])
    # Of a lease that ran out nobody knows whether it reached them: then it counts as an offer that was made.
    taken = 1 if status == "waiting" else 2
    assert db.session().get_one(Campaign, campaign.id, populate_existing=True).promised == taken
    assert db.session().get_one(Product, product.id, populate_existing=True).quota_left == 10 - taken


def test_what_was_tried_before_is_not_tried_again_once_its_offer_is_over(app: Flask) -> None:
    ends = (utcnow() + timedelta(hours=1)).isoformat()
    over, stopped = (
        running(offered(), product_config={"valid_to": ends}),
        running(product := offered(), on_withdrawal="stop"),
    )
    one(over.id)
    one(stopped.id, number=2)
    _tried("waiting")
    change(product, lifecycle_status="retired")
    with writing() as session:
        assert refresh(session, session.scalars(select(Delivery)).all(), utcnow() + timedelta(hours=2)) == []

    kept = [deliveries(campaign.id)[0] for campaign in (over, stopped)]
    assert [(one.status, one.reasons[0]["code"]) for one in kept] == [
        ("cancelled", "offer_over"),
        ("cancelled", "withdrawal"),
    ]


def test_whoever_hands_over_for_two_campaigns_keeps_nobody_waiting_in_a_circle(app: Flask) -> None:
    """An activation holds its campaign, then its product: nobody else may hold the product, and then want the campaign."""
    product = offered(quota_total=10)
    campaigns = [running(product, name=f"Campaign {number}") for number in range(2)]
    for campaign in campaigns:
        one(campaign.id)
    change(product, price="139.00")
    if not is_postgresql(db.session().connection()):
        return  # One writer at a time.
    going: list[int] = []

    def hand_over() -> None:
        with app.app_context(), writing() as session:
            going.extend(handed_over(session))

    with writing() as session:
        session.get(Campaign, campaigns[1].id, with_for_update=True)
        handing = Thread(target=hand_over)
        handing.start()
        while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            pass
        # Raises where somebody holds it.
        session.get(Product, product.id, with_for_update={"read": True, "nowait": True})
    handing.join()

    assert len(going) == len(campaigns)


def _tried(status: str) -> None:
    with writing() as session:
        for delivery in session.scalars(select(Delivery)):
            delivery.status, delivery.attempts = status, 1


def test_what_a_campaign_promised_of_a_candidate_says_why_it_was_cancelled_after_the_end(app: Flask) -> None:
    product = offered()
    campaign = running(use_nbo=True, candidates=[product.id])
    one(campaign.id)
    CampaignService().complete(campaign.id, actor=OPERATOR)
    change(product, lifecycle_status="retired")
    with writing() as session:
        assert handed_over(session) == []

    (kept,) = deliveries(campaign.id)
    assert (kept.status, kept.reasons[0]["code"], kept.reasons[0].get("because")) == (
        "cancelled",
        "withdrawal",
        "retired",
    )
