"""Prior variances from the data themselves: empirical Bayes on the Laplace approximation.

Coefficients of one group share a variance. MacKay's fixed point (1992, "The evidence framework applied to
classification networks") sets it to the squared coefficients over the number of them that the data determine, here held
back by one imagined coefficient of the `expected` variance, so that a group of one is not estimated from itself alone.
"""

from dataclasses import dataclass

import numpy as np

from .design import Array, Design, Integers
from .newton import Coefficients, Mode, Precision, find_mode

EXPECTED = 0.1
IMAGINED = 1.0
SMALLEST, LARGEST = 1e-4, 25.0
ROUNDS = 12
SETTLED = 0.05


@dataclass(frozen=True, slots=True)
class Grouping:
    """The group of each shared coefficient; -1: not estimated, `fixed` is its variance. Own ones: a group each."""

    shared: Integers
    fixed: Array

    def start(self, own: int, expected: float = EXPECTED) -> "Variances":
        return Variances(np.where(self.shared < 0, self.fixed, expected), np.full(own, expected))


@dataclass(frozen=True, slots=True)
class Variances:
    """Prior variances of the shared coefficients (s,) and of each kind of own coefficient (K,)."""

    shared: Array
    own: Array

    @property
    def precision(self) -> Precision:
        return Precision(1 / self.shared, 1 / self.own)


def fit_with_evidence(design: Design, grouping: Grouping, start: Coefficients | None = None) -> tuple[Mode, Variances]:
    """Fit coefficients and prior variances in turns until the variances settle, then the mode exactly."""
    variances = grouping.start(len(design.layout.own))
    at = start or Coefficients.zeros(design)
    for number in range(ROUNDS):
        mode = find_mode(design, variances.precision, at, steps=1 if number else 4, tolerance=1e-5)
        at = mode.coefficients
        improved = _improved(mode, grouping, variances)
        moved = max(_change(improved.shared, variances.shared), _change(improved.own, variances.own))
        variances = improved
        if moved < SETTLED:
            break
    return find_mode(design, variances.precision, at), variances


def _improved(mode: Mode, grouping: Grouping, old: Variances) -> Variances:
    spread = mode.curvature.variances()
    squares = mode.coefficients.shared**2
    determined = 1 - np.minimum(1, spread.shared / old.shared)
    shared = old.shared.copy()
    for group in range(int(grouping.shared.max(initial=-1)) + 1):
        inside = grouping.shared == group
        shared[inside] = _variance(squares[inside].sum(), determined[inside].sum())
    own_determined = (1 - np.minimum(1, spread.own / old.own)).sum(0)
    own = [_variance(*each) for each in zip((mode.coefficients.own**2).sum(0), own_determined, strict=True)]
    return Variances(shared, np.array(own))


def _variance(squares: float, determined: float) -> float:
    estimate = (squares + IMAGINED * EXPECTED) / (determined + IMAGINED)
    return float(min(max(estimate, SMALLEST), LARGEST))


def _change(new: Array, old: Array) -> float:
    """The largest relative change of a variance that matters."""
    return float(np.max(np.abs(new - old) / (old + 0.01), initial=0.0))
