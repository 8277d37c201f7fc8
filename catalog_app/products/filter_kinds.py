"""The kinds of filter: how the text of a query becomes a value, and what a page offers to choose from."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Integer, Text
from sqlalchemy.types import TypeEngine

from catalog_app.core.columns import Amount, UtcDateTime
from catalog_app.core.errors import Fault, Keys
from catalog_app.core.text import clean_line, fold
from catalog_app.products.labels import term
from catalog_app.products.terms import SYNC_STATES

MAX_SEARCH = 200
MAX_DAYS = 3660
MAX_PERSON = 200
_MAX_DIGITS = 6
_NUMBER = re.compile(r"#([0-9]{1,9})")
_WHOLE_DAY = timedelta(days=1) - timedelta(microseconds=1)
_AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,4})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True)
class Choice:
    """One value a page offers."""

    value: str

    @property
    def label(self) -> str:
        """Return how it is said to the reader of this request."""
        return term(self.value)


@dataclass(frozen=True)
class Kind:
    """How a filter is written: `parse` turns its text into a value or raises ValueError with a sentence.

    A page chooses its control by `name`. `choices` is empty where any value may be written. `stored` is how a value
    stands in a statement that is made once for all values; None where each value makes another statement.
    """

    name: str
    parse: Callable[[str], Any]
    choices: tuple[Choice, ...] = ()
    stored: TypeEngine[Any] | None = None


def one_of(values: Sequence[str]) -> Kind:
    """Return the kind of a filter whose values are these terms and no other."""

    def parse(text: str) -> str:
        if text not in values:
            raise ValueError(
                Fault("not_a_choice", "Choose one of: %(values)s.", values=Keys(", ".join(values), values))
            )
        return text

    return Kind("choice", parse, tuple(map(Choice, values)), Text())


def text_of(length: int) -> Kind:
    """Return the kind of a filter that is compared as it is written."""
    return Kind("text", lambda text: _short(text, length), stored=Text())


def folded_text_of(length: int) -> Kind:
    """Return the kind of a filter that is looked for inside folded text."""
    return Kind("search", lambda text: fold(_short(text, length)), stored=Text())


def _short(text: str, length: int) -> str:
    if len(text) > length:
        raise ValueError(Fault("too_long", "Use at most %(length)s characters.", length=length))
    return clean_line(text)


def _flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise ValueError(Fault("malformed", "Choose true or false."))
    return _FLAGS[text.lower()]


def _amount(text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text):
        raise ValueError(Fault("malformed", "Use digits only, such as 140.00."))
    return Decimal(text)


def _currency(text: str) -> str:
    if not _CURRENCY.fullmatch(text):
        raise ValueError(Fault("malformed", "Use a currency code of three capital letters, such as SAR."))
    return text


def _moment(text: str) -> datetime:
    """Return the moment; a date alone is its midnight in UTC, as a date field sends it."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None and _DATE.fullmatch(text):
            return moment.replace(tzinfo=UTC)
        in_utc = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(Fault("malformed", "Use a date and time, such as 2026-12-31T21:00:00Z.")) from None
    if moment.tzinfo is None:
        raise ValueError(Fault("malformed", "Add a time zone, such as the Z in 2026-12-31T21:00:00Z."))
    return in_utc


def _end_of(text: str) -> datetime:
    """Return the moment; a date alone is its last microsecond, so that the whole day counts."""
    moment = _moment(text)
    return moment + _WHOLE_DAY if _DATE.fullmatch(text) else moment


def _days(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < _MAX_DIGITS and 1 <= int(text) <= MAX_DAYS):
        raise ValueError(Fault("malformed", "Use a number of days, such as 30."))
    return int(text)


def _number(text: str) -> int:
    number = _NUMBER.fullmatch(text)
    if number is None:
        raise ValueError(Fault("malformed", "Use a number, such as #18."))
    return int(number[1])


def is_number(text: str) -> bool:
    """Return whether a text names a product by its number: "#18"."""
    return _NUMBER.fullmatch(text) is not None


FLAG = Kind("flag", _flag, (Choice("true"), Choice("false")))
AMOUNT = Kind("amount", _amount, stored=Amount())
CURRENCY = Kind("currency", _currency, stored=Text())
MOMENT = Kind("moment", _moment, stored=UtcDateTime())
END = Kind("moment", _end_of, stored=UtcDateTime())
DAYS = Kind("days", _days, stored=Integer())
NUMBER = Kind("number", _number, stored=Integer())
PERSON = Kind("person", lambda text: _short(text, MAX_PERSON))
SYNC_STATE = replace(one_of(SYNC_STATES), stored=None)
"""A statement of its own for each, because an index knows some of them."""
