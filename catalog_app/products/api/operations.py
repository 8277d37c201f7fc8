"""What each route of products takes and answers, for the OpenAPI document; see core/operations.py."""

from collections.abc import Mapping
from typing import Final

from catalog_app.core.operations import (
    CURSOR_PARAMETER,
    FLAG,
    LIMIT_PARAMETER,
    TEXT,
    Body,
    JsonSchema,
    Operation,
    Parameter,
    Reply,
    one_of,
)
from catalog_app.products import terms
from catalog_app.products.api import schemas
from catalog_app.products.filters import FILTERS, Filter

TAG: Final = "Products"
_MERGE_PATCH: Final = ("application/json", "application/merge-patch+json")
_TAKEN: Final = {409: "The state forbids it; `detail` says why."}
_VERSIONED: Final = ("ETag",)

_AMOUNT: Final[JsonSchema] = {"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]{1,4})?$"}
_KINDS: Final[Mapping[str, JsonSchema]] = {
    "text": {"type": "string", "maxLength": 50},
    "search": {"type": "string", "maxLength": 200},
    "flag": FLAG,
    "amount": _AMOUNT,
    "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "person": {"type": "string", "maxLength": 200},
    "moment": {"type": "string", "description": "A date, or a moment with its zone, such as 2026-12-31T21:00:00Z."},
}
_SAYS: Final[Mapping[str, str]] = {
    "search": "Inside the name, the description and the external id; any script.",
    "category": "Inside the category.",
    "segment": "Names this target segment.",
    "channel": "May be offered over this channel.",
    "is_active": "Launched, or not.",
    "is_available": "Switched on, or not.",
    "available_now": "On sale at this moment, whoever asks.",
    "min_price": "The main price is this or more; needs one `currency`.",
    "max_price": "The main price is this or less; needs one `currency`.",
    "updated_since": "Changed at this moment or later.",
    "ends_from": "Sold until this moment or later.",
    "ends_until": "Sold until this moment at the latest; a date alone counts as its whole day.",
    "locked_by": "Has fields that belong to this person, by e-mail; `anyone` for whoever.",
}


def _filter(declared: Filter) -> Parameter:
    schema = one_of([choice.value for choice in declared.choices]) if declared.kind.name == "choice" else None
    says = _SAYS.get(declared.name, "Exactly this.")
    return Parameter(
        declared.name, f"{says} One of several where repeated.", schema or _KINDS[declared.kind.name], repeats=True
    )


FILTER_PARAMETERS: Final = tuple(map(_filter, FILTERS))
FIELDS_PARAMETER: Final = Parameter("fields", "Only these fields, with commas between them, such as `id,name,price`.")
_SORT: Final = Parameter(
    "sort",
    "`id`, `name`, `price`, `category`, `created_at`, `updated_at`; a minus turns one round, commas join several.",
)
_COUNT: Final = Parameter("count", "Add the exact number of all that fit.", FLAG)
_LOCK: Final = Parameter(
    "lock",
    "`false`: what is changed stays with the source, whose next change overwrites it.",
    {**FLAG, "default": "true"},
)
_CUSTOMER: Final = (
    Parameter(
        "customer_value",
        "What the customer is worth; 0 is a value.",
        {"type": "string", "pattern": r"^[0-9]{1,10}(\.[0-9]+)?$"},
    ),
    Parameter("segment", "A segment the customer is in.", {"type": "string", "maxLength": 50}, repeats=True),
    Parameter("channel", "How the customer would be contacted.", one_of(terms.CHANNELS)),
    Parameter("payment_mode", "How the customer pays.", one_of(("prepaid", "postpaid", "hybrid"))),
    Parameter("owned", "What the customer owns: ids, `7,9` or repeated, or `xiva:PO-7`.", TEXT, repeats=True),
)
_STRICT: Final = Parameter("strict", "Leave out what could not be decided.", FLAG)
_AS_OF: Final = Parameter("as_of", "The product as it was at this moment; a date is its midnight in UTC.")
_EXPAND: Final = Parameter("expand", "`prices`, `relations`, or both with a comma: show what the product points at.")

_OWN_NAMES: Final = {parameter.name for parameter in _CUSTOMER}
_SAVED: Final = Reply(200, "The product as it is now.", schemas.PRODUCT, headers=_VERSIONED)

OPERATIONS: Final[Mapping[str, Operation]] = {
    "products_api.index": Operation(
        TAG,
        "List products",
        (Reply(200, "A page of products.", schemas.PRODUCT_PAGE, headers=("Link",)),),
        parameters=(*FILTER_PARAMETERS, _SORT, FIELDS_PARAMETER, LIMIT_PARAMETER, CURSOR_PARAMETER, _COUNT),
    ),
    "products_api.create": Operation(
        TAG,
        "Create a product",
        (Reply(201, "The new product.", schemas.PRODUCT, headers=("ETag", "Location")),),
        body=Body(
            schemas.PRODUCT_INPUT,
            "A name and a type are enough.",
            example={"name": "Weekend 5 GB", "product_type": "data"},
        ),
        problems=_TAKEN,
    ),
    "products_api.read": Operation(
        TAG,
        "Read a product",
        (Reply(200, "The product.", schemas.PRODUCT_SHOWN, headers=_VERSIONED),),
        parameters=(FIELDS_PARAMETER, _AS_OF, _EXPAND),
        takes_if_none_match=True,
    ),
    "products_api.replace": Operation(
        TAG,
        "Set a whole product",
        (_SAVED,),
        description="What is left out takes its default. What was read may be changed and sent back.",
        parameters=(_LOCK,),
        body=Body(schemas.PRODUCT_INPUT),
        problems=_TAKEN,
        takes_if_match=True,
    ),
    "products_api.patch": Operation(
        TAG,
        "Change a product",
        (_SAVED,),
        description="A JSON merge patch (RFC 7396): objects merge, null takes a field back to its default.",
        parameters=(_LOCK,),
        body=Body(schemas.PRODUCT_PATCH, media_types=_MERGE_PATCH, example={"category": "Roaming/Gulf"}),
        problems=_TAKEN,
        takes_if_match=True,
    ),
    "products_api.delete": Operation(
        TAG,
        "Delete a product",
        (Reply(204, "It is hidden from every door; for 30 days it can be restored."),),
        problems=_TAKEN,
        takes_if_match=True,
    ),
    "products_api.restore": Operation(
        TAG,
        "Restore a deleted product",
        (_SAVED,),
        problems={409: "It is not deleted, or was deleted more than 30 days ago."},
    ),
    "products_api.bulk": Operation(
        TAG,
        "Make and change many products",
        (Reply(200, "What became of each item, in order.", schemas.BULK_ANSWER),),
        description="Up to 1,000 items in up to 16 MiB. One item's fault does not stop the others, unless `atomic`.",
        parameters=(Parameter("atomic", "Save all items, or none.", FLAG), _LOCK),
        body=Body(schemas.BULK_INPUT),
        problems=_TAKEN,
    ),
    "products_api.available": Operation(
        TAG,
        "What a customer may be offered",
        (Reply(200, "A page of products, most valuable first.", schemas.OFFER_PAGE, headers=("Link",)),),
        description="Now, for such a customer. What is not told stays unknown; `unchecked` says what that leaves open.",
        parameters=(
            *_CUSTOMER,
            _STRICT,
            *(parameter for parameter in FILTER_PARAMETERS if parameter.name not in _OWN_NAMES),
            FIELDS_PARAMETER,
            LIMIT_PARAMETER,
            CURSOR_PARAMETER,
            _COUNT,
        ),
    ),
    "products_api.eligibility": Operation(
        TAG,
        "May this customer be offered these products?",
        (Reply(200, "A verdict for each product, with its reasons.", schemas.VERDICTS),),
        body=Body(
            schemas.ELIGIBILITY_INPUT,
            example={"customer_features": {"customer_value": 500, "segments": ["gold"]}, "product_ids": [1, 2]},
        ),
    ),
    "products_api.stats": Operation(TAG, "Count products", (Reply(200, "The counts as of now.", schemas.STATS),)),
    "products_api.changes": Operation(
        TAG,
        "Follow changes",
        (Reply(200, "A page of changes, and where to go on.", schemas.CHANGES, headers=("Link",)),),
        description="Ordered and without gaps; without `since` it begins with every product there is.",
        parameters=(Parameter("since", "The cursor to go on from; `now` for the present one alone."), LIMIT_PARAMETER),
        problems={410: "The changes up to this cursor are not here; begin again with all products."},
    ),
    "products_api.export": Operation(
        TAG,
        "Export products",
        (Reply(200, "One product a line, all of one moment.", schemas.LINES, "application/x-ndjson"),),
        description="A stream; packed with gzip where `Accept-Encoding` asks for it.",
        parameters=(*FILTER_PARAMETERS, FIELDS_PARAMETER),
    ),
}
