"""The model that is kept, put in place and served: feature spaces, affinity, propensity and rates, and what they know.

The ladder is in its `basis`: "full" is the propensity; "accept_rate" the rates, with affinity where there is one;
"affinity" that alone. (Without any of them there is no model, and value decides.)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from .affinity import Affinity
from .design import Array, Integers
from .features import Features
from .held import HeldColumns
from .holdings import Holdings
from .newton import sigmoid
from .propensity import Propensity
from .rates import Rates, log_odds
from .space import FeatureSpace
from .training_data import Impressions, holdings_of

Basis = Literal["full", "accept_rate", "affinity"]
BLOCK_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class Model:
    """Everything learned about `products` (P,) ascending ids; `facts` are JSON: counts, period, settings chosen.

    A customer's row for the propensity is [customer space | held columns].
    """

    products: Integers
    customer_space: FeatureSpace
    product_space: FeatureSpace
    held: HeldColumns
    affinity: Affinity | None
    propensity: Propensity | None
    rates: Rates | None
    facts: Mapping[str, Any]

    def __post_init__(self) -> None:
        if self.propensity is None and self.rates is None and self.affinity is None:
            raise ValueError("a model has an affinity, rates or a propensity")

    @property
    def basis(self) -> Basis:
        """The rung of the ladder this model stands on."""
        if self.propensity is not None:
            return "full"
        return "accept_rate" if self.rates is not None else "affinity"

    def columns_of(self, product_ids: Sequence[int] | Integers) -> Integers:
        """The column of each product, -1 for one that this model does not know."""
        ids = np.asarray(product_ids, np.int64)
        if not len(self.products):
            return np.full(len(ids), -1)
        place = np.minimum(np.searchsorted(self.products, ids), len(self.products) - 1)
        return np.where(self.products[place] == ids, place, -1)

    def owned_columns(self, owned: Sequence[int]) -> Integers:
        """The columns of the products held, ascending, each once; those this model does not know are passed over."""
        place = self._place
        return np.array(sorted({place[product] for product in owned if product in place}), np.int64)

    def customer(self, features: Features, held: Integers) -> Array:
        """One customer's row for the propensity; raises ValueError, naming the feature, for NaN or infinity."""
        return np.concatenate((self.customer_space.vector(features), self.held.vector(held)))

    def probabilities(self, features: Sequence[Features], owned: Sequence[Sequence[int]]) -> Array:
        """The probability of acceptance of every product (n x P) for many customers."""
        answer = np.empty((len(features), len(self.products)))
        for rows in self._blocks(len(features)):
            answer[rows] = self._probabilities(features[rows], owned[rows])
        return answer

    def probability_of(self, impressions: Impressions) -> Array:
        """The probability of acceptance of the product that each impression was of (n,)."""
        columns = self.columns_of(impressions.offer)
        if (columns < 0).any():
            raise ValueError("an impression is of a product that the model does not know")
        answer = np.empty(len(impressions))
        for rows in self._blocks(len(impressions)):
            block = self._probabilities(impressions.features[rows], impressions.owned[rows])
            answer[rows] = block[np.arange(len(block)), columns[rows]]
        return answer

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """All arrays, by "/"-separated names, and JSON facts: what `from_state` makes the same model from."""
        arrays: dict[str, NDArray[Any]] = {"products": self.products}
        facts: dict[str, Any] = {
            "facts": dict(self.facts),
            "customer_space": self.customer_space.to_json(),
            "product_space": self.product_space.to_json(),
        }
        for name in ("held", *_PARTS):
            part = getattr(self, name)
            if part is not None:
                kept, facts[name] = part.state()
                arrays |= {f"{name}/{each}": array for each, array in kept.items()}
        return arrays, facts

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> Self:
        def inside(name: str) -> dict[str, NDArray[Any]]:
            prefix = f"{name}/"
            return {each.removeprefix(prefix): array for each, array in arrays.items() if each.startswith(prefix)}

        parts = {
            name: kind.from_state(inside(name), facts[name]) if name in facts else None for name, kind in _PARTS.items()
        }
        return cls(
            products=arrays["products"],
            customer_space=FeatureSpace.from_json(facts["customer_space"]),
            product_space=FeatureSpace.from_json(facts["product_space"]),
            held=HeldColumns.from_state(inside("held"), facts["held"]),
            facts=facts["facts"],
            **parts,  # type: ignore[arg-type]  # each name has a part of its kind
        )

    @cached_property
    def _place(self) -> dict[int, int]:
        return {product: column for column, product in enumerate(self.products.tolist())}

    def _blocks(self, count: int) -> list[slice]:
        step = max(1, BLOCK_CELLS // max(1, len(self.products) + self.customer_space.width))
        return [slice(start, min(start + step, count)) for start in range(0, count, step)]

    def _probabilities(self, features: Sequence[Features], owned: Sequence[Sequence[int]]) -> Array:
        held = holdings_of(owned, self.products)
        return self.propensities_of(self.customer_space.encode(features), held)

    def propensities_of(self, rows: Array, held: Holdings) -> Array:
        """The probability of acceptance of every product (n x P) for customers whose features have these rows."""
        scores = self.affinity_scores(held, rows)
        if self.propensity is not None:
            return self.propensity.probabilities(np.hstack([rows, self.held.encode(held)]), scores)
        if self.rates is None:
            assert self.affinity is not None and scores is not None  # noqa: S101, PT018 - see __post_init__
            return self.affinity.propensity(scores)
        # Without an affinity every customer has the level of the product, in a row of their own.
        odds = np.broadcast_to(self.rates.levels + self.relative(scores), (len(rows), len(self.products)))
        return sigmoid(odds)

    def affinity_scores(self, held: Holdings, rows: Array) -> Array | None:
        """The affinity of every product (n x P) for customers who hold these and have these rows of features."""
        if self.affinity is None:
            return None
        return self.affinity.scores(held, rows)

    def relative(self, scores: Array | None, columns: Integers | slice = slice(None)) -> Array | float:
        """How far the log odds of affinity lie above what is usual for each product; 0 without an affinity."""
        if self.affinity is None or self.rates is None or scores is None:
            return 0.0
        return log_odds(self.affinity.propensity(scores)) - self.rates.usual[columns]


_PARTS: dict[str, type[Affinity] | type[Propensity] | type[Rates]] = {
    "affinity": Affinity,
    "propensity": Propensity,
    "rates": Rates,
}
