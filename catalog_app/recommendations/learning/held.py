"""What a customer holds as columns of the propensity: how much of it, and the products that many hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .design import Array, Integers
from .holdings import Holdings

MOST_PRODUCTS = 64
SHARE = 0.01
FEWEST = 20
"""A product that fewer hold, or nearly all, tells too little to have a column."""


@dataclass(frozen=True, eq=False)
class HeldColumns:
    """One column for log(1 + number held), then one per product of `products` (columns of the model), all around 0."""

    products: Integers
    shares: Array
    mean: float
    scale: float

    @classmethod
    def fit(cls, holdings: Holdings) -> Self:
        counts = holdings.counts()
        least = max(FEWEST, SHARE * holdings.customers)
        telling = np.flatnonzero((counts >= least) & (counts <= holdings.customers - least))
        most = np.sort(telling[np.argsort(-counts[telling], kind="stable")[:MOST_PRODUCTS]])
        numbers = np.log1p(holdings.lengths)
        shares = counts[most] / max(1, holdings.customers)
        spread = float(numbers.std()) if len(numbers) else 0.0
        return cls(most, shares, float(numbers.mean()) if spread else 0.0, spread)

    @cached_property
    def _nothing(self) -> Array:
        """The row of one who holds nothing, but for the number."""
        return np.concatenate((np.zeros(int(self.has_number)), -self.shares))

    @property
    def width(self) -> int:
        return (self.scale > 0) + len(self.products)

    @property
    def has_number(self) -> bool:
        """Whether the first column is the number held; it is not where all hold as many."""
        return self.scale > 0

    def encode(self, holdings: Holdings) -> NDArray[np.float64]:
        """The columns of each customer (n x width)."""
        columns = np.zeros((holdings.customers, self.width))
        if self.has_number:
            columns[:, 0] = (np.log1p(holdings.lengths) - self.mean) / self.scale
        start = int(self.has_number)
        held = holdings.restrict(self.products)
        columns[:, start:] = -self.shares
        columns[held.owners, start + held.indices] += 1.0
        return columns

    def vector(self, held: Sequence[int] | Integers) -> Array:
        """The row of one customer who holds these columns of the model, each named once."""
        row = self._nothing.copy()
        start = int(self.has_number)
        if start:
            row[0] = (float(np.log1p(len(held))) - self.mean) / self.scale
        if len(self.products) and len(held):
            told = np.asarray(held, np.int64)
            place = np.minimum(np.searchsorted(self.products, told), len(self.products) - 1)
            row[start + place[self.products[place] == told]] += 1.0
        return row

    def product_of(self, column: int) -> int | None:
        """The product that a column is about; None for the number held."""
        place = column - int(self.has_number)
        return int(self.products[place]) if place >= 0 else None

    def state(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        return {"products": self.products, "shares": self.shares}, {"mean": self.mean, "scale": self.scale}

    @classmethod
    def from_state(cls, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> Self:
        return cls(arrays["products"], arrays["shares"], facts["mean"], facts["scale"])
