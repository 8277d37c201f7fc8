"""Results as JSON shows them, and what the OpenAPI document says of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from catalog_app.campaigns.models import DELIVERY_STATUSES
from catalog_app.campaigns.results.reading import ANSWERS, Reach, Results
from catalog_app.core.compared import comparison_document, comparison_fields
from catalog_app.core.json_values import moment_text
from catalog_app.core.operations import (
    MOMENT,
    TEXT,
    JsonSchema,
    Schema,
    list_of,
    nullable,
    object_of,
)

_COUNT: Final[JsonSchema] = {"type": "integer", "minimum": 0}


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
        **comparison_document(found.comparison),
        "moved": found.moved,
    }


def _reasons(counted: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"code": code, "count": count} for code, count in counted.items()]


def _reach(one: Reach) -> dict[str, Any]:
    return {"channel": one.channel, "language": one.language, "sent": one.sent, **one.answers}


def _schema() -> JsonSchema:
    answers = dict.fromkeys(ANSWERS, _COUNT)
    reasons = list_of(object_of({"code": TEXT, "count": _COUNT}))
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
            **comparison_fields(),
            "moved": _COUNT,
        }
    )


RESULTS_SHOWN: Final = Schema("CampaignResults", _schema)
