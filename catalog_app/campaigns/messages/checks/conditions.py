"""Which conditions of two rules can never hold for the same customer. What cannot be proved is left alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import inf
from typing import Any, Final

_OPPOSITE: Final = {
    "eq": "ne", "ne": "eq", "lt": "gte", "gte": "lt", "gt": "lte", "lte": "gt", "in": "not_in", "not_in": "in",
}  # fmt: skip
_SIGNS: Final = {"eq": "=", "ne": "≠", "lt": "<", "lte": "≤", "gt": ">", "gte": "≥", "in": "=", "not_in": "≠"}
_ABSENT: Final = "absent"
_SHOWN: Final = 80


@dataclass(frozen=True)
class Condition:
    """What must hold of a customer: one attribute, one operator, one value, as rules have them."""

    attribute: str
    operator: str
    value: Any

    def __str__(self) -> str:
        if self.operator in ("exists", _ABSENT):
            return f"{self.attribute} {self.operator}"
        value = ", ".join(map(str, self.value)) if isinstance(self.value, list | tuple) else str(self.value)
        return f"{self.attribute} {_SIGNS.get(self.operator, self.operator)} {value}"[:_SHOWN]


def necessary(rule: Mapping[str, Any] | None, *, is_negated: bool = False) -> Iterator[Condition]:
    """Yield the conditions without which a checked rule never holds: those of "all", and the opposites of "not"."""
    if not rule:
        return
    if "attribute" in rule:
        condition = _condition(rule, is_negated=is_negated)
        if condition is not None:
            yield condition
        return
    group, members = next(iter(rule.items()))
    inner = is_negated != (group == "not")
    joins_all = (group == "any") == is_negated
    if joins_all or len(members) == 1:
        for member in members:
            yield from necessary(member, is_negated=inner)


def apart(one: Condition, other: Condition) -> bool:
    """Return whether no customer can ever fulfil both."""
    if one.attribute != other.attribute:
        return False
    if _ABSENT in (one.operator, other.operator):
        return one.operator != other.operator
    listed, other_listed = _listed(one), _listed(other)
    if listed is not None:
        return not any(_fulfils(value, other) for value in listed)
    if other_listed is not None:
        return not any(_fulfils(value, one) for value in other_listed)
    bounds, other_bounds = _bounds(one), _bounds(other)
    return bounds is not None and other_bounds is not None and _is_empty(bounds, other_bounds)


def _condition(rule: Mapping[str, Any], *, is_negated: bool) -> Condition | None:
    operator, value = rule["operator"], rule["value"]
    if operator == "exists":
        return Condition(rule["attribute"], "exists" if bool(value) != is_negated else _ABSENT, value)
    if is_negated and operator not in _OPPOSITE:
        return None
    return Condition(rule["attribute"], _OPPOSITE[operator] if is_negated else operator, value)


def _listed(condition: Condition) -> list[Any] | None:
    """Return the only values that fulfil a condition, None where they are not told one by one."""
    if condition.operator == "eq":
        return [condition.value]
    return list(condition.value) if condition.operator == "in" else None


def _fulfils(value: Any, condition: Condition) -> bool:
    """Return whether a value may fulfil a condition; where that cannot be told, it may."""
    match condition.operator:
        case "eq" | "in":
            return any(_same(value, wanted) for wanted in _listed(condition) or [])
        case "ne":
            return not _same(value, condition.value)
        case "not_in":
            return not any(_same(value, refused) for refused in condition.value)
        case "lt" | "lte" | "gt" | "gte":
            number, bounds = _number(value), _bounds(condition)
            return number is None or bounds is None or not _is_empty((number, True, number, True), bounds)
        case _:
            return True


def _same(one: Any, other: Any) -> bool:
    number, other_number = _number(one), _number(other)
    return one == other if number is None or other_number is None else number == other_number


_Bounds = tuple[Decimal | float, bool, Decimal | float, bool]


def _bounds(condition: Condition) -> _Bounds | None:
    """Return the lowest and the highest number that fulfil a condition, each with whether it does itself."""
    number = _number(condition.value)
    if number is None:
        return None
    match condition.operator:
        case "lt" | "lte":
            return -inf, True, number, condition.operator == "lte"
        case "gt" | "gte":
            return number, condition.operator == "gte", inf, True
        case _:
            return None


def _is_empty(one: _Bounds, other: _Bounds) -> bool:
    low, is_low_open = max((one[0], not one[1]), (other[0], not other[1]))
    high, is_high_in = min((one[2], one[3]), (other[2], other[3]))
    return low > high or (low == high and (is_low_open or not is_high_in))


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return Decimal(str(value))
