"""Filters of numbers: exact, in Decimal, and never with more digits than a price or a count can have."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.messages.limits import MAX_DECIMALS
from catalog_app.campaigns.messages.values import count_of, exact, number_of, plain
from catalog_app.core.errors import Sentence


def plus(value: Any, other: Any) -> Decimal:
    return exact(number_of(value) + number_of(other))


def minus(value: Any, other: Any) -> Decimal:
    return exact(number_of(value) - number_of(other))


def times(value: Any, other: Any) -> Decimal:
    return exact(number_of(value) * number_of(other))


def divided_by(value: Any, other: Any) -> Decimal:
    """Return the exact quotient, to six places: 7 by 2 is 3.5."""
    return exact(number_of(value) / _divisor(other))


def modulo(value: Any, other: Any) -> Decimal:
    return exact(number_of(value) % _divisor(other))


def round_(value: Any, places: Any = 0) -> Decimal:
    return _rounded(value, places, ROUND_HALF_UP)


def ceil(value: Any) -> Decimal:
    return _rounded(value, 0, ROUND_CEILING)


def floor(value: Any) -> Decimal:
    return _rounded(value, 0, ROUND_FLOOR)


def abs_(value: Any) -> Decimal:
    return abs(number_of(value))


def at_least(value: Any, other: Any) -> Decimal:
    return max(number_of(value), number_of(other))


def at_most(value: Any, other: Any) -> Decimal:
    return min(number_of(value), number_of(other))


def _rounded(value: Any, places: Any, rounding: str) -> Decimal:
    kept = min(max(count_of(places), 0), MAX_DECIMALS)
    return plain(number_of(value).quantize(Decimal(1).scaleb(-kept), rounding))


def _divisor(value: Any) -> Decimal:
    number = number_of(value)
    if not number:
        raise TemplateError(Sentence("Nothing can be divided by 0."))
    return number
