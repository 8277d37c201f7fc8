"""Two sides compared, as JSON shows them, and what the OpenAPI document says of that."""

from typing import Any, Final

from catalog_app.core.operations import JsonSchema, nullable, object_of, one_of
from catalog_app.core.proportions import LEVEL, Arm, Comparison, Decision, Interval

DIGITS: Final = 6
_COUNT: Final[JsonSchema] = {"type": "integer", "minimum": 0}
_RATE: Final[JsonSchema] = {"type": "number"}


def comparison_document(found: Comparison) -> dict[str, Any]:
    """Return both sides, their difference, and what it says."""
    difference, additional = found.difference, found.additional
    return {
        "target": arm_document(found.target),
        "control": arm_document(found.control),
        "difference": _between(difference, found.interval, "rate"),
        "lift": None if found.lift is None else round(found.lift, DIGITS),
        "additional": _between(additional, found.additional_interval, "customers"),
        "decision": found.decision.value,
        "control_needed": found.control_needed,
        "level": LEVEL,
    }


def arm_document(arm: Arm) -> dict[str, Any]:
    """Return one side with its rate and the interval of that."""
    found = arm.interval
    return {
        "customers": arm.customers,
        "accepted": arm.accepted,
        "rate": None if arm.rate is None else round(arm.rate, DIGITS),
        "low": None if found is None else round(found.low, DIGITS),
        "high": None if found is None else round(found.high, DIGITS),
    }


def comparison_fields() -> dict[str, JsonSchema]:
    """Return the schemas of what `comparison_document` answers, by name."""
    arm = object_of(arm_fields())
    return {
        "target": arm,
        "control": arm,
        "difference": nullable(object_of({"rate": _RATE, "low": _RATE, "high": _RATE})),
        "lift": nullable(_RATE),
        "additional": nullable(object_of({"customers": _RATE, "low": _RATE, "high": _RATE})),
        "decision": one_of([one.value for one in Decision]),
        "control_needed": nullable(_COUNT),
        "level": _RATE,
    }


def arm_fields() -> dict[str, JsonSchema]:
    """Return the schemas of what `arm_document` answers, by name."""
    rates: dict[str, JsonSchema] = dict.fromkeys(("rate", "low", "high"), nullable(_RATE))
    return {"customers": _COUNT, "accepted": _COUNT, **rates}


def _between(value: float | None, found: Interval | None, name: str) -> dict[str, float] | None:
    if value is None or found is None:
        return None
    return {name: round(value, DIGITS), "low": round(found.low, DIGITS), "high": round(found.high, DIGITS)}
