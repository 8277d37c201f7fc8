"""A model for many customers and the products of one catalogue: everything it knows as a few matrices.

Customers' features and holdings enter the logit and the affinity linearly, so both are one matrix product each; what
is held is summed up row by row, since a customer holds few of many products. Single precision throughout.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from catalog_app.recommendations.batches.columns import Column
from catalog_app.recommendations.learning.holdings import Holdings
from catalog_app.recommendations.scoring.encoding import encode

if TYPE_CHECKING:
    from catalog_app.recommendations.learning.affinity import Affinity
    from catalog_app.recommendations.learning.aligned import Aligned
    from catalog_app.recommendations.learning.model import Model

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


class ScoreMatrix:
    """A model set beside the products that may be offered (learning/aligned.py)."""

    def __init__(self, aligned: "Aligned") -> None:
        self.model = aligned.model
        self._width = len(aligned.columns)
        self._rung = _Rungs(aligned) if self.model.propensity is None else _Logits(aligned)

    def encode(self, columns: Mapping[str, Column], customers: int) -> Floats:
        """Return what the model takes of the features of customers."""
        return encode(self.model.customer_space, columns, customers)

    def propensities(self, rows: Floats, held: Holdings) -> Floats:
        """Return the propensity of every product (n x Q) for customers of these encoded features and holdings."""
        # Who holds a second product then stands among the first ones: sums over holdings need no scattered writes.
        order = np.argsort(-held.lengths, kind="stable")
        found = np.empty((len(rows), self._width), np.float32)
        found[order] = self._rung.propensities(rows[order], held.take(order))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Linear:
    """`constant` (Q,) + rows x `features` (d x Q) + the sum of `held` (P x Q) over what a customer holds: (n x Q)."""

    features: Floats
    held: Floats
    constant: Floats

    @classmethod
    def single(cls, features: NDArray[Any], held: NDArray[Any], constant: NDArray[Any]) -> Self:
        return cls(*(np.ascontiguousarray(part, np.float32) for part in (features, held, constant)))

    def beside(self, other: "_Linear") -> "_Linear":
        """Both at once: these columns, then those of the other."""
        return _Linear(
            np.hstack([self.features, other.features]),
            np.hstack([self.held, other.held]),
            np.hstack([self.constant, other.constant]),
        )

    def of(self, rows: Floats, held: Holdings) -> Floats:
        """Return the sums; those who hold most must come first."""
        found: Floats = rows @ self.features
        found += self.constant
        lengths = held.lengths
        for place in range(int(lengths.max(initial=0))):
            holders = int((lengths > place).sum())
            found[:holders] += self.held.take(held.indices[held.indptr[:holders] + place], axis=0)
        return found


class _Logits:
    """The full propensity: logit = customer + held + intercept + slope x log(1 + max(affinity, 0) / scale)."""

    def __init__(self, aligned: "Aligned") -> None:
        model, width = aligned.model, aligned.model.customer_space.width
        columns, held = aligned.customers[:width], aligned.customers[width:]
        self._number, start = model.held, int(model.held.has_number)
        self._of_number = held[0].astype(np.float32) if start else None
        by_product = np.zeros((len(model.products), held.shape[1]))
        by_product[model.held.products] = held[start:]
        linear = _Linear.single(columns, by_product, aligned.intercepts - model.held.shares @ held[start:])
        self._has_affinity = model.affinity is not None
        self._linear = linear if model.affinity is None else linear.beside(_affinity(aligned, model.affinity))
        self._slopes = aligned.slopes.astype(np.float32)
        self._scale = np.float32(1 if model.propensity is None else model.propensity.affinity_scale)

    def propensities(self, rows: Floats, held: Holdings) -> Floats:
        found, count = self._linear.of(rows, held), len(self._slopes)
        logits = found[:, :count]
        if self._of_number is not None:
            number = (np.log1p(held.lengths) - self._number.mean) / self._number.scale
            logits += number.astype(np.float32)[:, None] * self._of_number
        if self._has_affinity:
            mapped = found[:, count:]
            np.maximum(mapped, 0, out=mapped)
            mapped /= self._scale
            mapped += 1
            np.log(mapped, out=mapped)
            mapped *= self._slopes
            logits += mapped
        return _sigmoid(logits)


class _Rungs:
    """The rungs below: rates with affinity, or affinity alone, by the model's own functions."""

    def __init__(self, aligned: "Aligned") -> None:
        self._model, self._columns = aligned.model, aligned.columns
        # A newcomer scores the same for everybody: what a customer of whom nothing is known is told of it.
        self._new, _ = aligned.scores(aligned.asked({}, ()))

    def propensities(self, rows: Floats, held: Holdings) -> Floats:
        found = self._model.propensities_of(rows.astype(np.float64), held)[:, self._columns]
        return np.where(self._columns >= 0, found, self._new).astype(np.float32)


def _affinity(aligned: "Aligned", affinity: "Affinity") -> _Linear:
    """Return the affinity of the products; one that the model does not know has 0, and no slope."""
    place = np.full(len(affinity.constants) + 1, -1, np.int64)
    place[affinity.members] = np.arange(len(affinity.members))
    of = place[aligned.columns]
    features = np.where(of >= 0, affinity.feature_weights[:, of], 0.0)
    held = np.zeros((len(affinity.constants), len(of)))
    held[affinity.members] = np.where(of >= 0, affinity.product_weights[:, of], 0.0)
    constants = np.where(aligned.columns >= 0, affinity.constants[aligned.columns], 0.0)
    return _Linear.single(features, held, constants - affinity.feature_means @ features)


def _sigmoid(logits: Floats) -> Floats:
    np.negative(logits, out=logits)
    np.clip(logits, None, _FURTHEST, out=logits)
    np.exp(logits, out=logits)
    logits += 1
    return np.reciprocal(logits, out=logits)


_FURTHEST = np.float32(80)
"""Beyond it the exponential is infinite in single precision."""


def holdings_of(owners: Integers, numbers: Integers, model: "Model", customers: int) -> Holdings:
    """Return who holds which of the model's products; `numbers` are product ids, any others are passed over."""
    columns = model.columns_of(numbers)
    known, count = columns >= 0, max(1, len(model.products))
    cells = np.sort(owners[known] * count + columns[known])
    cells = cells[np.diff(cells, prepend=-1) > 0]
    starts = np.searchsorted(cells, np.arange(customers + 1) * count)
    return Holdings(starts.astype(np.int64), cells % count, len(model.products))
