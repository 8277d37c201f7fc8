"""How good predictions of acceptance are: whether they order well (AUC, lift), and whether they are right (calibration)."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from catalog_app.core.proportions import LEVEL, wilson

Array = NDArray[np.float64]

TENTHS: Final = 10
_SMALLEST: Final = 1e-9
_Z: Final = NormalDist().inv_cdf(0.5 + LEVEL / 2)


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """One part of the predictions, in their order: what was predicted on average, and what share of `count` accepted.

    `low` and `high` are the 95 % interval of that share (Wilson).
    """

    predicted: float
    observed: float
    low: float
    high: float
    count: int


def auc(accepted: NDArray[Any], score: NDArray[Any]) -> float:
    """Return how often who accepted has a higher score than who did not; ties count half.

    0.5 says nothing is ordered. Raises ValueError where everybody accepted, or nobody.
    """
    is_accepted = np.asarray(accepted) > 0
    positives = int(is_accepted.sum())
    if not 0 < positives < len(is_accepted):
        raise ValueError("an AUC takes both acceptances and refusals")
    _, group, sizes = np.unique(score, return_inverse=True, return_counts=True)
    # Those of equal score share the middle of the ranks that they take up together.
    middles = np.cumsum(sizes) - (sizes - 1) / 2
    above = middles[group][is_accepted].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(is_accepted) - positives)))


def auc_difference(accepted: NDArray[Any], score: NDArray[Any], other: NDArray[Any]) -> tuple[float, float, float]:
    """Return by how much one score has the higher AUC than another on the same rows, with its 95 % interval.

    E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, "Comparing the areas under two or more correlated receiver
    operating characteristic curves", Biometrics 44 (1988), 837-845. Raises ValueError as `auc` does.
    """
    value = auc(accepted, score) - auc(accepted, other)
    is_accepted = np.asarray(accepted) > 0
    apart = _shares_beaten(is_accepted, score) - _shares_beaten(is_accepted, other)
    sides = apart[is_accepted], apart[~is_accepted]
    error = float(np.sqrt(sum(side.var(ddof=1) / len(side) for side in sides if len(side) > 1)))
    return value, value - _Z * error, value + _Z * error


def _shares_beaten(is_accepted: NDArray[np.bool_], score: NDArray[Any]) -> Array:
    """Return which share of the other kind each row is on the right side of, ties half; the mean of each kind is the AUC."""
    positives, negatives = np.sort(score[is_accepted]), np.sort(score[~is_accepted])

    def middle(ordered: NDArray[Any], values: NDArray[Any]) -> Array:
        places = ordered.searchsorted(values, "left") + ordered.searchsorted(values, "right")
        return np.asarray(places / (2 * len(ordered)), np.float64)

    return np.where(is_accepted, middle(negatives, np.asarray(score)), 1 - middle(positives, np.asarray(score)))


def log_loss(accepted: NDArray[Any], probability: NDArray[Any]) -> float:
    """Return the mean negative log likelihood; probabilities are kept 1e-9 away from 0 and 1."""
    likely = np.clip(probability, _SMALLEST, 1 - _SMALLEST)
    return float(-np.where(np.asarray(accepted) > 0, np.log(likely), np.log1p(-likely)).mean())


def overall_calibration(accepted: NDArray[Any], probability: NDArray[Any]) -> float:
    """Return what was predicted over what came true: 1.1 promises a tenth too much; infinite where nobody accepted."""
    came = float(np.sum(accepted))
    return float(np.sum(probability)) / came if came else float("inf")


def calibration(accepted: NDArray[Any], probability: NDArray[Any], bins: int = TENTHS) -> list[CalibrationBin]:
    """Return the predictions in `bins` parts of equal size, lowest first, beside what came true.

    Equal predictions stay together, so that no part depends on the order of the rows; there may be fewer parts.
    """
    outcome = np.asarray(accepted, np.float64)
    return [
        _bin(outcome[rows], np.asarray(probability, np.float64)[rows]) for rows in _parts(np.asarray(probability), bins)
    ]


def lift(accepted: NDArray[Any], score: NDArray[Any]) -> tuple[float, ...]:
    """Return how many times the average rate each tenth accepts, those with the highest scores first.

    Equal scores share what they did evenly, whichever tenth they fall into. Empty with fewer than ten rows, or where
    nobody accepted.
    """
    count = len(score)
    if count < TENTHS or not np.sum(accepted):
        return ()
    _, group = np.unique(-np.asarray(score), return_inverse=True)
    share = np.bincount(group, weights=accepted) / np.bincount(group)
    ordered = share[np.sort(group)]
    ends = np.arange(TENTHS + 1) * count // TENTHS
    means = np.add.reduceat(ordered, ends[:-1]) / np.diff(ends)
    return tuple((means / ordered.mean()).tolist())


def _bin(accepted: Array, probability: Array) -> CalibrationBin:
    count = len(accepted)
    interval = wilson(int(accepted.sum()), count)
    return CalibrationBin(float(probability.mean()), float(accepted.mean()), interval.low, interval.high, count)


def _parts(probability: NDArray[Any], bins: int) -> list[NDArray[np.intp]]:
    order = np.argsort(probability, kind="stable")
    ordered = probability[order]
    wanted = np.arange(1, bins) * len(order) // bins
    # A cut within equal predictions moves to where they begin.
    cuts = np.unique(np.searchsorted(ordered, ordered[wanted[wanted > 0]])) if len(order) else wanted[:0]
    return [rows for rows in np.split(order, cuts) if len(rows)]
