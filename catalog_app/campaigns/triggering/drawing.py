"""A decision after quota and total limit had their say."""

from collections.abc import Mapping
from typing import Final

from catalog_app.campaigns.models import WAITING
from catalog_app.campaigns.triggering.deciding import QUOTA, TOTAL_LIMIT, Decision, without_quota
from catalog_app.campaigns.triggering.reserving import Reserve

_USED_UP: Final[Mapping[str, tuple[str, str]]] = {
    QUOTA: ("quota_left", "quota_left: nothing is left"),
    TOTAL_LIMIT: ("limit_total", "limit_total: every promise is made"),
}


def drawn(reserve: Reserve, decision: Decision) -> Decision:
    """Return the decision with what it promises taken from the reserve, or refused where nothing is left."""
    number = promised(decision)
    if number is None:
        return decision
    used_up = reserve.refusal(number)
    if used_up is not None:
        return without_quota(used_up, *_USED_UP[used_up], decision)
    reserve.draw(number)
    return decision


def promised(decision: Decision) -> int | None:
    """Return the product that a decision promises; None where it promises nothing."""
    return decision.terms.product.id if decision.status == WAITING and decision.terms is not None else None
