"""How each number enters, how far coefficients are shrunk, how fast the past fades: chosen by an inner time split.

The oldest four fifths of the impressions are fitted, the newest fifth judges by log loss. Which map suits a number
differs from data to data (bins win on one real set by .012 of AUC and lose on another by .056), and so does the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .design import Array, Integers
from .features import Features, NumericMap
from .newton import sigmoid
from .propensity_fit import History, PropensitySettings, fit_propensity
from .space import FeatureSpace, column_of

OLDER = 0.8
MOST_ROWS = 30_000
"""Impressions that choices rest on, spread evenly over time."""
FEWEST_OUTCOMES = 20
"""Each outcome must stand so often on both sides of the split; with fewer nothing is chosen."""
WORK = 1e10
"""Multiplications that choosing maps may cost, about; rows are left out to keep to it."""
PASSES = 8
MOST_NUMBERS = 24
"""So many numbers are asked one by one; with more, all have the same map."""
CLEARLY = 2.0
"""Standard errors; dozens of alternatives are looked at."""
ROWS_PER_COLUMN = 10
"""With fewer impressions bins are not even tried: any choice between so many columns would be chance."""
HEAVY = 2.0
"""Skewness, that of an exponential distribution. A number beyond it that is not so as a logarithm enters as one."""
MAPS: tuple[NumericMap, ...] = ("linear", "log", "bins")
VARIANCES = (1.0, 0.1, None)
HALF_LIVES = (1.0, 0.5, 0.25, 0.125)
"""In shares of the impressions."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The maps of numbers that are not linear or log or bins alike, and the settings of the fit.

    `loss` is the log loss on the newest fifth with these; None: there was too little to choose by.
    """

    maps: Mapping[str, NumericMap]
    settings: PropensitySettings
    loss: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What a choice looks at: n impressions, oldest first, and the features (P x e) of the products.

    `further` (n x f) are columns beside the features, of one group; `offer` (n,) rows of `products`.
    """

    features: Sequence[Features]
    further: NDArray[np.floating]
    offer: Integers
    accepted: Array
    products: Array

    @property
    def older(self) -> int:
        return int(OLDER * len(self.offer))

    def take(self, rows: Integers) -> "Told":
        return replace(
            self,
            features=[self.features[row] for row in rows],
            further=self.further[rows],
            offer=self.offer[rows],
            accepted=self.accepted[rows],
        )


def choose(told: Told, settings: PropensitySettings | None = None) -> Choice:
    """Choose maps, then the prior variance, then the half-life, each by the log loss on the newest fifth.

    The half-life is in impressions. A half-life, and another map for one number, must win clearly, see
    CLEARLY. Deterministic.
    """
    settings = settings or PropensitySettings()
    if not _enough(told):
        return Choice({}, settings, None)
    sample = told.take(_spread(len(told.offer), MOST_ROWS))
    maps = choose_maps(sample)
    split = _Split.of(sample, maps)
    plain = replace(settings, personal=False)
    tried = {variance: split.losses(replace(plain, variance=variance)) for variance in VARIANCES}
    variance = min(VARIANCES, key=lambda each: tried[each].mean())
    best, half_life = tried[variance], None
    for share in HALF_LIVES:
        losses = split.losses(replace(plain, variance=variance, half_life=share * split.older))
        if _clearly_better(losses, best if half_life is None else tried[variance]) and losses.mean() < best.mean():
            best, half_life = losses, share * OLDER * len(told.offer)
    return Choice(maps, replace(settings, variance=variance, half_life=half_life), float(best.mean()))


def choose_maps(told: Told) -> dict[str, NumericMap]:
    """The map of each number: the best one for all, then those that do better with another; clearly so if it is less simple.

    The simplest is linear, or log for a heavy tail: what it is worth to one product only does not show in these fits.
    """
    older = told.features[: told.older]
    linear = FeatureSpace.fit(older)
    names = sorted(linear.maps)
    others = {each: FeatureSpace.fit(older, maps=dict.fromkeys(names, each), only=names) for each in MAPS[1:]}
    asked = names if len(names) <= MOST_NUMBERS else []
    width = linear.width + others["bins"].width + told.further.shape[1]
    rows = int(WORK / ((len(MAPS) + 2 * len(asked)) * PASSES * (width + 1) ** 2))
    part = told.take(_spread(len(told.offer), max(rows, 2_000)))
    if not names or not _enough(part):
        return dict.fromkeys(names, "linear")
    parts = {each: _by_feature(space, part) for each, space in {MAPS[0]: linear, **others}.items()}

    def losses(maps: Mapping[str, NumericMap]) -> Array:
        columns = [parts[maps.get(name, MAPS[0])][name] for name in parts[MAPS[0]]]
        return _Split.made_of(columns, part).losses(_PLAIN)

    offered = MAPS if part.older >= ROWS_PER_COLUMN * width else MAPS[:2]
    simplest = {name: _simplest(parts["linear"][name], parts["log"][name]) for name in names}
    chosen, best = dict(simplest), losses(simplest)
    for other in offered:
        alike = dict.fromkeys(names, other)
        if alike != simplest and _clearly_better(found := losses(alike), best):
            chosen, best = alike, found
    for name in asked:
        for other in offered:
            if other == chosen[name]:
                continue
            found = losses({**chosen, name: other})
            # What is simpler need not win clearly.
            is_simpler = other == simplest[name] or chosen[name] == "bins"
            if _clearly_better(found, best) or (is_simpler and found.mean() <= best.mean()):
                chosen[name], best = other, found
    return chosen


_PLAIN = PropensitySettings(personal=False, variance=1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Split:
    """Encoded impressions, of which the first `older` are fitted and the others judge."""

    customers: NDArray[np.floating]
    groups: tuple[str, ...]
    told: Told
    older: int

    @classmethod
    def of(cls, told: Told, maps: Mapping[str, NumericMap]) -> "_Split":
        return cls.made_of(
            list(_by_feature(FeatureSpace.fit(told.features[: told.older], maps=maps), told).values()), told
        )

    @classmethod
    def made_of(cls, parts: Sequence[Array], told: Told) -> "_Split":
        groups = [str(index) for index, part in enumerate(parts) for _ in range(part.shape[1])]
        further = ["further"] * told.further.shape[1]
        return cls(np.hstack([*parts, told.further]), (*groups, *further), told, told.older)

    def losses(self, settings: PropensitySettings) -> Array:
        """The log loss of each impression of the newest fifth."""
        told, older = self.told, self.older
        history = History(
            self.customers[:older],
            told.offer[:older],
            told.accepted[:older],
            np.arange(older, dtype=float),
            groups=self.groups,
        )
        weights = fit_propensity(history, told.products, settings=settings).weights()
        offer, accepted = told.offer[older:], told.accepted[older:]
        logit = np.einsum("nd,dn->n", self.customers[older:], weights.customers[:, offer]) + weights.intercepts[offer]
        losses: Array = -np.log(np.clip(np.where(accepted > 0, sigmoid(logit), sigmoid(-logit)), 1e-12, 1))
        return losses


def _simplest(linear: Array, log: Array) -> NumericMap:
    """The map that asks for no reason, by the columns of either."""
    skewness = _skewness(linear[:, 0])
    return "log" if skewness > HEAVY and abs(_skewness(log[:, 0])) < skewness / 2 else "linear"


def _skewness(column: Array) -> float:
    around = column - column.mean()
    spread = float(np.sqrt(np.mean(around**2)))
    return float(np.mean(around**3)) / spread**3 if spread else 0.0


def _by_feature(space: FeatureSpace, told: Told) -> dict[str, Array]:
    """The encoded columns of each feature."""
    return {each.name: each.encode(column_of(each.name, told.features)) for each in space.columns}


def _enough(told: Told) -> bool:
    sides = (told.accepted[: told.older], told.accepted[told.older :])
    return all(min(side.sum(), len(side) - side.sum()) >= FEWEST_OUTCOMES for side in sides)


def _spread(count: int, most: int) -> Integers:
    """Up to `most` of `count` rows, evenly."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))


def _clearly_better(new: Array, old: Array) -> bool:
    """Whether losses fell by more than chance would have them: by CLEARLY standard errors of their differences."""
    difference = old - new
    return bool(difference.mean() > CLEARLY * difference.std() / np.sqrt(len(difference)))
