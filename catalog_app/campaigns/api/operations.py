"""What each route of campaigns takes and answers, for the OpenAPI document; see core/operations.py."""

from collections.abc import Mapping
from typing import Final

from catalog_app.campaigns.api import operations_deliveries, operations_triggers, schemas
from catalog_app.campaigns.filters import FILTERS
from catalog_app.campaigns.results import operations as operations_results
from catalog_app.core.operations import (
    CURSOR_PARAMETER,
    FLAG,
    LIMIT_PARAMETER,
    Body,
    JsonSchema,
    Operation,
    Parameter,
    Reply,
    one_of,
)
from catalog_app.products.filters import Filter

TAG: Final = "Campaigns"
_MERGE_PATCH: Final = ("application/json", "application/merge-patch+json")
_TAKEN: Final = {409: "The state forbids it; `detail` says why."}
_NOT_READY: Final = {409: "It runs already or is over, or pre-flight finds errors: `findings` has them."}
_VERSIONED: Final = ("ETag",)
_KINDS: Final[Mapping[str, JsonSchema]] = {
    "text": {"type": "string", "maxLength": 60},
    "search": {"type": "string", "maxLength": 200},
    "person": {"type": "string", "maxLength": 200},
    "flag": FLAG,
    "product": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
}
_SAYS: Final[Mapping[str, str]] = {
    "search": "Inside the name, the description and the trigger event; any script.",
    "status": "Stands so at this moment.",
    "product_id": "Offers this product, or may choose it.",
    "channel": "Contacts over this channel.",
    "owner": "Belongs to them, by e-mail.",
    "withdrawn": "Its product cannot be offered, or can.",
}
_FOR_GOOD: Final = "For good. What was promised goes out, unless the campaign is paused; what it holds is cancelled."
_EXAMPLE: Final = {
    "name": "Year-end 60 GB",
    "product_id": 1,
    "trigger_event": "recharge",
    "channels": ["sms"],
    "messages": {"sms": {"en": {"body": "{{ product.name }} for {{ config.price_formatted }} a month."}}},
}


def _filter(declared: Filter) -> Parameter:
    schema = one_of([choice.value for choice in declared.choices]) if declared.kind.name == "choice" else None
    says = _SAYS.get(declared.name, "Exactly this.")
    return Parameter(
        declared.name, f"{says} One of several where repeated.", schema or _KINDS[declared.kind.name], repeats=True
    )


_SORT: Final = Parameter(
    "sort", "`name`, `updated_at`, `created_at`, `starts_at`, `ends_at` or `id`; a minus turns it round."
)
_COUNT: Final = Parameter("count", "Add the exact number of all that fit.", FLAG)
_SHOWN: Final = Reply(200, "The campaign as it is now.", schemas.CAMPAIGN, headers=_VERSIONED)
_SAVED: Final = Reply(
    200, "The campaign as it is now, with what pre-flight finds.", schemas.CAMPAIGN_CHECKED, headers=_VERSIONED
)
_MADE: Final = Reply(
    201,
    "The new draft, with what pre-flight finds.",
    schemas.CAMPAIGN_CHECKED,
    headers=("ETag", "Location"),
)
_WHY: Final = Body(
    schemas.REASON_INPUT, "May be left out.", example={"reason": "Sold out in the shops"}, required=False
)

_OWN: Final[Mapping[str, Operation]] = {
    "campaigns_api.index": Operation(
        TAG,
        "List campaigns",
        (Reply(200, "A page of campaigns.", schemas.CAMPAIGN_PAGE, headers=("Link",)),),
        parameters=(*map(_filter, FILTERS), _SORT, LIMIT_PARAMETER, CURSOR_PARAMETER, _COUNT),
    ),
    "campaigns_api.create": Operation(
        TAG,
        "Create a campaign",
        (_MADE,),
        description="A draft: it may be unfinished, and `findings` say what keeps it from being activated.",
        body=Body(schemas.CAMPAIGN_INPUT, "A name is enough.", example=_EXAMPLE),
    ),
    "campaigns_api.read": Operation(TAG, "Read a campaign", (_SHOWN,), takes_if_none_match=True),
    "campaigns_api.patch": Operation(
        TAG,
        "Change a campaign",
        (_SAVED,),
        description="A JSON merge patch (RFC 7396). What it offers and to whom changes in a draft or a paused one only.",
        body=Body(schemas.CAMPAIGN_PATCH, media_types=_MERGE_PATCH, example={"limit_total": 10000}),
        problems=_TAKEN,
        takes_if_match=True,
    ),
    "campaigns_api.delete": Operation(
        TAG,
        "Delete a campaign",
        (Reply(204, "It is hidden; what it delivered stays."),),
        description="A draft or a completed one.",
        problems=_TAKEN,
        takes_if_match=True,
    ),
    "campaigns_api.activate": Operation(
        TAG,
        "Activate a campaign",
        (_SHOWN,),
        description="A draft or a paused one: it runs from its start on, at once without one.",
        problems=_NOT_READY,
        takes_if_match=True,
    ),
    "campaigns_api.resume": Operation(
        TAG, "Resume a paused campaign", (_SHOWN,), problems=_NOT_READY, takes_if_match=True
    ),
    "campaigns_api.pause": Operation(
        TAG,
        "Pause a campaign",
        (_SHOWN,),
        description="No trigger is answered until it is resumed, and what was promised waits.",
        body=_WHY,
        problems=_TAKEN,
        takes_if_match=True,
    ),
    "campaigns_api.complete": Operation(
        TAG, "Complete a campaign", (_SHOWN,), description=_FOR_GOOD, body=_WHY, problems=_TAKEN, takes_if_match=True
    ),
    "campaigns_api.copy": Operation(TAG, "Copy a campaign", (_MADE,), problems=_TAKEN),
    "campaigns_api.restore": Operation(
        TAG,
        "Bring back a version",
        (_SAVED,),
        description="It says again what it said then; a draft or a paused one.",
        body=Body(schemas.VERSION_INPUT, example={"version": 1}),
        problems=_TAKEN,
        takes_if_match=True,
    ),
    "campaigns_api.history": Operation(
        TAG,
        "History of a campaign",
        (Reply(200, "What happened, newest first.", schemas.HISTORY),),
        parameters=(LIMIT_PARAMETER,),
    ),
    "campaigns_api.preflight": Operation(
        TAG, "Check a campaign", (Reply(200, "What pre-flight finds, errors first.", schemas.FINDINGS),)
    ),
    "campaigns_api.preview": Operation(
        TAG,
        "Preview a campaign",
        (Reply(200, "Each message as this customer would read it, with the verdict.", schemas.PREVIEW),),
        description="Over its channels and in its languages unless one is named. Nothing is written.",
        body=Body(
            schemas.PREVIEW_INPUT,
            "What is left out was not told.",
            example={"customer_features": {"first_name": "Sara", "customer_value": 500}, "channel": "sms"},
            required=False,
        ),
        problems=_TAKEN,
    ),
}
OPERATIONS: Final[Mapping[str, Operation]] = {
    **_OWN,
    **operations_deliveries.OPERATIONS,
    **operations_triggers.OPERATIONS,
    **operations_results.OPERATIONS,
}
