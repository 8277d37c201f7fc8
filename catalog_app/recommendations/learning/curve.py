"""From a score to a probability: a rising curve, fitted to who holds what.

Isotonic regression by pooling adjacent violators (Ayer et al. 1955; Zadrozny and Elkan 2002) over bins of equally
many holders, joined by straight lines in log odds. Between and beyond the knots the curve rises strictly, so an order
by probability is the order by score.
"""

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .holdings import Floats

BINS = 20
OUTER_SLOPE = 1e-3
"""Log odds per unit of score beyond the outermost knots: enough to keep an order, too little to promise anything."""
FURTHEST = 30.0
"""Log odds at which a probability stops short of 0 and 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Log odds at ascending scores; both strictly ascending, at least one knot."""

    scores: Floats
    log_odds: Floats

    @classmethod
    def fit(cls, scores: Floats, held: NDArray[np.bool_]) -> Self:
        """Fit to scores (n,) and whether each was a holding (n,).

        Each bin counts half a holder and half a non-holder more, so that none is certain. Without any scores the
        curve is one knot of even odds at 0.
        """
        if not scores.size:
            return cls(np.zeros(1), np.zeros(1))
        order = np.argsort(scores, kind="stable")
        ordered, holders = scores[order], held[order].astype(float)
        edges = _edges(ordered, holders)
        sizes = np.diff(edges, append=len(ordered))
        sums, hits = np.add.reduceat(ordered, edges), np.add.reduceat(holders, edges)
        bins = _pooled([_Bin(*bin_) for bin_ in zip(sizes.tolist(), sums.tolist(), hits.tolist(), strict=True)])
        return cls(np.array([bin_.score for bin_ in bins]), np.array([bin_.log_odds for bin_ in bins]))

    def __call__(self, scores: NDArray[Any] | float) -> Floats:
        """The probability, in (0, 1), of each score."""
        beyond = scores - np.clip(scores, self.scores[0], self.scores[-1])
        log_odds = np.interp(scores, self.scores, self.log_odds) + OUTER_SLOPE * beyond
        return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -FURTHEST, FURTHEST))))


@dataclass(frozen=True, slots=True)
class _Bin:
    """Neighbouring scores: how many, their sum, and how many of them were holdings."""

    size: float
    total: float
    holders: float

    @property
    def score(self) -> float:
        return self.total / self.size

    @property
    def log_odds(self) -> float:
        return math.log((self.holders + 0.5) / (self.size - self.holders + 0.5))

    def __add__(self, other: "_Bin") -> "_Bin":
        return _Bin(self.size + other.size, self.total + other.total, self.holders + other.holders)


def _edges(ordered: Floats, holders: Floats) -> NDArray[np.int64]:
    """Where each bin begins: a new one after each twentieth of the holders, equal scores never parted."""
    share = np.floor(np.cumsum(holders) * (BINS / max(1.0, holders.sum())) - 1e-9)
    first = np.flatnonzero(np.diff(share, prepend=share[0])) + 1
    starts = np.searchsorted(ordered, ordered[first[first < len(ordered)]])
    return np.unique(np.concatenate(([0], starts))).astype(np.int64)


def _pooled(bins: list[_Bin]) -> list[_Bin]:
    """Pool each bin with its neighbour until scores and log odds both rise strictly."""
    pooled: list[_Bin] = []
    for bin_ in bins:
        pooled.append(bin_)
        while len(pooled) > 1 and not (
            pooled[-2].score < pooled[-1].score and pooled[-2].log_odds < pooled[-1].log_odds
        ):
            last = pooled.pop()
            pooled[-1] += last
    return pooled
