"""The sums over customers from which an affinity is solved: they add and subtract, so folds cost nothing twice."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .holdings import BLOCK_CELLS, Floats, Holdings

SPREAD_FLOOR = 1e-9
"""A feature whose spread is below this share of its mean says nothing but rounding: it takes no part."""


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Where a feature stands on average, and how far customers lie from there: means and spreads (d,)."""

    means: Floats
    spreads: Floats

    @classmethod
    def of(cls, features: NDArray[Any]) -> Self:
        """Measure a customers x d matrix in two passes, so that large means lose no digits.

        Raises ValueError if a value is NaN or infinite, or so large that its square is.
        """
        customers, width = features.shape
        means, squares = np.zeros(width), np.zeros(width)
        with np.errstate(over="ignore", invalid="ignore"):
            for rows in _row_blocks(customers, width):
                means += features[rows].sum(0, dtype=np.float64)
            means /= max(1, customers)
            for rows in _row_blocks(customers, width):
                squares += np.square(features[rows] - means).sum(0)
        if not np.isfinite(squares).all():
            raise ValueError(f"features hold NaN, infinity or a number beyond 1e150 in column {_first_bad(squares)}")
        spreads = np.sqrt(squares / max(1, customers))
        return cls(means, np.where(spreads > SPREAD_FLOOR * np.abs(means), spreads, 0.0))

    @property
    def factors(self) -> Floats:
        """What turns a distance from the mean into spreads; 0 for a feature that is the same for everyone."""
        return np.divide(1.0, self.spreads, out=np.zeros_like(self.spreads), where=self.spreads > 0)

    def apply(self, features: NDArray[Any]) -> Floats:
        """Features as distances from the mean, in spreads."""
        return (features - self.means) * self.factors


@dataclass(frozen=True, slots=True, eq=False)
class Gram:
    """Z'Z of Z = [holdings | standardised features | 1], in blocks.

    `pairs` (P x P) counts the customers who hold two products, its diagonal those who hold one; `crossed` (P x d) and
    `features` (d x d) are sums over standardised features; `totals` (d,) their plain sums, 0 over all customers.
    """

    customers: int
    pairs: Floats
    crossed: Floats
    features: Floats
    totals: Floats

    @classmethod
    def of(cls, holdings: Holdings, features: NDArray[Any], scale: Scale) -> Self:
        width = features.shape[1]
        crossed, squares, totals = np.zeros((holdings.products, width)), np.zeros((width, width)), np.zeros(width)
        for rows, block in holdings.blocks(max(holdings.products, width)):
            values = scale.apply(features[rows])
            crossed += block.sums(values)
            squares += values.T @ values
            totals += values.sum(0)
        return cls(holdings.customers, holdings.pair_counts(), crossed, squares, totals)

    @property
    def products(self) -> int:
        return len(self.pairs)

    def __sub__(self, part: "Gram") -> "Gram":
        return Gram(
            self.customers - part.customers,
            self.pairs - part.pairs,
            self.crossed - part.crossed,
            self.features - part.features,
            self.totals - part.totals,
        )

    def matrix(self, feature_weight: float) -> Floats:
        """Z'Z whole, features weighted: (P + d + 1) x (P + d + 1), in the order holdings, features, constant."""
        held = np.diag(self.pairs)
        crossed, totals = feature_weight * self.crossed, feature_weight * self.totals
        return np.block(
            [
                [self.pairs, crossed, held[:, None]],
                [crossed.T, feature_weight**2 * self.features, totals[:, None]],
                [held[None, :], totals[None, :], np.full((1, 1), float(self.customers))],
            ]
        )


def _row_blocks(customers: int, width: int) -> list[slice]:
    step = max(1, BLOCK_CELLS // max(1, width))
    return [slice(start, start + step) for start in range(0, customers, step)]


def _first_bad(sums: Floats) -> int:
    return int(np.flatnonzero(~np.isfinite(sums))[0])
