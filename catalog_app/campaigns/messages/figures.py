"""Numbers, money and the names of days and months, as the reader of a message writes them.

In a message every space is a plain one: the ones that do not break are outside GSM-7, and would more than halve the
room of an SMS.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_precision

from catalog_app.products.formatting import Figures

_FALLBACK: Final = "en"
_PLAIN: Final = str.maketrans(
    {
        "\N{NO-BREAK SPACE}": " ",
        "\N{NARROW NO-BREAK SPACE}": " ",
        "\N{MINUS SIGN}": "-",
        "\N{LEFT-TO-RIGHT MARK}": None,
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    }
)
_LONGEST_CODE: Final = 35


@dataclass(frozen=True)
class Names:
    """The names of a language, Monday and January first."""

    days: tuple[str, ...]
    short_days: tuple[str, ...]
    months: tuple[str, ...]
    short_months: tuple[str, ...]


def number(amount: Decimal | int, language: str) -> str:
    """Return a number with its thousands set apart and its places as they are: "1,000", "1.5"."""
    return Figures(locale_of(language)).number(amount).translate(_PLAIN)


def money(amount: Decimal, currency: str | None, language: str) -> str:
    """Return an amount, currency first: "SAR 149.00"."""
    return Figures(locale_of(language)).money(amount, currency).translate(_PLAIN)


def short_day(day_: str, language: str) -> str:
    """Return a date such as "2026-12-31" as the picker shows it, and as '| date: "%-d %b"' says it: "31 Dec"."""
    moment = date.fromisoformat(day_)
    return f"{moment.day} {names_of(language).short_months[moment.month - 1]}"


def day(moment: date, language: str) -> str:
    """Return a date: "31 Dec 2026"."""
    return f"{moment.day} {names_of(language).short_months[moment.month - 1]} {moment.year}"


@lru_cache(maxsize=200)
def places_of(currency: str | None) -> int:
    """Return how many decimals an amount of this currency has."""
    return int(get_currency_precision(currency)) if currency else 2


def locale_of(language: str) -> str:
    """Return the language whose manner of writing serves this one, English where nobody knows it."""
    return _locale_of(language) if len(language) <= _LONGEST_CODE else _FALLBACK


@lru_cache(maxsize=200)
def _locale_of(language: str) -> str:
    for candidate in (language.replace("-", "_"), language.replace("-", "_").partition("_")[0]):
        try:
            return str(Locale.parse(candidate))
        except (ValueError, UnknownLocaleError):
            continue
    return _FALLBACK


def names_of(language: str) -> Names:
    """Return the names of days and months of a language."""
    return _names_of(locale_of(language))


@lru_cache(maxsize=200)
def _names_of(language: str) -> Names:
    locale = Locale.parse(language)
    days, months = locale.days["format"], locale.months["format"]
    return Names(
        days=tuple(days["wide"][number] for number in range(7)),
        short_days=tuple(days["abbreviated"][number].rstrip(".") for number in range(7)),
        months=tuple(months["wide"][number] for number in range(1, 13)),
        short_months=tuple(months["abbreviated"][number].rstrip(".") for number in range(1, 13)),
    )


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of this name; UTC for one that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError):
        return ZoneInfo("UTC")
