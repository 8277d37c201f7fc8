"""The kinds of filter: how the text of a query becomes a value, and what a page offers to choose from."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Text
from sqlalchemy.types import TypeEngine

from catalog_app.core.columns import Amount, UtcDateTime
from catalog_app.core.errors import Fault
from catalog_app.core.text import clean_line, fold
from catalog_app.products.labels import term

MAX_SEARCH = 200
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
            raise ValueError(Fault("not_a_choice", f"Choose one of: {', '.join(values)}."))
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
        raise ValueError(Fault("too_long", f"Use at most {length} characters."))
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


FLAG = Kind("flag", _flag, (Choice("true"), Choice("false")))
AMOUNT = Kind("amount", _amount, stored=Amount())
CURRENCY = Kind("currency", _currency, stored=Text())
MOMENT = Kind("moment", _moment, stored=UtcDateTime())
