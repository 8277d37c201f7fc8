"""A cursor: a place in a sorted list, written down so that another request can go on from there.

It is opaque to callers, but neither secret nor signed: what it holds is checked like any other input.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

import orjson
from sqlalchemy import BigInteger, TypeDecorator
from sqlalchemy.orm import InstrumentedAttribute

from catalog_app.core.errors import Fault, RuleError, Sentence
from catalog_app.core.text import clean_text

MAX_CURSOR = 4000
_MAX_AMOUNT = 10**10

Direction = Literal["after", "before", "until"]
"""What to read from a place: the rows after it, those before it, or those before it and the one at it."""


@dataclass(frozen=True)
class SortKey:
    """One column to sort by. `name` is how a URL says it and the attribute of the row that holds the value."""

    name: str
    column: InstrumentedAttribute[Any]
    descending: bool = False
    nullable: bool = False

    def __str__(self) -> str:
        return f"-{self.name}" if self.descending else self.name


@dataclass(frozen=True)
class Place:
    """A place in a list, by the values of its sort keys, and which way to read from it."""

    direction: Direction
    values: tuple[Any, ...]


def write_cursor(place: Place, keys: Sequence[SortKey]) -> str:
    """Return the place as text that is safe in a URL."""
    payload = [place.direction, _order(keys), [_written(value) for value in place.values]]
    return urlsafe_b64encode(orjson.dumps(payload)).rstrip(b"=").decode()


def read_cursor(text: str, keys: Sequence[SortKey]) -> Place:
    """Return the place that a cursor names in this order; raise RuleError for anything but one of ours."""
    try:
        return _read(text, keys)
    except (ValueError, TypeError, InvalidOperation, OverflowError):
        message = Sentence("This cursor is damaged, or belongs to another order; start again from the first page.")
        raise RuleError({"cursor": Fault("malformed", message)}) from None


def _read(text: str, keys: Sequence[SortKey]) -> Place:
    if len(text) > MAX_CURSOR:
        raise ValueError("too long")
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    direction, order, values = orjson.loads(urlsafe_b64decode(padded))
    if direction not in get_args(Direction) or order != _order(keys):
        raise ValueError("another order")
    return Place(direction, tuple(_value(value, key) for value, key in zip(values, keys, strict=True)))


def _order(keys: Sequence[SortKey]) -> str:
    return ",".join(map(str, keys))


def _written(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _value(value: Any, key: SortKey) -> Any:
    """Return a value as its column takes it; raise for one that the column could never have held."""
    kind = _python_type(key)
    if value is None:
        if not key.nullable:
            raise ValueError("null where none can be")
        return None
    if kind is int:
        return _int(value, bits=63 if isinstance(key.column.type, BigInteger) else 31)
    if kind is bool:
        return _of_type(value, bool)
    text = _of_type(value, str)
    if kind is Decimal:
        return _amount(text)
    return _moment(text) if kind is datetime else _text(text)


def _python_type(key: SortKey) -> type:
    column_type = key.column.type
    # A decorated type does not say what it gives back; what it decorates does.
    return (column_type.impl_instance if isinstance(column_type, TypeDecorator) else column_type).python_type


def _of_type(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError("another kind of value")
    return value


def _int(value: Any, *, bits: int) -> int:
    number: int = _of_type(value, int)
    if not -(2**bits) <= number < 2**bits:
        raise ValueError("too large")
    return number


def _amount(text: str) -> Decimal:
    amount = Decimal(text)
    if not amount.is_finite() or abs(amount) >= _MAX_AMOUNT:
        raise ValueError("not an amount")
    return amount


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() != timedelta(0):
        raise ValueError("not in UTC")
    return moment


def _text(text: str) -> str:
    # What no column keeps (NUL, for one) is refused; spaces at the ends stay, for they sort too.
    clean_text(text)
    return text
