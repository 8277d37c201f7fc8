"""Deliveries as JSON shows them: without what was told of the customer, and without whom a lease belongs to."""

from typing import Any, Final

from catalog_app.campaigns.models import Delivery
from catalog_app.core.json_values import as_json

DELIVERY: Final = (
    "id", "campaign_id", "campaign_version", "key", "customer_id", "address", "time_zone", "channel", "language",
    "status", "reasons", "product_id", "product_version", "message", "snapshot", "sender", "not_before", "next_at",
    "leased_until", "attempts", "last_error", "created_at", "ended_at", "delivered_at", "clicked_at", "accepted_at",
    "declined_at",
)  # fmt: skip


def delivery_document(delivery: Delivery) -> dict[str, Any]:
    """Return what one trigger of one customer came to."""
    return {name: as_json(getattr(delivery, name)) for name in DELIVERY}
