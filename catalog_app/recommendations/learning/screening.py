"""Which customer x product pairs, and which slopes of a product's own, are worth a coefficient.

Looked at from a fit without them. For a coefficient with gradient g and curvature h there, and a normal prior of
variance v, the log Bayes factor for having it is about  1/2 (g^2 v / (1 + h v) - log(1 + h v)). Where there is plenty of
everything, nothing is picked: products get all slopes of their own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .design import Array, Design, Integers
from .newton import Coefficients, predictor, sigmoid

VARIANCES = (0.01, 0.05, 0.2, 1.0)
MOST_PAIRS = 32
MOST_SLOPES = 32
PLENTY = 100
"""Impressions for each slope that there could be: then products get all of their own."""
OWN_CELLS = 4_000_000
"""Members x own columns x (own + shared columns): what the curvature keeps, 32 MB."""


@dataclass(frozen=True, slots=True)
class Pull:
    """Per member and shared column: the gradient, and the curvature beside the product's own level (both M x s)."""

    gradient: Array
    curvature: Array


def screened(design: Design, at: Coefficients) -> Design:
    """The design with the pairs and slopes that the data speak for, seen from a fit `at` without any."""
    pull = pull_of(design, at)
    pairs = _pairs(design, pull)
    most = min(MOST_SLOPES, _affordable(design, len(pairs)) - 1) if len(design.members) > 1 else 0
    return design.with_columns(pairs=pairs, own=_own(design, pull, most))


def pull_of(design: Design, at: Coefficients) -> Pull:
    """Sum residuals and curvature over the rows of each product."""
    probability = sigmoid(predictor(design, at))
    residual = design.weight * (design.accepted - probability)
    curve = design.weight * probability * (1 - probability)
    shape = (len(design.members), design.layout.width)
    gradient, first, second = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for rows, shared in design.blocks():
        members, starts = np.unique(design.member[rows], return_index=True)
        gradient[members] += np.add.reduceat(shared * residual[rows][:, None], starts)
        first[members] += np.add.reduceat(shared * curve[rows][:, None], starts)
        second[members] += np.add.reduceat(shared**2 * curve[rows][:, None], starts)
    return Pull(gradient, np.maximum(second - first**2 / np.maximum(first[:, :1], 1e-12), 0.0))


def _pairs(design: Design, pull: Pull) -> Integers:
    customers = design.layout.customers
    gradient = pull.gradient[:, customers].T @ design.products
    curvature = pull.curvature[:, customers].T @ design.products**2
    evidence = _evidence(gradient, curvature)
    if not evidence.size:
        return np.zeros((0, 2), np.int64)
    best = _best(evidence.ravel(), MOST_PAIRS, _by_chance(evidence))
    return np.column_stack(np.unravel_index(np.sort(best), evidence.shape)).astype(np.int64)


def _own(design: Design, pull: Pull, most: int) -> Integers:
    layout = design.layout
    candidates = np.arange(layout.customers.start, layout.customers.stop)
    evidence = _evidence(pull.gradient, pull.curvature, over_members=True)[candidates]
    # Evidence is about how well outcomes are foretold; which of two offers suits whom better hangs on small
    # differences of slopes. Where there is plenty to estimate all of them, their variances say how far they count.
    has_plenty = len(design.member) >= PLENTY * len(design.members) * len(candidates)
    least = -np.inf if has_plenty else _by_chance(evidence)
    slopes = candidates[_best(evidence, max(0, most - layout.affinity), least)]
    affinity = [layout.affinity_column] if layout.affinity and most > 0 else []
    return np.array([0, *sorted(slopes.tolist()), *affinity], np.int64)


def _evidence(gradient: Array, curvature: Array, *, over_members: bool = False) -> Array:
    """The log Bayes factor of each coefficient at the variance that suits it best, one variance for all members."""
    best = np.full(gradient.shape[1:] if over_members else gradient.shape, -np.inf)
    for variance in VARIANCES:
        spread = 1 + curvature * variance
        factor = 0.5 * (gradient**2 * variance / spread - np.log(spread))
        best = np.maximum(best, factor.sum(0) if over_members else factor)
    return best


def _by_chance(evidence: Array) -> float:
    """What the best of so many candidates may reach without any being true, and a little more."""
    return float(np.log(max(1, evidence.size))) + 1


def _best(evidence: Array, most: int, least: float) -> NDArray[np.int64]:
    order = np.argsort(-evidence, kind="stable")[:most]
    return order[evidence[order] > least]


def _affordable(design: Design, pairs: int) -> int:
    """How many own columns the memory allows."""
    shared, cells = design.layout.width + pairs, OWN_CELLS / len(design.members)
    return max(1, int((np.sqrt(shared**2 + 4 * cells) - shared) / 2))
