"""Campaigns and deliveries as rows, for tests that count a great many of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from catalog_app.campaigns.models import Campaign, Delivery
from catalog_app.core.db import db

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def campaign(name: str = "Year-end 60 GB", **values: Any) -> int:
    """Keep a campaign and return its number."""
    people = {"owner": "user:lina@operator.example", "created_by": "tests", "updated_by": "tests"}
    made = Campaign(**{"name": name, "status": "active", "on_withdrawal": "hold", **people, **values})
    db.session.add(made)
    db.session.commit()
    return made.id


def delivery(campaign_id: int, customer: str, **values: Any) -> dict[str, Any]:
    """Return a delivery as a row: sent by SMS in English, and not answered, unless told otherwise."""
    row: dict[str, Any] = {
        "campaign_id": campaign_id,
        "campaign_version": 1,
        "customer": customer,
        "key": customer,
        "channel": "sms",
        "language": "en",
        "status": "sent",
        "reasons": [],
        "sender": "log",
        "attempts": 1,
        "created_at": NOW - timedelta(days=1),
        "accepted_at": None,
        "delivered_at": None,
        "clicked_at": None,
        "declined_at": None,
    }
    return row | values


def keep(*rows: dict[str, Any]) -> None:
    """Keep deliveries."""
    db.session.execute(insert(Delivery), list(rows))
    db.session.commit()
