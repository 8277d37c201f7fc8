"""Customers sorted into classes that one dimension of eligibility cannot tell apart; one of each is asked about."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog_app.core.text import clean_json
from catalog_app.products.rule_judging import evaluate
from catalog_app.products.rule_values import kind
from catalog_app.products.rules import group_of
from catalog_app.recommendations.batches.columns import (
    UNTOLD,
    Coded,
    Column,
    Lists,
    Numbers,
    as_sets,
    distinct,
)
from catalog_app.recommendations.scoring.cuts import Cuts

Integers = NDArray[np.int64]
VALUES = ("customer_value", "lifetime_value", "total_revenue")
"""Where the customer value stands: in the first of these that was told."""


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """The class of each customer (n,), and of each class a name that lasts, and what one of its customers says."""

    codes: Integers
    names: Sequence[Hashable]
    examples: Sequence[Any]


def by_value(column: Column | None, customers: int, example: Callable[[Any], Any]) -> Classes:
    """Sort by the very value; `example` turns it, or None for nothing told, into what is asked about."""
    if not isinstance(column, Coded):
        return Classes(np.zeros(customers, np.int64), (None,), (example(None),))
    values = [*column.values, None]
    return Classes(
        np.where(column.codes == UNTOLD, len(values) - 1, column.codes), values, [example(v) for v in values]
    )


def by_cuts(column: Column | None, customers: int, cuts: Cuts, number: Callable[[Any], Any]) -> Classes:
    """Sort by where a number lies among the bounds; `number` turns it, or None, into what is asked about."""
    places, found = _places(column, customers, cuts)
    classes = distinct(places - UNTOLD)
    names = [place + UNTOLD if place else None for place in classes.numbers.tolist()]
    told = zip(names, classes.rows.tolist(), strict=True)
    return Classes(classes.codes, names, [number(None if name is None else found(row)) for name, row in told])


def _places(column: Column | None, customers: int, cuts: Cuts) -> tuple[Integers, Callable[[int], Any]]:
    match column:
        case Numbers():
            return np.where(column.told, cuts.places(column.values), UNTOLD), lambda row: float(column.values[row])
        case Coded():
            places = np.array([*map(cuts.place, column.values), UNTOLD], np.int64)
            return places[column.codes], lambda row: column.values[column.codes[row]]
        case _:
            return np.full(customers, UNTOLD), lambda _: None


def customer_value(columns: Mapping[str, Column]) -> Column | None:
    """Return the customer value of each: the first that was told."""
    told = [columns[name] for name in VALUES if name in columns]
    if len(told) < 2:  # noqa: PLR2004
        return told[0] if told else None
    numbers = [column for column in told if isinstance(column, Numbers)]
    if len(numbers) == len(told):
        return reduce(_first_told, numbers)
    rows = ([cell_of(column, row) for column in told] for row in range(_length(told[0])))
    return Coded.of(next((cell for cell in row if cell is not None), None) for row in rows)


def _first_told(one: Numbers, other: Numbers) -> Numbers:
    return Numbers(np.where(one.told, one.values, other.values), one.told | other.told)


def _length(column: Column) -> int:
    return len(column.codes) if isinstance(column, Coded) else len(column.told)


def cell_of(column: Column, row: int) -> Any:
    """Return what one customer says, None for nothing."""
    match column:
        case Numbers():
            return clean_json(float(column.values[row])) if column.told[row] else None
        case Coded():
            return None if column.codes[row] == UNTOLD else column.values[column.codes[row]]
        case _:
            return None


def by_belongings(owned: Lists | None, customers: int, wanted: Callable[[Any], Hashable | None]) -> Classes:
    """Sort by which of the things that matter they have; `wanted` names a thing that does, None for any other."""
    if owned is None:
        return Classes(np.zeros(customers, np.int64), (None,), (None,))
    things = distinct(owned.entries)
    names = [wanted(owned.thing(thing)) for thing in things.numbers.tolist()]
    words = list(dict.fromkeys(name for name in names if name is not None))
    place_of = {name: place for place, name in enumerate(words)}
    places = np.array([place_of.get(name, UNTOLD) for name in names], np.int64)[things.codes]
    matters = places != UNTOLD
    starts = np.concatenate(([0], np.cumsum(matters)))[owned.starts]
    sets = as_sets(Lists(starts, places[matters], owned.told, words))
    return by_value(sets, customers, lambda value: value)


class RuleClasses:
    """Sorts customers by what the conditions of one rule say of them."""

    def __init__(self, rule: Mapping[str, Any]) -> None:
        self._rule = rule
        self._conditions: dict[str, list[Mapping[str, Any]]] = {}
        for condition in _conditions(rule):
            self._conditions.setdefault(condition["attribute"], []).append(condition)
        self._cuts = {name: Cuts(_numbers(conditions)) for name, conditions in self._conditions.items()}
        self._said: dict[Hashable, Hashable] = {}

    @property
    def attributes(self) -> Sequence[str]:
        return tuple(self._conditions)

    def of(self, columns: Mapping[str, Column], customers: int) -> Classes:
        """Sort customers whose attributes these are. A class is named by its place for each attribute."""
        parts = [self._part(name, columns.get(name), customers) for name in self._conditions]
        if not parts:
            return Classes(np.zeros(customers, np.int64), ((),), ({},))
        mixed = np.zeros(customers, np.int64)
        for part in parts:
            mixed = mixed * len(part.names) + part.codes
        classes = distinct(mixed)
        names = [tuple(part.names[part.codes[row]] for part in parts) for row in classes.rows.tolist()]
        return Classes(classes.codes, names, [self._facts(columns, row) for row in classes.rows.tolist()])

    def _part(self, name: str, column: Column | None, customers: int) -> Classes:
        if isinstance(column, Coded):
            said = [self._saying(name, value) for value in [*column.values, None]]
            places: dict[Hashable, int] = {}
            of_value = np.array([places.setdefault(one, len(places)) for one in said], np.int64)
            return Classes(of_value[column.codes], list(places), ())
        return by_cuts(column, customers, self._cuts[name], lambda number: number)

    def _saying(self, name: str, value: Any) -> Hashable:
        """What every condition on an attribute says of a value: all that a rule can see of it."""
        key = (name, type(value), value if isinstance(value, Hashable) else repr(value))
        if key not in self._said:
            facts = {} if value is None else {name: _fact(value)}
            self._said[key] = ("words", *(evaluate(one, facts) for one in self._conditions[name]))
        return self._said[key]

    def _facts(self, columns: Mapping[str, Column], row: int) -> dict[str, Any]:
        cells = ((name, cell_of(columns[name], row)) for name in self._conditions if name in columns)
        return {name: _fact(cell) for name, cell in cells if cell is not None}


def _fact(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _conditions(rule: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    group = group_of(rule)
    return [rule] if group is None else [one for member in rule[group] for one in _conditions(member)]


def _numbers(conditions: Sequence[Mapping[str, Any]]) -> list[Decimal | float]:
    operands = [condition["value"] for condition in conditions]
    flat = [one for operand in operands for one in (operand if isinstance(operand, list) else [operand])]
    return [one for one in flat if kind(one) == "number"]
