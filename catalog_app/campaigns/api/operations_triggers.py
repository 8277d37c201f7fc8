"""What the routes of triggers and feedback take and answer, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.campaigns.models import DELIVERY_STATUSES, WITHDRAWAL_POLICIES
from catalog_app.campaigns.triggering.feedback import EVENTS, OUTCOMES, FeedbackInput
from catalog_app.campaigns.triggering.items import MAX_ITEMS, MAX_KEY
from catalog_app.core.operations import (
    MOMENT,
    OBJECT,
    TEXT,
    TRUTH,
    WHOLE,
    Body,
    JsonSchema,
    Operation,
    Reply,
    Schema,
    list_of,
    nullable,
    object_of,
    one_of,
)

TAG: Final = "Campaigns"
_COUNT: Final[JsonSchema] = {"type": "integer", "minimum": 0}
_EXAMPLE: Final = {
    "key": "recharge-20261123-0001",
    "customer_id": "700123456",
    "customer_features": {"customer_value": 1200, "segments": ["high_value"], "payment_mode": "postpaid", "owned": []},
    "channel": "sms",
    "language": "en",
    "address": "+966500000001",
    "time_zone": "Asia/Riyadh",
}


def _item() -> dict[str, Any]:
    """Only what an item cannot be without is fixed: whatever else is wrong refuses that item, and not the call."""
    told = {
        "customer_features": "What is known of the customer, as in POST /products/eligibility/.",
        "channel": "One of the campaign's channels; the first that fits unless told.",
        "language": "Such as `ar` or `en-GB`; the campaign's fallback unless told.",
        "address": "Where the message goes; kept until it is handed over.",
        "time_zone": "In which quiet hours count, such as Asia/Riyadh.",
    }
    return {
        "type": "object",
        "properties": {
            "key": {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
            "customer_id": {"type": "string", "minLength": 1, "maxLength": 255},
            **{name: {"description": words} for name, words in told.items()},
        },
        "required": ["key", "customer_id"],
    }


def _items() -> dict[str, Any]:
    return {"type": "array", "items": _item(), "minItems": 1, "maxItems": MAX_ITEMS}


def _result() -> dict[str, Any]:
    withdrawal = object_of(
        {
            "policy": one_of(WITHDRAWAL_POLICIES),
            "because": TEXT,
            "product_id": nullable(WHOLE),
            "successor_id": WHOLE,
            "dropped": list_of(TEXT),
        },
        optional=("successor_id", "dropped"),
    )
    return object_of(
        {
            "key": TEXT,
            "customer_id": TEXT,
            "campaign_id": WHOLE,
            "delivery_id": WHOLE,
            "status": one_of(DELIVERY_STATUSES),
            "eligible": TRUTH,
            "reasons": list_of(OBJECT),
            "product_id": nullable(WHOLE),
            "channel": nullable(TEXT),
            "language": nullable(TEXT),
            "message": nullable(OBJECT),
            "snapshot": nullable(OBJECT),
            "not_before": nullable(MOMENT),
            "repeated": TRUTH,
            "withdrawal": withdrawal,
        },
        optional=("withdrawal",),
    )


def _triggered() -> dict[str, Any]:
    statuses = object_of(dict.fromkeys((*DELIVERY_STATUSES, "repeated"), _COUNT), optional=DELIVERY_STATUSES)
    return object_of({"results": list_of(_result()), "counts": statuses})


def _noted() -> dict[str, Any]:
    one = object_of({"delivery_id": WHOLE, "event": one_of(EVENTS), "outcome": one_of(OUTCOMES)})
    return object_of({"results": list_of(one), "counts": object_of(dict.fromkeys(OUTCOMES, _COUNT))})


_TRIGGERED: Final = Reply(200, "A result for each item, in their order.", Schema("Triggered", _triggered))
_CHANGING: Final = {409: "Too many others are at work on the campaign; nothing was done. Send the call again."}

OPERATIONS: Final[Mapping[str, Operation]] = {
    "campaigns_api.trigger": Operation(
        TAG,
        "Trigger a campaign for customers",
        (_TRIGGERED,),
        description=(
            "Each item is decided once: a second call with its `key` answers what the first one did. All of a call is "
            "written, or nothing of it."
        ),
        body=Body(
            Schema("TriggerInput", lambda: object_of({"items": _items()})),
            "1 to 1,000 items.",
            example={"items": [_EXAMPLE]},
        ),
        problems=_CHANGING,
    ),
    "campaigns_api.trigger_event": Operation(
        TAG,
        "Trigger every active campaign that waits for an event",
        (_TRIGGERED,),
        description="Oldest campaign first, each with a result for each item. All of a campaign is written, or nothing.",
        body=Body(
            Schema(
                "TriggerEventInput",
                lambda: object_of(
                    {"trigger_event": {"type": "string", "minLength": 1, "maxLength": 60}, "items": _items()}
                ),
            ),
            "The event, and 1 to 1,000 items.",
            example={"trigger_event": "recharge", "items": [_EXAMPLE]},
        ),
        problems=_CHANGING,
    ),
    "campaigns_api.tell": Operation(
        TAG,
        "Tell what became of messages",
        (Reply(200, "What became of each event, in their order.", Schema("FeedbackNoted", _noted)),),
        description="Told twice, the first time counts. `not_sent`: nothing was promised, or it was taken back.",
        body=Body(
            Schema.of(FeedbackInput),
            "1 to 1,000 events.",
            example={"events": [{"delivery_id": 1, "event": "accepted", "occurred_at": "2026-11-23T16:00:00Z"}]},
        ),
    ),
}
