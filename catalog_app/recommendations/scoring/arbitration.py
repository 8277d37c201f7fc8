"""Arbitration: priority = P x C x V x L, propensity times context weight times value times levers.

After Pega's arbitration formula (https://docs.pega.com, "About the arbitration formula"). A factor that is switched
off counts 1. One customer and a matrix of many use the same function.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from catalog_app.core.columns import AMOUNT_SCALE
from catalog_app.products.masks.compiled import Compiled
from catalog_app.recommendations.scoring.standing import Standing

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

_UNIT: Final = 10**AMOUNT_SCALE
_PERCENT: Final = 100.0
_SMALLEST: Final = 1e-30
"""Below this single precision loses digits."""
_MOST_SPECIAL: Final = ("product_id", "category", "product_type")


class Weighed(Protocol):
    """What of a product its context weight and its lever depend on."""

    @property
    def id(self) -> int: ...
    @property
    def product_type(self) -> str: ...
    @property
    def category(self) -> str | None: ...
    @property
    def lever_weight(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Weights:
    """The factors that do not depend on the customer, one entry for each of P products.

    `weight` is their product, `single` the same in single precision.
    `has_value` says for which the value is known; the others have the median of those, 1 where none has one.
    """

    context: Array
    value: Array
    levers: Array
    has_value: NDArray[np.bool_]
    weight: Array
    single: NDArray[np.float32]

    @classmethod
    def product_of(cls, context: Array, value: Array, levers: Array, has_value: NDArray[np.bool_]) -> "Weights":
        weight = context * value * levers
        return cls(context, value, levers, has_value, weight, weight.astype(np.float32))

    def priorities(self, propensity: NDArray[Any] | None) -> Array:
        """Return the priorities for propensities (..., P), in their shape; (P,) where there are none."""
        return self.weight if propensity is None else np.asarray(propensity * self.weight, np.float64)

    def of(self, rows: Rows) -> "Weights":
        """Return the weights of some products."""
        return Weights(
            self.context[rows],
            self.value[rows],
            self.levers[rows],
            self.has_value[rows],
            self.weight[rows],
            self.single[rows],
        )

    def among(self, rows: Rows) -> "Weights":
        """Return the weights of these products as if there were no others: the median is theirs."""
        has_value = self.has_value[rows]
        # Where values do not count, all of them are 1 and stay so.
        value = filled(self.value[rows], has_value)
        return Weights.product_of(self.context[rows], value, self.levers[rows], has_value)


def weights(compiled: Compiled, standing: Standing, context: str | None, *, base_currency: str) -> Weights:
    """Return the weights of all launched products."""
    ones = np.ones(compiled.size)
    has_value = compiled.is_ranked(base_currency)
    value = filled(compiled.worth / _UNIT, has_value) if standing.use_value else ones
    entries = standing.contexts.get(context, ()) if standing.use_context and context is not None else ()
    of_context = context_weights(compiled.cards, entries) if entries else ones
    levers = np.array([lever(card) for card in compiled.cards], np.float64) if standing.use_levers else ones
    return Weights.product_of(of_context, value, levers, has_value)


def lever(card: Weighed) -> float:
    """Return what people added or took away, in percent, as a factor: 55 is 1.55, and nothing goes below 0."""
    return max(0.0, 1.0 + (card.lever_weight or 0) / _PERCENT)


def best(priorities: Array, limit: int) -> Rows:
    """Return the places of the highest priorities, highest first; of equal ones the first, which has the lowest id."""
    size = len(priorities)
    if limit >= size:
        chosen = np.arange(size)
    else:
        chosen = np.argpartition(priorities, size - limit)[size - limit :]
        cut = priorities[chosen].min()
        if np.count_nonzero(priorities >= cut) > limit:
            # Some as high as the lowest of them were left out: the first of those count.
            above = np.flatnonzero(priorities > cut)
            chosen = np.concatenate((above, np.flatnonzero(priorities == cut)[: limit - len(above)]))
        chosen.sort()
    return np.asarray(chosen[np.argsort(-priorities[chosen], kind="stable")], np.int64)


def close_to_best(priorities: NDArray[np.float32], limit: int, error: float) -> tuple[Rows, bool]:
    """Return the places that may be among the best, and True where they are the best for certain, highest first.

    `error` is how far each priority may be off, relative to it; of those too small for that every place may be.
    """
    size = len(priorities)
    if limit >= size:
        return np.arange(size), False
    highest = priorities.copy()
    highest.partition(size - limit)
    cut = highest.item(size - limit)
    if cut < _SMALLEST:
        return np.arange(size), False
    apart = 1 - 2 * error
    near = (priorities >= cut * apart).nonzero()[0]
    if len(near) > limit:
        return near, False
    found = priorities[near]
    order = np.argsort(found)[::-1]
    descending: list[float] = found[order].tolist()
    is_certain = all(lower < higher * apart for higher, lower in pairwise(descending))
    return (near[order] if is_certain else near), is_certain


def filled(value: Array, has_value: NDArray[np.bool_]) -> Array:
    """Return the values, with the median of those that are known in the place of those that are not."""
    if has_value.all():
        return value
    median = np.median(value[has_value]) if has_value.any() else 1.0
    return np.where(has_value, value, median)


def context_weights(cards: Sequence[Weighed], entries: Sequence[Mapping[str, Any]]) -> Array:
    """Return what a context's entries weigh each product with."""
    found = {name: {entry[name]: entry["weight"] for entry in entries if name in entry} for name in _MOST_SPECIAL}
    return np.array([_context_weight(card, found) for card in cards], np.float64)


def _context_weight(card: Weighed, found: Mapping[str, Mapping[Any, float]]) -> float:
    """Return the weight that a context gives a product: the most special match counts, 1 where there is none.

    A product by its number comes before its category, the nearest level first, and that before its type.
    """
    if card.id in found["product_id"]:
        return float(found["product_id"][card.id])
    category = card.category
    while category:
        if category in found["category"]:
            return float(found["category"][category])
        category = category.rpartition("/")[0].rstrip()
    return float(found["product_type"].get(card.product_type, 1))
