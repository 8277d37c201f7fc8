"""One message on its way, and how it is shown to whoever takes it over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from catalog_app.campaigns.models import Delivery
from catalog_app.core.json_values import as_json


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message. `delivery_id` is the same at every try: by it a receiver drops what comes twice."""

    delivery_id: int
    campaign_id: int
    campaign: str
    key: str
    customer_id: str | None
    address: str | None
    time_zone: str | None
    channel: str | None
    language: str | None
    product_id: int | None
    message: Mapping[str, Any] | None
    snapshot: Mapping[str, Any] | None
    attempt: int
    not_before: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, delivery: Delivery, campaign: str, *, attempt: int) -> "Parcel":
        return cls(
            delivery_id=delivery.id,
            campaign_id=delivery.campaign_id,
            campaign=campaign,
            key=delivery.key,
            customer_id=delivery.customer_id,
            address=delivery.address,
            time_zone=delivery.time_zone,
            channel=delivery.channel,
            language=delivery.language,
            product_id=delivery.product_id,
            message=delivery.message,
            snapshot=delivery.snapshot,
            attempt=attempt,
            not_before=delivery.not_before,
            created_at=delivery.created_at,
        )


SHOWN: Final = (
    "delivery_id", "campaign_id", "campaign", "key", "customer_id", "address", "time_zone", "channel", "language",
    "product_id", "message", "snapshot", "attempt", "not_before", "created_at",
)  # fmt: skip


def parcel_document(parcel: Parcel) -> dict[str, Any]:
    """Return a message as the outbox and webhooks show it."""
    return {name: as_json(getattr(parcel, name)) for name in SHOWN}
