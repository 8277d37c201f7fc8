"""What the routes of the outbox and of deliveries take and answer, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.campaigns.api.outbox import DEFAULT_LEASED, MAX_LEASED
from catalog_app.campaigns.deliveries.document import DELIVERY
from catalog_app.campaigns.models import DELIVERY_STATUSES, Delivery
from catalog_app.campaigns.senders.acknowledging import Acknowledgement
from catalog_app.campaigns.senders.parcels import SHOWN
from catalog_app.campaigns.senders.settling import CODES
from catalog_app.core.operations import (
    MOMENT,
    OBJECT,
    PAGING,
    TEXT,
    WHOLE,
    Body,
    JsonSchema,
    Operation,
    Parameter,
    Reply,
    Schema,
    columns_of,
    list_of,
    nullable,
    object_of,
    one_of,
    page_of,
)

TAG: Final = "Campaigns"
_COUNT: Final[JsonSchema] = {"type": "integer", "minimum": 0}
_STATUS: Final[JsonSchema] = one_of(DELIVERY_STATUSES)
_DICTIONARIES: Final = {"message": nullable(OBJECT), "snapshot": nullable(OBJECT)}


def _delivery() -> dict[str, JsonSchema]:
    return {**columns_of(Delivery, DELIVERY), **_DICTIONARIES, "reasons": list_of(OBJECT), "status": _STATUS}


def _parcel() -> dict[str, Any]:
    of_delivery = [name for name in SHOWN if name in Delivery.__table__.columns]
    own = {"delivery_id": WHOLE, "campaign": TEXT, "attempt": WHOLE}
    return object_of({**columns_of(Delivery, of_delivery), **_DICTIONARIES, **own})


def _leased() -> dict[str, Any]:
    return object_of(
        {"lease": nullable(TEXT), "leased_until": nullable(MOMENT), "results": list_of(_parcel())},
    )


def _acknowledged() -> dict[str, Any]:
    item = object_of({"delivery_id": WHOLE, "code": one_of(CODES), "status": nullable(_STATUS)})
    return object_of({"lease": TEXT, "settled": _COUNT, "results": list_of(item)})


_SHOWN: Final = Schema("Delivery", lambda: object_of(_delivery()))

OPERATIONS: Final[Mapping[str, Operation]] = {
    "campaigns_api.outbox": Operation(
        TAG,
        "Lease messages of the outbox",
        (
            Reply(
                200,
                "Messages that nobody else gets until the lease ends; no lease where nothing is due.",
                Schema("OutboxLease", _leased),
            ),
        ),
        description=(
            "Oldest first, across campaigns. A message comes again, under the same `delivery_id`, where its lease is not "
            "acknowledged in time: drop what you have sent already."
        ),
        parameters=(
            Parameter(
                "limit",
                f"How many messages at most; {DEFAULT_LEASED} unless asked otherwise.",
                {"type": "integer", "minimum": 1, "maximum": MAX_LEASED, "default": DEFAULT_LEASED},
            ),
        ),
    ),
    "campaigns_api.acknowledge_outbox": Operation(
        TAG,
        "Acknowledge a lease of the outbox",
        (Reply(200, "What became of each message that was named.", Schema("OutboxSettled", _acknowledged)),),
        description=(
            "Without items, all of the lease is sent. What failed is leased again later, and given up after a day. A "
            "word that comes after the lease has ended counts as long as nobody else has leased the message since."
        ),
        body=Body(Schema.of(Acknowledgement), example={"lease": "5e884898da28047151d0e56f8dc62927"}),
    ),
    "campaigns_api.deliveries": Operation(
        TAG,
        "List what a campaign's triggers came to",
        (
            Reply(
                200,
                "A page of deliveries, newest first.",
                Schema("CampaignDeliveryPage", lambda: page_of(object_of(_delivery()))),
                headers=("Link",),
            ),
        ),
        parameters=(Parameter("status", "Those that stand so.", _STATUS), *PAGING),
    ),
    "campaigns_api.replay_all": Operation(
        TAG,
        "Send again everything of a campaign that was given up",
        (Reply(202, "How many messages wait again.", Schema("CampaignReplay", lambda: object_of({"due": _COUNT}))),),
    ),
    "campaigns_api.delivery": Operation(
        TAG,
        "Read a delivery",
        (Reply(200, "The delivery, with what was promised.", _SHOWN),),
    ),
    "campaigns_api.replay_one": Operation(
        TAG,
        "Send a message again that was given up",
        (Reply(202, "The delivery; it waits again.", _SHOWN),),
        problems={409: "It was not given up, or its customer was forgotten already."},
    ),
    "campaigns_api.secret": Operation(
        TAG,
        "Make a new secret for a campaign's webhook",
        (
            Reply(
                201,
                "The secret that messages are signed with from now on; it is shown only here.",
                Schema("CampaignSecret", lambda: object_of({"campaign_id": WHOLE, "secret": TEXT})),
            ),
        ),
        problems={409: "Nothing can be sealed here, because no key is set."},
    ),
}
