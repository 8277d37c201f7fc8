"""What a value looks like in a message, and what can be counted with."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.messages.limits import MAX_DECIMALS, MAX_LIST, MAX_NUMBER, MAX_TEXT
from catalog_app.core.errors import Sentence

_NUMBER: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?", re.ASCII)
_SMALLEST: Final = Decimal(1).scaleb(-MAX_DECIMALS)


class Shown(Decimal):
    """A number that is counted with as it is, and shown as its reader writes it: 1000 and "1,000"."""

    __slots__ = ("_text",)

    _text: str

    @classmethod
    def of(cls, number: Decimal | int, text: str) -> "Shown":
        made = cls(number)
        made._text = text  # our own
        return made

    def __str__(self) -> str:
        return self._text


def text_of(value: Any) -> str:
    """Return a value as it stands in a message; raise TemplateError for what is no text: a group, a range."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Shown):
        return str(value)
    if isinstance(value, Decimal | float):
        return f"{exact(value):f}"
    return _listed(value)


def _listed(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(text_of, bounded(value)))
    if isinstance(value, Mapping | tuple):
        raise TemplateError(Sentence("This is a group of fields. Name one of them."))
    raise TemplateError(Sentence("A range can only be used in a loop."))


def exact(value: Decimal | float) -> Decimal:
    """Return a number with at most six places; raise TemplateError for one that cannot be counted with."""
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    if not number.is_finite() or abs(number) >= MAX_NUMBER:
        raise TemplateError(Sentence("This number is too large."))
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -MAX_DECIMALS <= exponent <= 0:
        return Decimal(number)
    return plain(number.quantize(_SMALLEST, ROUND_HALF_UP))


def plain(number: Decimal) -> Decimal:
    """Return a number without the zeros behind its point, and never as a power of ten."""
    normal = number.normalize()
    exponent = normal.as_tuple().exponent
    return normal.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else normal


def number_of(value: Any) -> Decimal:
    """Return what can be counted with: a number, or a text that is one; raise TemplateError for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return exact(Decimal(value))
    if isinstance(value, Decimal | float):
        return exact(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return Decimal(str.__str__(value).strip())
    raise TemplateError(Sentence("This is not a number."))


def count_of(value: Any) -> int:
    """Return a whole number, such as how many characters to keep."""
    return int(number_of(value))


def plain_text(value: Any) -> str:
    """Return a value as plain text that a filter may take; raise TemplateError for one that is too long."""
    text = str.__str__(text_of(value))
    if len(text) > MAX_TEXT:
        raise TemplateError(Sentence("This text is too long for a filter."))
    return text


def bounded(values: list[Any]) -> list[Any]:
    """Return the list; raise TemplateError for one that is too long."""
    if len(values) > MAX_LIST:
        raise TemplateError(Sentence("This list is too long."))
    return values
