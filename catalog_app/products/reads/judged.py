"""A living product as far as eligibility reads it, out of its document."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec


class Judged(msgspec.Struct, frozen=True):
    """What checks.EligibleProduct asks for; a product with a document is not deleted."""

    id: int
    external_system: str
    lifecycle_status: str
    field_locks: dict[str, Any]
    is_available: bool
    valid_from: datetime | None
    valid_to: datetime | None
    missing_since: datetime | None
    quota_left: int | None
    channels: list[str]
    payment_mode: str
    min_customer_value: Decimal | None
    max_customer_value: Decimal | None
    target_segments: list[str]
    exclude_segments: list[str]
    relations: list[dict[str, Any]]
    points_price: int | None
    max_per_customer: int | None
    cooldown_days: int | None
    eligibility_rule: dict[str, Any] | None
    deleted_at: datetime | None = None


JUDGED = msgspec.json.Decoder(Judged)
