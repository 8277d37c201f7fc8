"""Results as JSON shows them, and what the OpenAPI document says of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from catalog_app.campaigns.models import DELIVERY_STATUSES
from catalog_app.campaigns.results.reading import ANSWERS, Reach, Results
from catalog_app.campaigns.results.statistics import LEVEL, Arm, Comparison, Decision, Interval
from catalog_app.core.json_values import moment_text
from catalog_app.core.operations import (
    MOMENT,
    TEXT,
    JsonSchema,
    Schema,
    list_of,
    nullable,
    object_of,
    one_of,
)

DIGITS: Final = 6
_COUNT: Final[JsonSchema] = {"type": "integer", "minimum": 0}
_RATE: Final[JsonSchema] = {"type": "number"}


def results_document(campaign_id: int, found: Results, *, at: datetime) -> dict[str, Any]:
    """Return everything that the page shows, as numbers."""
    days = sorted({*found.sent_by_day, *found.accepted_by_day})
    return {
        "campaign_id": campaign_id,
        "at": moment_text(at),
        "triggered": found.triggered,
        "by_status": {status: found.by_status.get(status, 0) for status in DELIVERY_STATUSES},
        "refused": _reasons(found.refused),
        "cancelled": _reasons(found.cancelled),
        "sent": found.sent,
        **found.answers,
        "tests": found.tests,
        "by_channel": [_reach(one) for one in found.reaches],
        "by_day": [
            {
                "day": day.isoformat(),
                "sent": found.sent_by_day.get(day, 0),
                "accepted": found.accepted_by_day.get(day, 0),
            }
            for day in days
        ],
        **_comparison(found.comparison),
        "moved": found.moved,
    }


def _comparison(found: Comparison) -> dict[str, Any]:
    difference, additional = found.difference, found.additional
    return {
        "target": _arm(found.target),
        "control": _arm(found.control),
        "difference": _between(difference, found.interval, "rate"),
        "lift": None if found.lift is None else round(found.lift, DIGITS),
        "additional": _between(additional, found.additional_interval, "customers"),
        "decision": found.decision.value,
        "control_needed": found.control_needed,
        "level": LEVEL,
    }


def _arm(arm: Arm) -> dict[str, Any]:
    found = arm.interval
    return {
        "customers": arm.customers,
        "accepted": arm.accepted,
        "rate": None if arm.rate is None else round(arm.rate, DIGITS),
        "low": None if found is None else round(found.low, DIGITS),
        "high": None if found is None else round(found.high, DIGITS),
    }


def _between(value: float | None, found: Interval | None, name: str) -> dict[str, float] | None:
    if value is None or found is None:
        return None
    return {name: round(value, DIGITS), "low": round(found.low, DIGITS), "high": round(found.high, DIGITS)}


def _reasons(counted: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"code": code, "count": count} for code, count in counted.items()]


def _reach(one: Reach) -> dict[str, Any]:
    return {"channel": one.channel, "language": one.language, "sent": one.sent, **one.answers}


def _schema() -> JsonSchema:
    answers = dict.fromkeys(ANSWERS, _COUNT)
    reasons = list_of(object_of({"code": TEXT, "count": _COUNT}))
    arm = object_of(
        {
            "customers": _COUNT,
            "accepted": _COUNT,
            "rate": nullable(_RATE),
            "low": nullable(_RATE),
            "high": nullable(_RATE),
        }
    )
    return object_of(
        {
            "campaign_id": _COUNT,
            "at": MOMENT,
            "triggered": _COUNT,
            "by_status": object_of(dict.fromkeys(DELIVERY_STATUSES, _COUNT)),
            "refused": reasons,
            "cancelled": reasons,
            "sent": _COUNT,
            **answers,
            "tests": _COUNT,
            "by_channel": list_of(
                object_of({"channel": nullable(TEXT), "language": nullable(TEXT), "sent": _COUNT, **answers})
            ),
            "by_day": list_of(
                object_of({"day": {"type": "string", "format": "date"}, "sent": _COUNT, "accepted": _COUNT})
            ),
            "target": arm,
            "control": arm,
            "difference": nullable(object_of({"rate": _RATE, "low": _RATE, "high": _RATE})),
            "lift": nullable(_RATE),
            "additional": nullable(object_of({"customers": _RATE, "low": _RATE, "high": _RATE})),
            "decision": one_of([one.value for one in Decision]),
            "control_needed": nullable(_COUNT),
            "level": _RATE,
            "moved": _COUNT,
        }
    )


RESULTS_SHOWN: Final = Schema("CampaignResults", _schema)
