"""What the routes of decisions and recommendations take and answer, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_app.core.operations import (
    MOMENT,
    MONEY,
    PAGING,
    TEXT,
    TRUTH,
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
from catalog_app.recommendations.api.asking import DecideInput, RecommendInput
from catalog_app.recommendations.api.decisions import EVENT, LISTED
from catalog_app.recommendations.api.decisions import WHOLE as WHOLE_DECISION
from catalog_app.recommendations.models import BASES, Decision, FeedbackEvent

TAG: Final = "Next best offer"
NUMBER: Final[JsonSchema] = {"type": "number"}
COUNTS: Final[JsonSchema] = {"type": "object", "additionalProperties": WHOLE}
"""How many products by the code of what speaks first against them; only where nothing is offered."""
_FACTORS: Final = ("propensity", "context", "value", "levers")
_EXAMPLE: Final = {
    "customer_id": "700123456",
    "customer_features": {
        "customer_value": 1200,
        "segments": ["high_value"],
        "payment_mode": "postpaid",
        "data_mb": 8200,
    },
    "owned": [17, ["xiva", "PO-4711"]],
    "channel": "app",
    "context": "recharge",
    "limit": 3,
}


def reasons() -> JsonSchema:
    """Return the schema of the parts that a score is made of."""
    one = {"code": TEXT, "label": TEXT, "amount": NUMBER, "product_id": WHOLE}
    return list_of(object_of(one, optional=("product_id",)))


def excluded() -> JsonSchema:
    """Return the schema of what is left out, and why."""
    against = object_of({"code": TEXT, "rule": TEXT, "message": TEXT})
    return list_of(object_of({"product_id": WHOLE, "name": TEXT, "reasons": list_of(against)}))


def _offer() -> JsonSchema:
    return object_of(
        {
            "product_id": WHOLE,
            "name": TEXT,
            "rank": WHOLE,
            "priority": NUMBER,
            "propensity": nullable(NUMBER),
            "probability": NUMBER,
            "context": NUMBER,
            "value": nullable(MONEY),
            "levers": NUMBER,
            "factors": object_of(dict.fromkeys(_FACTORS, NUMBER)),
            "score": NUMBER,
            "reasons": reasons(),
            "uncertainty": nullable(NUMBER),
        }
    )


def _decision() -> dict[str, Any]:
    against = object_of({"code": TEXT, "rule": TEXT, "message": TEXT})
    return object_of(
        {
            "decision_id": WHOLE,
            "model_version": nullable(WHOLE),
            "basis": one_of(BASES),
            "arm": TEXT,
            "unknown_features": list_of(TEXT),
            "stale": TRUTH,
            "eligible": WHOLE,
            "offers": list_of(_offer()),
            "refused": {**against, "type": ["object", "null"]},
            "left_out": COUNTS,
            "excluded": excluded(),
            "excluded_count": WHOLE,
        },
        optional=("arm", "stale", "left_out", "excluded", "excluded_count"),
    )


def _logged(*names: str) -> dict[str, JsonSchema]:
    offer = {
        "product_id": WHOLE,
        "rank": WHOLE,
        "priority": NUMBER,
        "propensity": nullable(NUMBER),
        "context": NUMBER,
        "value": NUMBER,
        "levers": NUMBER,
        "worth": nullable(MONEY),
        "probability": NUMBER,
    }
    own: dict[str, JsonSchema] = {"offers": list_of(object_of(offer)), "probability": NUMBER}
    return {**columns_of(Decision, names), **{name: schema for name, schema in own.items() if name in names}}


def _whole() -> dict[str, Any]:
    kept: dict[str, JsonSchema] = {
        "features": {"type": ["object", "null"]},
        "owned": {"type": ["array", "null"], "items": WHOLE},
    }
    event = object_of({**columns_of(FeedbackEvent, EVENT)})
    return object_of(
        {
            **_logged(*WHOLE_DECISION),
            **kept,
            "candidates": {"type": ["array", "null"], "items": WHOLE},
            "events": list_of(event),
        }
    )


def _recommendations() -> dict[str, Any]:
    one = {"product_id": WHOLE, "name": TEXT, "rank": WHOLE, "score": NUMBER, "reasons": reasons()}
    return object_of(
        {
            "model_version": nullable(WHOLE),
            "basis": one_of(BASES),
            "unknown_features": list_of(TEXT),
            "eligible": WHOLE,
            "recommendations": list_of(object_of(one)),
            "left_out": COUNTS,
            "excluded": excluded(),
            "excluded_count": WHOLE,
        },
        optional=("left_out", "excluded", "excluded_count"),
    )


def _similar() -> dict[str, Any]:
    one = {"product_id": WHOLE, "name": TEXT, "rank": WHOLE, "similarity": NUMBER}
    return object_of({"model_version": nullable(WHOLE), "basis": one_of(BASES), "results": list_of(object_of(one))})


OPERATIONS: Final[Mapping[str, Operation]] = {
    "nbo_api.decide": Operation(
        TAG,
        "Decide what to offer a customer",
        (Reply(200, "The offers, best first; the decision is written down.", Schema("Decision", _decision)),),
        description=(
            "Only products of which the verdict is a certain yes are offered. `priority` is the product of `factors`; "
            "the amounts of `reasons` add up to `score`. `basis` says on what the answer rests: a full model, accept "
            "rates, affinity, or values alone. With `explain`, `excluded` says why up to 200 others are not offered, "
            "the most valuable first, and `excluded_count` how many there are."
        ),
        body=Body(Schema.of(DecideInput), "The customer, as far as they are known.", example=_EXAMPLE),
    ),
    "nbo_api.list_decisions": Operation(
        TAG,
        "Read the decision log",
        (
            Reply(
                200,
                "Decisions, the newest first.",
                Schema("DecisionPage", lambda: page_of(object_of(_logged(*LISTED)))),
            ),
        ),
        description="A customer stands in it as a hash. `arm=none` asks for decisions without exploration.",
        parameters=(
            Parameter("since", "From this moment on.", MOMENT),
            Parameter("until", "Up to this moment, or to the end of this day.", MOMENT),
            Parameter("channel", "Over this channel.", one_of(CHANNELS)),
            Parameter("context", "In this context."),
            Parameter("basis", "Resting on this.", one_of(BASES)),
            Parameter("arm", "In this arm."),
            Parameter("model_version", "By this model.", WHOLE),
            Parameter("product_id", "In which this product was offered.", WHOLE),
            Parameter("customer", "About this customer, by hash."),
            *PAGING,
        ),
    ),
    "nbo_api.read_decision": Operation(
        TAG,
        "Read a decision",
        (
            Reply(
                200, "What it rested on, what was offered, and what was told of it.", Schema("LoggedDecision", _whole)
            ),
        ),
        description="`candidates` are the products that could have been offered; null once that is not kept any more.",
    ),
    "recommendations_api.recommend": Operation(
        TAG,
        "Recommend products to a customer",
        (Reply(200, "What goes with the customer, best first.", Schema("Recommendations", _recommendations)),),
        description=(
            "By affinity with what is owned and told; only what may be offered for a certain yes and is not owned. "
            "Nothing is written down. The amounts of `reasons` add up to `score`."
        ),
        body=Body(
            Schema.of(RecommendInput),
            "The customer, as far as they are known.",
            example={"customer_features": {"segments": ["high_value"], "city": "Riyadh"}, "owned": [17], "limit": 10},
        ),
    ),
    "recommendations_api.similar": Operation(
        TAG,
        "Find products like another one",
        (Reply(200, "What is on sale and like it, the most alike first.", Schema("SimilarProducts", _similar)),),
        description="By affinity; without a model (`basis` is `value`) of the same type, by category and price.",
        parameters=(
            Parameter(
                "limit", "How many; 10 unless asked otherwise.", {"type": "integer", "minimum": 1, "maximum": 100}
            ),
        ),
    ),
}
