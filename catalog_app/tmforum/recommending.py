"""Which products a customer is recommended in TM Forum's words: what the next best offer decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog_app.products.customers import CustomerFeatures
from catalog_app.recommendations import service
from catalog_app.recommendations.decisions.asked import Asked


@dataclass(frozen=True)
class Recommended:
    """A product to offer; the first in order is the best."""

    product_id: int
    name: str


def recommended(
    features: Mapping[str, Any], *, customer_id: str | None, channel: str | None, offset: int, limit: int, actor: str
) -> Sequence[Recommended]:
    """Return a stretch of what this customer may be offered for certain, best first.

    A verdict of unknown is not enough: nobody is recommended what may then be refused. It is a decision like any other,
    written down with all offers up to the end of the stretch. Raises RuleError for features at fault.
    """
    if not limit:
        return []
    told = {name: value for name, value in features.items() if name != "owned"}
    asked = Asked(CustomerFeatures.of(features), told, customer_id, channel, limit=offset + limit)
    return [Recommended(offer.product_id, offer.name) for offer in service.decide(asked, actor=actor).offers[offset:]]
