"""A delivery as it is made: the columns of one item that was decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from catalog_app.campaigns.models import HELD, WAITING, Campaign
from catalog_app.campaigns.triggering.deciding import Decision
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.wording import Message

_OPEN: Final = (WAITING, HELD)
"""What still has to be handed over: only that keeps what was told of the customer."""


def made(  # each says one thing of a delivery
    number: int,
    campaign: Campaign,
    item: TriggerItem,
    customer: str,
    decision: Decision,
    message: Message | None,
    now: datetime,
) -> dict[str, Any]:
    """Return the columns of a new delivery."""
    return {
        "id": number,
        "campaign_id": campaign.id,
        "customer": customer,
        "key": item.key,
        "customer_id": item.customer_id,
        "address": item.address,
        "time_zone": item.time_zone,
        "sender": campaign.sender,
        "attempts": 0,
        "created_at": now,
        **decided(campaign, item, decision, message, now),
    }


def decided(
    campaign: Campaign, item: TriggerItem, decision: Decision, message: Message | None, now: datetime
) -> dict[str, Any]:
    """Return the columns that a decision sets, the first one or a later one."""
    status, terms = decision.status, decision.terms
    product = None if terms is None else terms.product
    is_open, is_promise = status in _OPEN, status == WAITING
    said: Mapping[str, Any] = (
        {"language": message.language, "message": message.parts, "snapshot": message.snapshot}
        if message is not None and is_promise
        else {"language": item.language, "message": None, "snapshot": None}
    )
    return {
        "campaign_version": campaign.version,
        "features": item.features if is_open else None,
        "channel": decision.channel or None,
        "status": status,
        "reasons": list(decision.reasons),
        "product_id": product.id if product is not None else campaign.product_id,
        "product_version": None if product is None else product.version,
        "not_before": decision.not_before if is_promise else None,
        "next_at": (decision.not_before or now) if is_promise else None,
        "ended_at": None if is_open else now,
        **said,
    }
