"""What a trigger answers for each item, from a delivery that was just made or from one that was there."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog_app.campaigns.models import HELD, REFUSED
from catalog_app.campaigns.trial import is_test
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.withdrawal import WITHDRAWAL, followed_in
from catalog_app.core.json_values import as_json


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item; `delivery` has what answers tell of it (records.ANSWERED)."""

    item: TriggerItem
    delivery: Mapping[str, Any]
    repeated: bool = False

    @property
    def status(self) -> str:
        return str(self.delivery["status"])

    def as_json(self) -> dict[str, Any]:
        delivery = self.delivery
        reasons = delivery["reasons"]
        against = [reason for reason in reasons if reason["code"] != WITHDRAWAL]
        shown = {
            "key": self.item.key,
            "customer_id": self.item.customer_id,
            "campaign_id": delivery["campaign_id"],
            "delivery_id": delivery["id"],
            "status": delivery["status"],
            "eligible": delivery["status"] not in (REFUSED, HELD) and not (against and is_test(self.item.key)),
            "reasons": against,
            "product_id": delivery["product_id"],
            "channel": delivery["channel"],
            "language": delivery["language"],
            "message": delivery["message"],
            "snapshot": delivery["snapshot"],
            "not_before": as_json(delivery["not_before"]),
            "repeated": self.repeated,
        }
        followed = followed_in(reasons)
        return shown if followed is None else {**shown, "withdrawal": followed}


def counts_of(results: Sequence[Result]) -> dict[str, int]:
    """Return how many items came to each status, and how many of them had come before."""
    counted = Counter(result.status for result in results)
    return {**dict(sorted(counted.items())), "repeated": sum(result.repeated for result in results)}
