"""Campaigns that run, and what they have promised, as rows: what is tested here begins where a trigger has ended."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from catalog_app.campaigns.models import ACTIVE, WAITING, Campaign, Delivery
from catalog_app.campaigns.senders.secrets import renew_secret
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.models import Product
from tests.campaigns.factories import OPERATOR, drafted, offered

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EMAIL = {"en": {"subject": "60 GB for you", "body": "Flex 60 GB for SAR 149.00 a month."}}
SMS = {"en": {"body": "Flex 60 GB for SAR 149.00 a month."}}


def running(
    sender: str = "outbox", config: Mapping[str, Any] | None = None, *, product: Product | None = None, **values: Any
) -> int:
    """Return a campaign that is active and hands over by this sender, through its channel."""
    channel, messages = ("email", EMAIL) if sender == "smtp" else ("sms", SMS)
    campaign = drafted(product or offered(), channels=[channel], messages={channel: messages}, **values)
    if sender == "webhook":
        renew_secret(campaign.id, actor=OPERATOR)
    change(campaign.id, status=ACTIVE, sender=sender, sender_config=dict(config or {}))
    return campaign.id


def change(campaign_id: int, **values: Any) -> None:
    """Let a campaign stand otherwise, whoever might have done that."""
    with writing() as session:
        session.execute(update(Campaign).where(Campaign.id == campaign_id).values(values))


def promised(campaign_id: int, count: int = 1, **values: Any) -> list[int]:
    """Keep so many messages that a campaign has promised, the oldest first, and return their numbers."""
    campaign = db.session.get_one(Campaign, campaign_id, populate_existing=True)
    product = db.session.get_one(Product, campaign.product_id, populate_existing=True)
    channel = campaign.channels[0]
    made = values.pop("created_at", NOW)
    rows = [
        {
            "campaign_id": campaign_id,
            "campaign_version": campaign.version,
            "customer": f"{campaign_id:08x}{number:024x}",
            "key": f"order-{number}",
            "customer_id": f"C-{number}",
            "address": f"customer{number}@example.com" if channel == "email" else f"+96650000{number:04}",
            "features": {"customer_value": 100},
            "time_zone": None,
            "channel": channel,
            "language": "en",
            "status": WAITING,
            "reasons": [],
            "product_id": product.id,
            "product_version": product.version,
            "message": campaign.messages[channel]["en"],
            "snapshot": {"price": "149.00", "currency": "SAR"},
            "sender": campaign.sender,
            "not_before": None,
            "next_at": made + timedelta(milliseconds=number),
            "attempts": 0,
            "created_at": made,
            **values,
        }
        for number in range(count)
    ]
    with writing() as session:
        ids = session.scalars(insert(Delivery).returning(Delivery.id, sort_by_parameter_order=True), rows).all()
    return list(ids)


def set_back(delivery_id: int) -> None:
    """Let a message wait again, as if what was noted of it had been lost."""
    with writing() as session:
        session.execute(update(Delivery).where(Delivery.id == delivery_id).values(status=WAITING, next_at=NOW))


def delivery(delivery_id: int) -> Delivery:
    """Return a delivery as it stands now."""
    db.session.rollback()
    return db.session.get_one(Delivery, delivery_id, populate_existing=True)


def statuses(campaign_id: int) -> list[str]:
    """Return how the deliveries of a campaign stand, oldest first."""
    db.session.rollback()
    query = select(Delivery.status).where(Delivery.campaign_id == campaign_id).order_by(Delivery.id)
    return list(db.session.scalars(query))


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)


def soon_after() -> datetime:
    """Return a moment after whatever was noted by the real clock."""
    return utcnow() + timedelta(seconds=1)
