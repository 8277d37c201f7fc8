"""Products that go with what a customer has and is, and products that are like another one: by affinity alone.

Without a model the order is by value, and likeness is the same type and category and the nearest price.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np

from catalog_app.products.masks.cards import Card
from catalog_app.products.masks.codes import YES
from catalog_app.recommendations.decisions.asked import Asked, Excluded, OfferReason
from catalog_app.recommendations.models import BY_AFFINITY, BY_VALUE
from catalog_app.recommendations.scoring.arbitration import Rows, best
from catalog_app.recommendations.scoring.contacting import Known
from catalog_app.recommendations.scoring.deciding import Judged, excluded_of, judged, left_out, reasons_counted
from catalog_app.recommendations.scoring.grounds import Grounds
from catalog_app.recommendations.scoring.ranking import owned_by, read_customer
from catalog_app.recommendations.scoring.reasons import most_told, told, value_reasons

_Ordered = tuple[list[int], list[float], Callable[[int], tuple[OfferReason, ...]], tuple[str, ...]]
_NOTHING: Final[Rows] = np.empty(0, np.int64)
_SAME_CATEGORY, _OTHER_CATEGORY, _NO_PRICE = 1.0, 0.5, 0.5
"""How much of a likeness by kind is left in another category, and without two prices that compare."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A product, its score, and what that is made of: an affinity, or the value where nothing was learned."""

    product_id: int
    name: str
    rank: int
    score: float
    reasons: tuple[OfferReason, ...]


@dataclass(frozen=True, slots=True)
class Recommended:
    """The answer: products best first, on what they rest, and (where it was asked for) what was left out and why."""

    basis: str
    model_version: int | None
    unknown_features: tuple[str, ...]
    recommendations: tuple[Recommendation, ...]
    eligible: int
    excluded: tuple[Excluded, ...] = ()
    excluded_count: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alike:
    """A product like another one. `similarity` lies in (0, 1]; it compares within one answer."""

    product_id: int
    name: str
    rank: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Similar:
    """Products like another one, the most alike first, and on what that rests."""

    basis: str
    model_version: int | None
    results: tuple[Alike, ...]


def recommended(
    grounds: Grounds, asked: Asked, known: Known, now: datetime, *, excluded: int, names: Mapping[int, str]
) -> Recommended:
    """Return what goes with a customer, of what may be offered for certain and is not owned yet."""
    found = judged(grounds, asked, known, now, nothing_twice=True)
    left = left_out(grounds, found) if excluded else _NOTHING
    rows, scores, reasons, unknown = _ordered(grounds, asked, found, names)
    made = (
        Recommendation(grounds.compiled.cards[row].id, grounds.compiled.cards[row].name, rank, score, reasons(row))
        for rank, (row, score) in enumerate(zip(rows, scores, strict=True), start=1)
    )
    has_affinity = grounds.affinity is not None and grounds.live is not None
    return Recommended(
        BY_AFFINITY if has_affinity else BY_VALUE,
        grounds.live.version if has_affinity and grounds.live is not None else None,
        unknown,
        tuple(made),
        len(found.rows),
        tuple(excluded_of(grounds, found, asked, now, row) for row in left[:excluded].tolist()),
        len(left),
        {} if rows else reasons_counted(grounds, found, asked, now),
    )


def similar(grounds: Grounds, product: Card, now: datetime, limit: int) -> Similar:
    """Return what of the products on sale is like this one, which need not be on sale itself."""
    compiled = grounds.compiled
    on_sale = compiled.on_sale(now) == YES
    near = _by_affinity(grounds, product.id)
    if near is not None:
        rows = [(compiled.row_of[number], close) for number, close in near if number in compiled.row_of]
        found = [(row, close) for row, close in rows if on_sale[row]][:limit]
        basis, version = BY_AFFINITY, grounds.live.version if grounds.live is not None else None
    else:
        found = _by_kind(grounds, product, np.flatnonzero(on_sale))[:limit]
        basis, version = BY_VALUE, None
    alike = [
        Alike(compiled.cards[row].id, compiled.cards[row].name, rank, close)
        for rank, (row, close) in enumerate(found, start=1)
    ]
    return Similar(basis, version, tuple(alike))


def _ordered(grounds: Grounds, asked: Asked, found: Judged, names: Mapping[int, str]) -> _Ordered:
    """Return the rows best first with their scores, what gives the reasons of one, and the unknown features."""
    scorer = grounds.affinity
    if scorer is None:
        value = grounds.weights(None).value
        rows = found.rows[best(value[found.rows], asked.limit)].tolist()
        return rows, value[rows].tolist(), lambda row: value_reasons(float(value[row])), ()
    customer, features = read_customer(scorer, asked)
    scores, words, most = scorer.scores(customer), grounds.named(owned_by(asked), names), most_told(whole=asked.explain)
    rows = found.rows[best(scores[found.rows], asked.limit)].tolist()
    return (
        rows,
        scores[rows].tolist(),
        lambda row: told(scorer.reasons(customer, (row,), most)[0], words),
        scorer.unknown(features),
    )


def _by_affinity(grounds: Grounds, product_id: int) -> Sequence[tuple[int, float]] | None:
    """Return products with how near they are, nearest first; None where nothing was learned of this one."""
    model = None if grounds.live is None else grounds.live.model
    if model is None or model.affinity is None:
        return None
    column = int(model.columns_of([product_id])[0])
    near = [] if column < 0 else model.affinity.similar_to(column, model.affinity.products)
    return [(int(model.products[place]), close) for place, close in near] or None


def _by_kind(grounds: Grounds, product: Card, rows: Rows) -> list[tuple[int, float]]:
    """Return the products of the same type, those of its category first, then by how near the price is."""
    currency = grounds.base_currency
    price, found = _price(product, currency), []
    for row in rows.tolist():
        card = grounds.compiled.cards[row]
        if card.id == product.id or card.product_type != product.product_type:
            continue
        near = _SAME_CATEGORY if card.category == product.category else _OTHER_CATEGORY
        found.append((row, near * _nearness(price, _price(card, currency))))
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _price(card: Card, currency: str) -> float | None:
    return None if card.price is None or card.currency != currency else float(card.price)


def _nearness(one: float | None, other: float | None) -> float:
    """Return 1 for the same price, and less the further they lie apart, measured in the first."""
    if one is None or other is None:
        return _NO_PRICE
    return 1 / (1 + abs(one - other) / max(one, 1.0))
