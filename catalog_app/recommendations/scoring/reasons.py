"""Why an offer has its score, in plain words: the parts add up to it."""

from collections.abc import Mapping, Sequence
from typing import Final

from catalog_app.recommendations.decisions.asked import OfferReason
from catalog_app.recommendations.learning.contributions import Reason

MOST_SHOWN: Final = 6
"""So many reasons are shown one by one where nobody asks for all; the rest are told together."""
_WORDS: Final = {
    "constant": "Starting point",
    "product": "How this product is accepted",
    "affinity": "What similar customers hold",
    "others": "Everything else",
}


def value_reasons(value: float) -> tuple[OfferReason, ...]:
    """Return the one reason of a score that is the value itself."""
    return (OfferReason("value", "Value", value),)


def told(parts: Sequence[Reason], names: Mapping[int, str]) -> tuple[OfferReason, ...]:
    """Return the parts of a score in words; `names` are those of products held."""
    return tuple(_reason(part, names) for part in parts)


def most_told(*, whole: bool) -> int | None:
    """Return how many parts are told one by one, None for all."""
    return None if whole else MOST_SHOWN


def _reason(part: Reason, names: Mapping[int, str]) -> OfferReason:
    number = part.product_id
    if number is not None:
        return OfferReason(part.kind, f"Holds {names.get(number, f'product {number}')}", part.amount, number)
    label = (
        f"Product: {part.label}" if part.kind == "product_feature" else part.label or _WORDS.get(part.kind, part.kind)
    )
    return OfferReason(part.kind, label, part.amount)
