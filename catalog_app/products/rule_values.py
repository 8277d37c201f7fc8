"""The values of a rule and of a customer: their kinds, how they compare, and how a reason shows them.

Numbers are compared with numbers, dates with dates, and text exactly; what is of another kind makes an answer unknown.
"""

from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from catalog_app.products.outcome import Outcome, any_of

_SHOWN = 60
_MOST_SHOWN = 200


def compare(operator: str, fact: Any, operand: Any) -> Outcome:
    """Return whether a fact stands to the operand as the operator asks; every operator but exists."""
    match operator:
        case "eq":
            return _equal(fact, operand)
        case "ne":
            return _equal(fact, operand).negated()
        case "in":
            return any_of(_equal(fact, item) for item in operand)
        case "not_in":
            return any_of(_equal(fact, item) for item in operand).negated()
        case "contains":
            return _contains(fact, operand)
        case _:
            return _ordered(operator, fact, operand)


def _equal(fact: Any, operand: Any) -> Outcome:
    of = kind(fact)
    if of is None or of != kind(operand):
        return Outcome.UNKNOWN
    if of == "number":
        return Outcome.of(_exact(fact) == _exact(operand))
    return Outcome.of(fact == operand)


def _contains(fact: Any, operand: Any) -> Outcome:
    if isinstance(fact, list | tuple | set | frozenset):
        return any_of(_equal(item, operand) for item in fact)
    if isinstance(fact, str) and isinstance(operand, str):
        return Outcome.of(operand in fact)
    return Outcome.UNKNOWN


def _ordered(operator: str, fact: Any, operand: Any) -> Outcome:
    left, right = comparable(fact), comparable(operand)
    if left is None or right is None or isinstance(left, datetime) != isinstance(right, datetime):
        return Outcome.UNKNOWN
    # Both are moments or both are numbers, which the check above proves and the types cannot.
    lower: Any = left
    match operator:
        case "lt":
            return Outcome.of(lower < right)
        case "lte":
            return Outcome.of(lower <= right)
        case "gt":
            return Outcome.of(lower > right)
        case _:
            return Outcome.of(lower >= right)


def kind(value: Any) -> str | None:
    """Return truth, number or text; None for what nothing is compared with."""
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int) or (isinstance(value, Decimal | float) and isfinite(value)):
        return "number"
    return "text" if isinstance(value, str) else None


def _exact(value: Decimal | float) -> int | Decimal:
    # A float stands for the digits it is written with: 0.1 from one JSON text equals Decimal("0.1") from another.
    return Decimal(repr(value)) if isinstance(value, float) else value


def comparable(value: Any) -> int | Decimal | datetime | None:
    """Return a number or a moment that has an order, None for anything else."""
    if kind(value) == "number":
        return _exact(value)
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def shown(value: Any) -> str:
    """Return a value as a reason shows it: short, whatever somebody sent."""
    if isinstance(value, list | tuple | set | frozenset):
        text = ", ".join(str(item) for item in list(value)[:_MOST_SHOWN]) or "an empty list"
    else:
        text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
