"""The settings of an affinity, chosen by hiding a holding of customers who took no part in fitting.

Customers fall into folds; each held-out customer loses one holding, and settings are good if it ranks high among what
that customer does not hold (NDCG of the one hidden holding: Jarvelin and Kekalainen 2002). The sums over customers
subtract, so that a fold costs one inversion and never another pass over the data.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .affinity import AffinitySettings, features_of, most_held, solve
from .gram import Gram, Scale
from .holdings import Floats, Holdings, Integers

FOLDS = 5
ENOUGH_HIDDEN = 5_000
"""So many hidden holdings tell settings apart; folds beyond them would only cost time."""
FEWEST_HELD = 2
"""A customer who hides a holding shows one at least: without any, no setting of the holdings is told from another."""
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class AffinityGrid:
    """The values tried for each setting; of equally good ones the first."""

    dropout: tuple[float, ...] = (0.03, 0.1, 0.2, 0.3, 0.4, 0.5)
    ridge: tuple[float, ...] = (1.0, 3.0, 10.0, 30.0, 100.0)
    feature_weight: tuple[float, ...] = (0.01, 0.03, 0.1, 0.3, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Fold:
    """What the other folds' customers sum up to, and what this one's show, with the product each hides."""

    gram: Gram
    shown: Holdings
    features: Floats
    hidden: Integers


def choose_affinity(
    holdings: Holdings | NDArray[Any],
    features: NDArray[Any] | None = None,
    *,
    seed: int = 0,
    grid: AffinityGrid | None = None,
) -> AffinitySettings:
    """Choose settings by coordinate search from the defaults; the same data and seed give the same settings.

    Only customers with two holdings or more tell settings apart; without any of them the defaults stay. Costs 10 to 30
    inversions per fold, one fold if it hides enough. Raises ValueError as `fit_affinity` does.
    """
    held = Holdings.of(holdings)
    known = features_of(held, features)
    folds = _folds(held.restrict(most_held(held)), known, np.random.default_rng(seed))
    best = AffinitySettings()
    if not folds:
        return best
    grid = grid or AffinityGrid()
    tried: dict[AffinitySettings, float] = {}
    for _ in range(ROUNDS):
        before = best
        for name in _axes(known):
            for settings in [replace(best, **{name: value}) for value in getattr(grid, name)]:
                if settings not in tried:
                    tried[settings] = _goodness(settings, folds)
            best = max(tried, key=tried.__getitem__)
        if best == before:
            break
    return best


def _axes(features: NDArray[Any]) -> list[str]:
    names = [field.name for field in fields(AffinityGrid)]
    return names if features.shape[1] else [name for name in names if name != "feature_weight"]


def _folds(holdings: Holdings, features: NDArray[Any], rng: np.random.Generator) -> list[_Fold]:
    """Folds whose customers hide a holding, until enough is hidden."""
    scale = Scale.of(features)
    total = Gram.of(holdings, features, scale)
    found: list[_Fold] = []
    wanted = ENOUGH_HIDDEN
    for part in np.array_split(rng.permutation(holdings.customers), FOLDS):
        testable = part[holdings.lengths[part] >= FEWEST_HELD][:wanted]
        if len(testable):
            gram = total - Gram.of(holdings.take(part), features[part], scale)
            shown, hidden = _hide_one(holdings.take(testable), rng)
            found.append(_Fold(gram, shown, scale.apply(features[testable]), hidden))
            wanted -= len(hidden)
    return found


def _hide_one(holdings: Holdings, rng: np.random.Generator) -> tuple[Holdings, Integers]:
    """Take one holding away from each customer; everyone has one at least."""
    places = holdings.indptr[:-1] + rng.integers(0, holdings.lengths)
    indptr = holdings.indptr - np.arange(holdings.customers + 1)
    return Holdings(indptr, np.delete(holdings.indices, places), holdings.products), holdings.indices[places]


def _goodness(settings: AffinitySettings, folds: list[_Fold]) -> float:
    gains = [gain for fold in folds for gain in _gains(settings, fold)]
    return float(np.mean(gains))


def _gains(settings: AffinitySettings, fold: _Fold) -> Iterator[float]:
    """1 / log2(1 + rank) of each hidden holding among what is not shown; equal scores share their mean rank."""
    weights = solve(fold.gram, settings)
    products = fold.gram.products
    scores = fold.shown.times(weights[:products])
    scores += settings.feature_weight * fold.features @ weights[products:-1] + weights[-1]
    scores[fold.shown.owners, fold.shown.indices] = -np.inf
    own = np.take_along_axis(scores, fold.hidden[:, None], axis=1)
    rank = 0.5 + (scores > own).sum(1) + 0.5 * (scores == own).sum(1)
    yield from (1 / np.log2(1 + rank)).tolist()
