"""Dictionaries of features -> rows of numbers, the same way in training and in serving."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Self

import numpy as np

from .columns import FEWEST_ROWS, Array, Columns, NumberColumns, Values, columns_from
from .features import Features, NumericMap
from .kinds import fit_columns
from .writers import PlainNumbers, Writer, writer_of

MOST_FEATURES = 1_000
"""Who writes ids into the names of features tells new ones for ever; each would be a column of every row."""


@dataclass(frozen=True)
class FeatureSpace:
    """What was learned of each feature, in the order of their names, so the same data give the same columns.

    `features` are all names seen in training, also those that say nothing and have no column.
    """

    columns: tuple[Columns, ...]
    features: tuple[str, ...]

    @classmethod
    def fit(
        cls,
        rows: Sequence[Features],
        *,
        maps: Mapping[str, NumericMap] | None = None,
        fewest: int = FEWEST_ROWS,
        only: Collection[str] | None = None,
    ) -> Self:
        """Learn kinds, levels, bins and means from rows of features.

        `maps` says how numbers enter, linear if not named; categories of less than `fewest` rows are pooled; `only`
        these features are learned, if not given all, of
        more than MOST_FEATURES those that `fewest` rows tell and that are told most often. Raises ValueError, naming the feature, for NaN or infinity.
        """
        features = sorted(_most_told(rows, fewest) if only is None else only)
        chosen = maps or {}
        fitted = [fit_columns(name, column_of(name, rows), chosen.get(name, "linear"), fewest) for name in features]
        return cls(tuple(columns for columns in fitted if columns is not None), tuple(features))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The label of each column, for reasons."""
        return tuple(label for columns in self.columns for label in columns.labels)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The feature each column came from."""
        return tuple(columns.name for columns in self.columns for _ in columns.labels)

    def span_of(self, feature: str) -> tuple[int, int]:
        """The first column of a feature, and the one after its last."""
        return self._spans[feature]

    @property
    def width(self) -> int:
        return len(self.names)

    @property
    def maps(self) -> dict[str, NumericMap]:
        """How each number enters."""
        return {columns.name: columns.map for columns in self.columns if isinstance(columns, NumberColumns)}

    def encode(self, rows: Sequence[Features]) -> Array:
        """One row of numbers per dictionary (n x width). Raises ValueError, naming the feature, for NaN or infinity."""
        return self.encode_columns({each.name: column_of(each.name, rows) for each in self.columns}, len(rows))

    def encode_columns(self, columns: Mapping[str, Values], count: int) -> Array:
        """The same from `count` values per feature, as a file of columns holds them; a feature left out is not told."""
        matrix = np.zeros((count, self.width))
        untold: Values = [None] * count
        for each, start in zip(self.columns, self._starts, strict=True):
            matrix[:, start : start + len(each.labels)] = each.encode(columns.get(each.name, untold))
        return matrix

    def vector(self, features: Features) -> Array:
        """The row (width,) of one customer, equal to what `encode` answers."""
        row = self._untold.copy()
        # Plain numbers together where they are nothing but numbers, whatever else is told one by one.
        writers = self._others if self._plain.write(row, features) else self._writers
        for name, writer in writers.items():
            if name in features:
                writer.write(row, features[name])
        return row

    def unknown(self, features: Features) -> tuple[str, ...]:
        """The names, sorted, that count as not told: missing, of a value never seen, or of no feature of training."""
        seen = {
            name
            for name, value in features.items()
            if (writer := self._writers.get(name)) is not None and writer.knows(value)
        }
        silent = set(self.features) - self._writers.keys()
        told_in_vain = {name for name in features if name not in seen and name not in silent}
        return tuple(sorted((self._writers.keys() - seen) | told_in_vain))

    def to_json(self) -> dict[str, Any]:
        return {"features": list(self.features), "columns": [columns.to_json() for columns in self.columns]}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> Self:
        return cls(tuple(columns_from(each) for each in facts["columns"]), tuple(facts["features"]))

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        widths = [len(columns.labels) for columns in self.columns]
        return tuple(int(start) for start in np.cumsum([0, *widths])[:-1])

    @cached_property
    def _spans(self) -> dict[str, tuple[int, int]]:
        return {
            each.name: (start, start + len(each.labels)) for each, start in zip(self.columns, self._starts, strict=True)
        }

    @cached_property
    def _writers(self) -> dict[str, Writer]:
        return {each.name: writer_of(each, start) for each, start in zip(self.columns, self._starts, strict=True)}

    @cached_property
    def _plain(self) -> PlainNumbers:
        return PlainNumbers.of(self.columns, self._starts)

    @cached_property
    def _others(self) -> dict[str, Writer]:
        plain = set(self._plain.names)
        return {name: writer for name, writer in self._writers.items() if name not in plain}

    @cached_property
    def _untold(self) -> Array:
        row: Array = self.encode_columns({}, 1)[0]
        return row


def column_of(name: str, rows: Sequence[Features]) -> Values:
    """The values of one feature, None where it is not told."""
    return [row.get(name) for row in rows]


def _most_told(rows: Sequence[Features], fewest: int) -> Collection[str]:
    told = Counter(chain.from_iterable(rows))
    if len(told) <= MOST_FEATURES:
        return told.keys()
    ordered = sorted(told, key=lambda name: (-told[name], name))
    return [name for name in ordered[:MOST_FEATURES] if told[name] >= fewest]
