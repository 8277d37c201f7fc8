"""One feature -> its columns: how numbers, categories and lists of categories become numbers around 0.

Every column has mean 0 over the rows it was fitted on, so 0 says "like the mean". A feature that is not told is 0 in all
its columns, unless it was missing often enough in training to have a column of its own for that.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from .features import LARGEST, FeatureValue, NumericMap, label_of, number_of, text_of, texts_of

Array = NDArray[np.float64]
Values = Sequence[FeatureValue]

MISSING_SHARE = 0.01
"""From this share of rows on, being missing is something to learn from."""
FEWEST_ROWS = 5
"""A category of fewer rows is pooled with the other rare ones."""
MOST_LEVELS = 100
MOST_RARE = 1_000
BINS = 10
OUTER = 0.001
"""Numbers are drawn in to the quantiles (this, 1 - this) of training."""


@dataclass(frozen=True, slots=True)
class NumberColumns:
    """A number: one column (linear, log) or one per quantile bin."""

    kind: ClassVar[str] = "number"
    name: str
    map: NumericMap
    low: float
    high: float
    mean: float
    scale: float
    edges: tuple[float, ...]
    shares: tuple[float, ...]  # of the bins
    missing: float  # share of rows without it; 0: no column for that

    @classmethod
    def fit(cls, name: str, values: Values, numeric_map: NumericMap) -> Self | None:
        numbers = _numbers(name, values)
        told = numbers[~np.isnan(numbers)]
        missing = _missing_share(len(told), len(numbers))
        if len(told) == 0 or (told.min() == told.max() and not missing):
            return None
        edges = _edges(told) if numeric_map == "bins" else ()
        mapped = _mapped(told, numeric_map)
        low, high = _bounds(mapped)
        drawn = np.clip(mapped, low, high)
        shares = np.bincount(np.searchsorted(edges, told, side="right"), minlength=len(edges) + 1)
        told_share = 1 - missing
        return cls(
            name,
            numeric_map,
            low,
            high,
            float(drawn.mean()),
            _scale(drawn),
            tuple(edges),
            tuple((shares / len(told) * told_share).tolist()) if edges else (),
            missing,
        )

    @property
    def labels(self) -> tuple[str, ...]:
        label = label_of(self.name)
        named: tuple[str, ...] = (label,)
        if self.edges:
            between = [f"{label} {a:g} to {b:g}" for a, b in zip(self.edges, self.edges[1:], strict=False)]
            named = (f"{label} below {self.edges[0]:g}", *between, f"{label} from {self.edges[-1]:g}")
        return (*named, f"{label}: not told") if self.missing else named

    def encode(self, values: Values | Array) -> Array:
        """One row of numbers per value; in an array (n,) of finite numbers NaN is one that was not told."""
        numbers = _numbers(self.name, values)
        absent = np.isnan(numbers)
        columns = np.zeros((len(numbers), len(self.labels)))
        if self.edges:
            place = np.searchsorted(self.edges, numbers, side="right")
            columns[np.arange(len(numbers)), np.where(absent, 0, place)] = 1.0
            columns[absent, 0] = 0.0
            columns[:, : len(self.shares)] -= self.shares
            if not self.missing:
                columns[absent] = 0.0
        else:
            drawn = np.clip(_mapped(numbers, self.map), self.low, self.high)
            columns[:, 0] = np.where(absent, 0.0, (drawn - self.mean) / self.scale)
        if self.missing:
            columns[:, -1] = absent - self.missing
        return columns

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True, slots=True)
class CategoryColumns:
    """A category, or several at once (`many`): one column per level, the rare ones in one together."""

    kind: ClassVar[str] = "category"
    name: str
    many: bool
    levels: tuple[str, ...]
    rare: tuple[str, ...]
    shares: tuple[float, ...]  # of the levels, then of the rare ones if there are any, then of the missing if often
    missing: float

    @classmethod
    def fit(cls, name: str, values: Values, *, many: bool, fewest: int = FEWEST_ROWS) -> Self | None:
        reading = cls(name, many, (), (), (), 0.0)
        texts = [reading.texts(value) for value in values]
        counts = Counter(text for row in texts for text in set(row))
        missing = _missing_share(sum(1 for row in texts if row), len(texts))
        if not counts or (len(counts) == 1 and not missing):
            return None
        ordered = sorted(counts, key=lambda text: (-counts[text], text))
        levels = tuple(sorted(text for text in ordered[:MOST_LEVELS] if counts[text] >= fewest))
        rare = tuple(sorted(text for text in ordered[: MOST_LEVELS + MOST_RARE] if text not in set(levels)))
        indicators = cls(name, many, levels, rare, (), missing).indicators(values)
        shares = indicators[indicators.any(1)].mean(0)
        return cls(name, many, levels, rare, tuple(shares.tolist()), missing)

    @property
    def labels(self) -> tuple[str, ...]:
        label = label_of(self.name)
        named = [f"{label}: {level}" for level in self.levels]
        return (*named, *([f"{label}: rare"] if self.rare else []), *([f"{label}: not told"] if self.missing else []))

    def encode(self, values: Values) -> Array:
        columns = self.indicators(values)
        told = columns.any(1)
        columns -= self.shares
        columns[~told] = 0.0
        return columns

    def indicators(self, values: Values) -> Array:
        """Which level each row is of, 0 or 1, not yet around the mean."""
        texts = [self.texts(value) for value in values]
        position = self.positions()
        places = [(row, position[text]) for row, told in enumerate(texts) for text in told if text in position]
        columns = np.zeros((len(texts), len(self.labels)))
        if places:
            columns[tuple(np.array(places).T)] = 1.0
        if self.missing:
            columns[:, -1] = [not told for told in texts]
        return columns

    def texts(self, value: FeatureValue) -> tuple[str, ...]:
        """The names of what was told, none if nothing was."""
        if type(value) is str:
            return (value,) if value else ()
        if self.many:
            return texts_of(self.name, value)
        text = text_of(self.name, value)
        return () if text is None else (text,)

    def positions(self) -> dict[str, int]:
        """The column of each value known."""
        levels = {text: index for index, text in enumerate(self.levels)}
        return dict.fromkeys(self.rare, len(self.levels)) | levels

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, **asdict(self)}


Columns = NumberColumns | CategoryColumns

_PLAIN = {float, int, bool, type(None)}


def columns_from(facts: Mapping[str, Any]) -> Columns:
    """The columns that `to_json` described."""
    known: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    return NumberColumns(**known) if known.pop("kind") == NumberColumns.kind else CategoryColumns(**known)


def _numbers(name: str, values: Values | Array) -> Array:
    if isinstance(values, np.ndarray):
        return np.clip(values, -LARGEST, LARGEST)
    if set(map(type, values)) <= _PLAIN:
        # An int may be too large for a float; what is read one by one says so by the feature's name.
        with suppress(OverflowError):
            numbers = np.array(values, float)
            if np.count_nonzero(np.abs(numbers) <= LARGEST) + values.count(None) == len(values):
                return numbers
    return np.array([number_of(name, value) for value in values], float)


def _mapped(numbers: Array, numeric_map: NumericMap) -> Array:
    return np.copysign(np.log1p(np.abs(numbers)), numbers) if numeric_map == "log" else numbers


def _edges(told: Array) -> tuple[float, ...]:
    """Where a new bin begins: at each distinct value if there are few, else at the quantiles."""
    distinct = np.unique(told)
    if len(distinct) <= BINS:
        return tuple(distinct[1:].tolist())
    inner = np.unique(np.quantile(told, np.arange(1, BINS) / BINS, method="higher"))
    return tuple(inner[inner > distinct[0]].tolist())


def _bounds(mapped: Array) -> tuple[float, float]:
    low, high = np.quantile(mapped, (OUTER, 1 - OUTER), method="nearest")
    return (float(low), float(high)) if low < high else (float(mapped.min()), float(mapped.max()))


def _scale(drawn: Array) -> float:
    """The spread; of a number with two values only their distance, as for a category."""
    if len(np.unique(drawn)) <= 2:  # noqa: PLR2004
        return float(np.ptp(drawn)) or 1.0
    return float(drawn.std()) or 1.0


def _missing_share(told: int, count: int) -> float:
    share = 1 - told / count if count else 0.0
    return share if share >= MISSING_SHARE and count - told >= FEWEST_ROWS else 0.0
