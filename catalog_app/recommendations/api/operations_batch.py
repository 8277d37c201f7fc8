"""What POST /nbo/batch takes and answers, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.core.operations import (
    TEXT,
    WHOLE,
    Body,
    JsonSchema,
    Operation,
    Parameter,
    Reply,
    Schema,
    list_of,
    nullable,
    object_of,
    one_of,
)
from catalog_app.products.terms import CHANNELS
from catalog_app.recommendations.api.batch import DEFAULT_LIMIT, LINES, MAX_CUSTOMERS
from catalog_app.recommendations.decisions.asked import MAX_LIMIT
from catalog_app.recommendations.models import BASES

TAG: Final = "Next best offer"
_NUMBER: Final[JsonSchema] = {"type": "number"}
_EXAMPLE: Final = {
    "customer_id": "700123456",
    "customer_features": {"customer_value": 1200, "segments": ["high_value"], "payment_mode": "postpaid"},
    "owned": [17],
}


def _sent() -> dict[str, Any]:
    """Only what a customer cannot be without is fixed: whatever else is wrong rejects that line, and not the call."""
    told = {
        "customer_features": "What is known of the customer; features may also stand beside it.",
        "owned": "Products that the customer has: ids, or system:external id.",
        "channel": "Instead of that in the query.",
        "context": "Instead of that in the query.",
    }
    customer = {
        "type": "object",
        "properties": {
            "customer_id": {"type": "string", "minLength": 1, "maxLength": 255},
            **{name: {"description": words} for name, words in told.items()},
        },
        "required": ["customer_id"],
    }
    return object_of({"customers": {"type": "array", "items": customer, "minItems": 1, "maxItems": MAX_CUSTOMERS}})


def _answered() -> dict[str, Any]:
    offer = {"product_id": WHOLE, "rank": WHOLE, "priority": _NUMBER, "propensity": nullable(_NUMBER)}
    members: dict[str, JsonSchema] = {
        "line": WHOLE,
        "customer_id": TEXT,
        "model_version": nullable(WHOLE),
        "basis": one_of(BASES),
        "offers": list_of(object_of(offer)),
        "error": TEXT,
    }
    return object_of(members, optional=[name for name in members if name != "line"])


OPERATIONS: Final[Mapping[str, Operation]] = {
    "nbo_api.batch": Operation(
        TAG,
        "Offer to many customers",
        (
            Reply(
                200,
                "A line for each line that was sent: the offers, or in `error` why it was rejected.",
                Schema("BatchLine", _answered),
                media_type=LINES,
            ),
        ),
        description=(
            f"One customer a line as {LINES} (up to 16 MiB), or up to {MAX_CUSTOMERS:,} as JSON. Nothing is explored, "
            "and single decisions are not written down. For millions of customers there is the command `nbo batch`."
        ),
        parameters=(
            Parameter(
                "limit",
                "How many offers each customer gets.",
                {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            ),
            Parameter("channel", "How the customers would be contacted.", one_of(CHANNELS)),
            Parameter("context", "Where they are met, as the settings name it.", {"type": "string", "maxLength": 50}),
            Parameter("candidates", "Only these products: ids with commas between them.", TEXT),
        ),
        body=Body(
            Schema("BatchInput", _sent),
            "The customers.",
            media_types=("application/json", LINES),
            example={"customers": [_EXAMPLE]},
        ),
    ),
}
