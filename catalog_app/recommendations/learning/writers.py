"""One customer's features into one row, fast: what FeatureSpace.encode does for many rows, a value at a time."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .columns import Array, CategoryColumns, Columns, NumberColumns
from .features import LARGEST, Features, FeatureValue, number_of


@dataclass(frozen=True, slots=True)
class NumberWriter:
    """Writes a number; the row comes with what holds if it is not told."""

    columns: NumberColumns
    start: int
    stop: int
    bins: tuple[Array, ...]

    def write(self, row: Array, value: FeatureValue) -> None:
        number = number_of(self.columns.name, value)
        if math.isnan(number):
            return
        known = self.columns
        if self.bins:
            row[self.start : self.stop] = self.bins[bisect_right(known.edges, number)]
            return
        mapped = math.copysign(math.log1p(abs(number)), number) if known.map == "log" else number
        row[self.start] = (min(max(mapped, known.low), known.high) - known.mean) / known.scale
        if known.missing:
            row[self.stop - 1] = -known.missing

    def knows(self, value: FeatureValue) -> bool:
        if (type(value) is float or type(value) is int) and -LARGEST <= value <= LARGEST:
            return True
        return not math.isnan(number_of(self.columns.name, value))


@dataclass(frozen=True, slots=True)
class CategoryWriter:
    """Writes a category or several; the row comes with what holds if nothing is told."""

    columns: CategoryColumns
    start: int
    stop: int
    positions: dict[str, int]
    absent: Array
    nobody: Array
    single: dict[str, Array]

    def write(self, row: Array, value: FeatureValue) -> None:
        only = value[0] if type(value) is list and len(value) == 1 else value
        if type(only) is str and only in self.single:
            row[self.start : self.stop] = self.single[only]
            return
        texts = self.columns.texts(value)
        if not texts:
            return
        places = [self.positions[text] for text in texts if text in self.positions]
        row[self.start : self.stop] = self.absent if places else self.nobody
        for place in set(places):
            row[self.start + place] += 1.0

    def knows(self, value: FeatureValue) -> bool:
        only = value[0] if type(value) is list and len(value) == 1 else value
        if type(only) is str and only in self.positions and only:
            return True
        texts = self.columns.texts(value)
        if not texts and isinstance(value, (list, tuple)):
            # Told, namely that there is none of them; which is learned where it happened often enough.
            return self.columns.missing > 0
        return bool(texts) and all(text in self.positions for text in texts)


@dataclass(frozen=True, slots=True, eq=False)
class PlainNumbers:
    """The numbers that have one column each and nothing beside it, written all at once."""

    names: tuple[str, ...]
    places: NDArray[np.int64]
    is_log: NDArray[np.bool_]
    has_logs: bool
    low: Array
    high: Array
    mean: Array
    scale: Array

    @classmethod
    def of(cls, columns: Sequence[Columns], starts: Sequence[int]) -> Self:
        plain = [
            (each, start)
            for each, start in zip(columns, starts, strict=True)
            if isinstance(each, NumberColumns) and each.map != "bins" and not each.missing
        ]
        low, high, mean, scale = (
            np.array([getattr(each, name) for each, _ in plain], np.float64)
            for name in ("low", "high", "mean", "scale")
        )
        is_log = np.array([each.map == "log" for each, _ in plain], np.bool_)
        places = np.array([start for _, start in plain], np.int64)
        return cls(tuple(each.name for each, _ in plain), places, is_log, bool(is_log.any()), low, high, mean, scale)

    def write(self, row: Array, features: Features) -> bool:
        """Write what is told of them; False, and nothing written, where one has to be read for itself."""
        told = list(map(features.get, self.names))
        kinds = set(map(type, told))
        if not kinds <= _NUMBERS:
            return False
        try:
            numbers = np.array(told, np.float64)
        except OverflowError:
            return False
        is_told = np.abs(numbers) <= LARGEST
        # NaN, and what is too large, is told apart from what is not told where each is read for itself.
        has_gaps = type(None) in kinds
        if np.count_nonzero(is_told) != len(told) - (told.count(None) if has_gaps else 0):
            return False
        if self.has_logs:
            numbers = np.where(self.is_log, np.copysign(np.log1p(np.abs(numbers)), numbers), numbers)
        np.maximum(numbers, self.low, out=numbers)
        np.minimum(numbers, self.high, out=numbers)
        numbers -= self.mean
        numbers /= self.scale
        if has_gaps:
            row[self.places[is_told]] = numbers[is_told]
        else:
            row[self.places] = numbers
        return True


_NUMBERS = frozenset({int, float, type(None)})
Writer = NumberWriter | CategoryWriter


def writer_of(columns: Columns, start: int) -> Writer:
    """The writer of one feature whose columns begin at `start`."""
    stop = start + len(columns.labels)
    if isinstance(columns, CategoryColumns):
        absent = -np.array(columns.shares)
        positions = columns.positions()
        single = {text: _level(absent, positions[text]) for text in columns.levels}
        return CategoryWriter(columns, start, stop, positions, absent, absent * 0.0, single)
    # Any number inside a bin stands for it; the first bin has no lower edge.
    inside = (columns.edges[0] - max(1.0, abs(columns.edges[0])), *columns.edges) if columns.edges else ()
    return NumberWriter(columns, start, stop, tuple(columns.encode(inside)) if inside else ())


def _level(absent: Array, place: int) -> Array:
    row = absent.copy()
    row[place] += 1.0
    return row
