"""What the routes of contacts take and answer, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.contacts.api.choices import CHANNEL_NAMES, MAX_ASKED
from catalog_app.contacts.choices import OUTCOMES
from catalog_app.contacts.document import CHOICE, READ_ONLY
from catalog_app.contacts.models import CHOICES, ContactChoice, ContactPolicy
from catalog_app.contacts.schema import ChoicesInput, ErasureInput, PolicyInput
from catalog_app.core.operations import (
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
from catalog_app.products.terms import CHANNELS

TAG: Final = "Contacts"
_COUNT: Final[JsonSchema] = {"type": "integer", "minimum": 0}
_CHANNEL: Final = one_of(CHANNEL_NAMES)


def _policy() -> dict[str, Any]:
    cap = object_of({"channel": nullable(one_of(CHANNELS)), "most": WHOLE, "days": WHOLE})
    return object_of(
        {
            "caps": list_of(cap),
            "quiet_from": nullable(TEXT),
            "quiet_to": nullable(TEXT),
            "time_zone": TEXT,
            "consent_channels": list_of(one_of(CHANNELS)),
            **columns_of(ContactPolicy, READ_ONLY),
        }
    )


def _choice() -> dict[str, JsonSchema]:
    columns = columns_of(ContactChoice, CHOICE)
    return {"customer_id": TEXT, **columns, "channel": _CHANNEL, "choice": one_of(CHOICES)}


def _settled() -> dict[str, Any]:
    result = object_of({**_choice(), "outcome": one_of(OUTCOMES)})
    return object_of({**dict.fromkeys(OUTCOMES, _COUNT), "results": list_of(result)})


def _erased() -> dict[str, Any]:
    return object_of(dict.fromkeys(("deliveries", "cancelled", "contacts", "choices", "events", "decisions"), _COUNT))


_SHOWN: Final = Reply(200, "The policy as it stands.", Schema("ContactPolicy", _policy), headers=("ETag",))

OPERATIONS: Final[Mapping[str, Operation]] = {
    "contacts_api.read_policy": Operation(TAG, "Read the contact policy", (_SHOWN,), takes_if_none_match=True),
    "contacts_api.put_policy": Operation(
        TAG,
        "Put another contact policy in place",
        (_SHOWN,),
        description="Every campaign follows it from the next decision on.",
        body=Body(
            Schema.of(PolicyInput),
            example={
                "caps": [{"channel": None, "most": 5, "days": 7}, {"channel": "sms", "most": 3, "days": 7}],
                "quiet_from": "21:00",
                "quiet_to": "09:00",
                "time_zone": "Asia/Riyadh",
                "consent_channels": ["email"],
            },
        ),
        takes_if_match=True,
    ),
    "contacts_api.read_choices": Operation(
        TAG,
        "Read what customers chose",
        (
            Reply(
                200,
                "Their choices, the newest first. Customers who never chose are not in it.",
                Schema("ContactChoicePage", lambda: page_of(object_of(_choice()))),
            ),
        ),
        description="Customers are kept as hashes, so they are asked for by id and cannot be listed.",
        parameters=(Parameter("customer_id", f"Of 1 to {MAX_ASKED} customers.", {"type": "string"}, repeats=True),),
    ),
    "contacts_api.post_choices": Operation(
        TAG,
        "Tell what customers chose",
        (Reply(200, "What came of each, in the order of the request.", Schema("ContactChoicesSettled", _settled)),),
        description='Of two choices for a channel the later one stands, whichever arrives first; "*" is every channel.',
        body=Body(
            Schema.of(ChoicesInput),
            example={
                "choices": [
                    {"customer_id": "C-1042", "channel": "sms", "choice": "out", "source": "STOP by SMS"},
                    {"customer_id": "C-1043", "channel": "email", "choice": "in", "at": "2026-11-22T10:00:00Z"},
                ]
            },
        ),
    ),
    "contacts_api.erase_customer": Operation(
        TAG,
        "Erase a customer",
        (Reply(200, "How much of each kind was erased.", Schema("CustomerErased", _erased)),),
        description=(
            "At once and for good: what still waits for them is cancelled, contacts and consents are deleted, and no "
            "delivery says any more whose it was. An opt-out stays, as a hash, and so do figures."
        ),
        body=Body(Schema.of(ErasureInput), example={"customer_id": "C-1042"}),
    ),
    "contacts_api.delete_choices": Operation(
        TAG,
        "Forget what a customer chose",
        (Reply(204, "Nothing of it is kept any more."),),
        parameters=(
            Parameter("customer_id", "The customer."),
            Parameter("channel", 'Only the choice for this channel; "*" is the one for every channel.', _CHANNEL),
        ),
    ),
}
