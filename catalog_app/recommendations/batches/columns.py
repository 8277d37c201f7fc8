"""Many customers as columns: whatever stands in them often is kept once, so that it is checked and encoded once."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Truths = NDArray[np.bool_]
UNTOLD = -1
"""The code of a cell that says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """A number for each customer (n,), and whether one was told (n,); the others are 0."""

    values: NDArray[np.float64]
    told: Truths

    def take(self, rows: Integers) -> "Numbers":
        return Numbers(self.values[rows], self.told[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """One of `values` for each customer: its place (n,), UNTOLD where nothing was told. No value stands there twice."""

    codes: Integers
    values: Sequence[Any]

    @classmethod
    def of(cls, cells: Iterable[Any], *, is_telling_none: bool = False) -> Self:
        """Code cells as they stand; None is a cell that says nothing, unless it is telling, too."""
        told = list(cells)
        keys: list[Any] = told if set(map(type, told)) <= _PLAIN else [_key(cell) for cell in told]
        places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        firsts = dict(zip(reversed(keys), reversed(told), strict=True))
        values = [firsts[key] for key in places]
        codes = np.array([places[key] for key in keys], np.int64)
        if is_telling_none or None not in values:
            return cls(codes, values)
        nothing = values.index(None)
        values.pop(nothing)
        return cls(np.where(codes == nothing, UNTOLD, codes - (codes > nothing)), values)

    def take(self, rows: Integers) -> "Coded":
        return Coded(self.codes[rows], self.values)


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Several things for each customer: `entries[starts[i]:starts[i + 1]]`, as places in `values`; told (n,) or not.

    Without `values` the entries are the things themselves, whole numbers.
    """

    starts: Integers
    entries: Integers
    told: Truths
    values: Sequence[Any] | None = None

    @property
    def owners(self) -> Integers:
        """The row of each entry."""
        return np.repeat(np.arange(len(self.told)), np.diff(self.starts))

    def take(self, rows: Integers) -> "Lists":
        lengths = np.diff(self.starts)[rows]
        starts = np.concatenate(([0], np.cumsum(lengths)))
        places = np.repeat(self.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
        return Lists(starts, self.entries[places], self.told[rows], self.values)

    def thing(self, entry: int) -> Any:
        """What an entry names."""
        return entry if self.values is None else self.values[entry]


Column = Numbers | Coded | Lists


@dataclass(frozen=True, slots=True, eq=False)
class Rejected:
    """A line of a file that is not scored, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some customers of a file: the line and the id of each, what is told of them by column, and who was rejected.

    `flat` holds what a model is told instead of a column: the members of its objects, the texts in its lists.
    """

    lines: Integers
    customers: Sequence[str]
    columns: Mapping[str, Column]
    rejected: Sequence[Rejected] = ()
    flat: Mapping[str, Column] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lines)

    def without(self, rejected: Mapping[int, str]) -> "Block":
        """The same but for these rows, whose reasons stand among the rejected."""
        if not rejected:
            return self
        rows = np.array([row for row in range(len(self)) if row not in rejected], np.int64)
        told = [Rejected(int(self.lines[row]), reason) for row, reason in sorted(rejected.items())]
        return Block(
            self.lines[rows],
            [self.customers[row] for row in rows],
            taken(self.columns, rows),
            [*self.rejected, *told],
            taken(self.flat, rows),
        )


def taken(columns: Mapping[str, Column], rows: Integers) -> dict[str, Column]:
    """Return these rows of columns, in this order."""
    return {name: column.take(rows) for name, column in columns.items()}


def column_of(cells: Sequence[Any]) -> Column:
    """Return cells of JSON as the column that fits them: numbers, lists, or words and whatever else repeats."""
    kinds = set(map(type, cells))
    if kinds <= {int, float, Decimal, type(None)}:
        return numbers_of(cells)
    if kinds <= {list, type(None)}:
        return lists_of(cells)
    return Coded.of(cells)


def numbers_of(cells: Sequence[float | Decimal | None]) -> Numbers:
    """Return finite numbers as a column; None says nothing."""
    values = np.array(cells, np.float64)
    told = ~np.isnan(values)
    return Numbers(np.where(told, values, 0.0), told)


def lists_of(cells: Sequence[Sequence[Any] | None]) -> Lists:
    """Code lists of words or numbers; None says nothing, which is not the same as an empty list."""
    told = np.array([cell is not None for cell in cells], bool)
    lengths = [len(cell) for cell in cells if cell is not None]
    flat = Coded.of(chain.from_iterable(cell for cell in cells if cell is not None), is_telling_none=True)
    counts = np.zeros(len(told), np.int64)
    counts[told] = lengths
    return Lists(np.concatenate(([0], np.cumsum(counts))), flat.codes, told, flat.values)


def as_sets(lists: Lists) -> Coded:
    """Return lists by what is in them, in whatever order and however often: each set of words once, sorted."""
    if lists.values is not None and len(lists.values) <= _BITS:
        return _by_bits(lists, lists.values)
    cells = [
        tuple(sorted((lists.thing(entry) for entry in set(lists.entries[start:end].tolist())), key=str))
        if told
        else None
        for told, start, end in zip(lists.told.tolist(), lists.starts[:-1], lists.starts[1:], strict=True)
    ]
    return Coded.of(cells)


_BITS = 62


def _by_bits(lists: Lists, words: Sequence[Any]) -> Coded:
    """The same through one number for each row, whose bits say which words stand there."""
    patterns = np.zeros(len(lists.told), np.int64)
    np.bitwise_or.at(patterns, lists.owners, np.left_shift(np.int64(1), lists.entries))
    patterns[~lists.told] = -1
    found = distinct(patterns + 1)
    values = [
        tuple(sorted((word for place, word in enumerate(words) if (pattern - 1) >> place & 1), key=str))
        for pattern in found.numbers.tolist()
        if pattern
    ]
    return Coded(found.codes - int(0 in found.numbers[:1]), values)


class Distinct(NamedTuple):
    """Different numbers, ascending, with a row that each stands in, and the place of each row's number among them."""

    numbers: Integers
    rows: Integers
    codes: Integers


def distinct(numbers: Integers) -> Distinct:
    """Return the different ones among numbers that are not negative; without sorting where they are small."""
    count = len(numbers)
    most = int(numbers.max(initial=0)) + 1
    if most > max(_FEW, 2 * count):
        found, rows, codes = np.unique(numbers, return_index=True, return_inverse=True)
        return Distinct(found, rows, codes.astype(np.int64))
    row_of = np.full(most, UNTOLD, np.int64)
    row_of[numbers] = np.arange(count)
    found = np.flatnonzero(row_of != UNTOLD)
    place_of = np.zeros(most, np.int64)
    place_of[found] = np.arange(len(found))
    return Distinct(found, row_of[found], place_of[numbers])


_FEW = 4096


_PLAIN = {str, type(None)}


def _key(cell: Any) -> Hashable:
    # True and 1 are equal and not the same, so a cell is known by its kind, too; lists and objects by their writing.
    if cell is None:
        return None
    return type(cell), repr(cell) if isinstance(cell, list | dict | tuple) else cell
