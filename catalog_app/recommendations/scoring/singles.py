"""All products for one customer in single precision: one matrix product, and how far it may be off.

The customer's features and the affinity that follows from them are linear, so one matrix holds the weights of both.
"""

from math import sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catalog_app.recommendations.learning.affinity import Affinity
from catalog_app.recommendations.learning.aligned import Aligned, Asked

Floats = NDArray[np.float32]

_ROUNDING: Final = 2.0**-24
"""The largest relative error of one operation in single precision."""
_REST: Final = 1e-5
"""What exponentials, logarithms and weights add to it, generously."""
_FURTHEST: Final = np.array(80, np.float32)
"""A logit that far away is 0 or 1 in single precision anyway; beyond it the exponential is infinite."""
_FEW: Final = 8
_ONE: Final = np.array(1, np.float32)
"""An array without dimensions; of a number one would be made each time."""


class Singles:
    """The full propensity of one model set beside products (learning/aligned.py)."""

    def __init__(self, aligned: Aligned) -> None:
        size, affinity = len(aligned.columns), aligned.model.affinity
        intercepts, at = aligned.intercepts.copy(), np.empty(0, np.int64)
        parts, constants, held = [aligned.customers], np.empty(0), np.empty((0, 0))
        if affinity is not None and aligned.slopes.any():
            member = affinity.member_of(aligned.columns)
            reached = (aligned.slopes != 0) & (aligned.columns >= 0)
            alone = np.flatnonzero(reached & (member < 0))
            # The affinity of a product that takes no part is the same for everybody.
            usual = aligned.propensity.weights().mapped(affinity.constants[aligned.columns[alone]])
            intercepts[alone] += aligned.slopes[alone] * usual
            at = np.flatnonzero(reached & (member >= 0))
            weights, constants, held = _affinity(affinity, aligned.columns[at], member[at])
            parts.append(np.vstack([weights, np.zeros((len(aligned.customers) - len(weights), len(at)))]))
        self._size, self._at = size, None if len(at) == size else at
        self._has_affinity = bool(len(at))
        # Logits are kept with their sign turned round, and affinities as a share of the usual one, plus 1: the sigmoid is
        # 1 / (1 + exp(-logit)), and what an affinity adds is slope x log(max(1 + affinity / usual, 1)).
        scale = aligned.propensity.affinity_scale
        shares = [part / scale for part in parts[1:]]
        self._matrix: Floats = np.ascontiguousarray(np.hstack([-parts[0], *shares]), np.float32)
        self._base: Floats = np.concatenate((-intercepts, constants / scale + 1), dtype=np.float32)
        self._held: Floats = np.ascontiguousarray(held / scale, np.float32)
        self._held_of = [] if affinity is None else _rows_of(affinity, self._held)
        self._slopes: Floats = (-aligned.slopes[at]).astype(np.float32)
        self._errors = _Errors.of(self)

    def propensities(self, asked: Asked) -> tuple[Floats, float]:
        """Return the propensity of every product (Q,), and the largest relative error of any of them."""
        inverse, error = self._inverse(asked)
        return np.reciprocal(inverse, out=inverse), error

    def priorities(self, asked: Asked, weights: Floats) -> tuple[Floats, float]:
        """Return propensity x weight of every product (Q,), and the largest relative error of any of them."""
        inverse, error = self._inverse(asked)
        return np.divide(weights, inverse, out=inverse), error

    def _inverse(self, asked: Asked) -> tuple[Floats, float]:
        """Return 1 / propensity of every product, and the largest relative error of any of them."""
        found: Floats = asked.row.astype(np.float32).dot(self._matrix)
        found += self._base
        turned, held = found[: self._size], 0
        if self._has_affinity:
            shares = found[self._size :]
            rows = [row for column in asked.held.tolist() if (row := self._held_of[column]) is not None]
            held = len(rows)
            for row in rows if held <= _FEW else (np.sum(rows, axis=0),):
                shares += row
            self._add(turned, shares)
        np.minimum(turned, _FURTHEST, out=turned)
        np.exp(turned, out=turned)
        turned += _ONE
        return turned, self._errors.at(sqrt(asked.row.dot(asked.row)), held)

    def _add(self, turned: Floats, shares: Floats) -> None:
        np.maximum(shares, _ONE, out=shares)
        np.log(shares, out=shares)
        shares *= self._slopes
        if self._at is None:
            turned += shares
        else:
            turned[self._at] += shares

    def bounds(self) -> "_Errors":
        """Return how far logits may be off, by the largest lengths of the products' weights."""
        sums = np.linalg.norm(self._matrix.astype(np.float64), axis=0)
        base = np.abs(self._base.astype(np.float64))
        unit = _ROUNDING * (len(self._matrix) + _FEW)
        steep = float(np.abs(self._slopes).max(initial=0.0))
        return _Errors(
            unit * (float(sums[: self._size].max(initial=0.0)) + steep * float(sums[self._size :].max(initial=0.0))),
            unit * (float(base[: self._size].max(initial=0.0)) + steep * float(base[self._size :].max(initial=0.0))),
            _ROUNDING * steep * float(np.abs(self._held).max(initial=0.0)),
        )


class _Errors:
    """How far a logit may be off, at most: by the length of the row, by itself, and by each product held."""

    def __init__(self, of_row: float, alone: float, of_held: float) -> None:
        self._of_row, self._alone, self._of_held = of_row, alone, of_held

    @classmethod
    def of(cls, singles: Singles) -> "_Errors":
        return singles.bounds()

    def at(self, length: float, held: int) -> float:
        return self._of_row * length + self._alone + self._of_held * (held + _FEW) * held + _REST


def _affinity(
    affinity: Affinity, columns: NDArray[np.int64], members: NDArray[np.int64]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return what features weigh (d x k), what everybody has (k,) and what each member held adds (m x k)."""
    weights = affinity.feature_weights[:, members]
    constants = affinity.constants[columns] - affinity.feature_means @ weights
    return weights, constants, affinity.product_weights[:, members]


def _rows_of(affinity: Affinity, held: Floats) -> list[Floats | None]:
    """Return what holding each product of the model adds; nothing where it takes no part in the affinity."""
    return [
        held[place] if place >= 0 and len(held) else None
        for place in affinity.member_of(np.arange(affinity.products)).tolist()
    ]
