"""The casts of the mapping language: a closed list, each from what JSON holds to what a product field takes."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

from .text import CastError, clean, external_id, slug, word

Cast = Callable[[Any], Any]

LEFT_OUT: Final = "-"
_AMOUNT: Final = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,60})?", re.ASCII)
_PLACES: Final = Decimal("0.0001")
_FINEST: Final = -4
_LONGEST_WORD: Final = 100
_LARGEST: Final = Decimal(10) ** 10
_LARGEST_INTEGER: Final = 2**31
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
# ISO 4217's own exponents. CLDR's, which Babel has, are those of daily life: it gives IQD none, ISO three.
_DECIMALS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENTS: Final = {code: places for places, codes in _DECIMALS.items() for code in codes.split()}
_SECONDS: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_YES: Final = frozenset({"true", "yes", "1", "y"})
_NO: Final = frozenset({"false", "no", "0", "n"})


def decimal(value: Any) -> Decimal:
    """Return an amount with at most four decimals, as the catalogue keeps them; digits beyond are rounded to even."""
    amount = _number(value)
    if abs(amount) >= _LARGEST:
        raise CastError("is larger than any amount here may be")
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent < _FINEST:
        return amount.quantize(_PLACES, ROUND_HALF_EVEN)
    return amount


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise CastError("is not an amount")
    if isinstance(value, str) and not _AMOUNT.fullmatch(value.strip()):
        raise CastError("is not an amount")
    try:
        return Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        raise CastError("is not an amount") from None


def minor_units(value: Any, currency: str, exponents: Mapping[str, int] | None = None) -> Decimal:
    """Return the amount for an integer number of the currency's smallest unit: 1999 USD is 19.99, 1999 JPY 1999.

    `exponents` goes before ISO 4217 for a source that counts otherwise.
    """
    exponent = (exponents or {}).get(currency, _EXPONENTS.get(currency, 2))
    # How large it may be is a matter of the amount, not of the units: a telephone is worth billions of sen.
    return decimal(_whole(value).scaleb(-exponent))


def integer(value: Any) -> int:
    number = _whole(value)
    if abs(number) >= _LARGEST_INTEGER:
        raise CastError("is larger than any whole number here may be")
    return int(number)


def _whole(value: Any) -> Decimal:
    number = _number(value)
    if number != number.to_integral_value():
        raise CastError("is not a whole number")
    return number


def currency(value: Any) -> str:
    text = clean(value).upper()
    if not _CURRENCY.fullmatch(text):
        raise CastError("is not a currency code")
    return text


def boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = word(str(value)) if isinstance(value, (str, int)) else ""
    if text not in _YES | _NO:
        raise CastError("is neither true nor false")
    return text in _YES


def moment(value: Any) -> datetime:
    """Return an ISO 8601 date or time in UTC; without an offset it is taken as UTC."""
    if not isinstance(value, str):
        raise CastError("is not a date")
    return _known_moment(value) if len(value) < _LONGEST_WORD else _moment(value)


def _moment(value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise CastError("is not a date") from None


# Products begin and end on the same few days.
_known_moment = lru_cache(maxsize=1024)(_moment)


def _since_1970(value: Any, units_a_second: int) -> datetime:
    if isinstance(value, str) and _SECONDS.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise CastError("is not a date")
    try:
        return _EPOCH + timedelta(microseconds=value * (1_000_000 // units_a_second))
    except OverflowError:
        raise CastError("is not a date") from None


MOMENTS: Final[Mapping[str, Cast]] = {
    "iso": moment,
    "sql": moment,
    "seconds": lambda value: _since_1970(value, 1),
    "milliseconds": lambda value: _since_1970(value, 1000),
}
"""How a source writes a time -> the function that reads it."""


def pairs(value: Any) -> dict[str, Any]:
    """Return a list of {name, value} objects as one object; raise CastError for a name that comes twice."""
    if not isinstance(value, list):
        raise CastError("is not a list of names and values")
    found: dict[str, Any] = {}
    for item in value:
        name = clean(item.get("name") if isinstance(item, dict) else None)
        if name in found:
            raise CastError("has the same name twice")
        found[name] = item.get("value")
    return found


def unique(value: Any) -> list[Any]:
    return list(dict.fromkeys(value if isinstance(value, list) else [value]))


class UnknownWordError(CastError):
    """A word that a mapping table lacks: `table` names it, `word` is what the source wrote, as tables compare it."""

    def __init__(self, table: str, word: str) -> None:
        super().__init__("is a word this preset does not know")
        self.table = table
        self.word = word

    @staticmethod
    def behind(error: BaseException | None) -> "UnknownWordError | None":
        """Return the unknown word that an error came of, if one did."""
        while error is not None and not isinstance(error, UnknownWordError):
            error = error.__context__
        return error


class Table:
    """Words of a source to words of ours; an unknown word is refused, never guessed. A bool is "true" or "false"."""

    def __init__(self, words: Mapping[str, str], name: str = "") -> None:
        self._name = name
        # The words as sources write them, which are few; a hostile source does not fill the memory with them.
        self._known = lru_cache(maxsize=1024)(self._translated)
        self._exact = {word(key): target for key, target in words.items() if not key.endswith("*")}
        self._beginnings = tuple(
            (f"{word(key.removesuffix('*'))} ", target) for key, target in words.items() if key.endswith("*")
        )

    def __call__(self, value: Any) -> str:
        return self._known(value) if type(value) is str and len(value) < _LONGEST_WORD else self._translated(value)

    def _translated(self, value: Any) -> str:
        found = str(value).lower() if isinstance(value, bool) else word(clean(value))
        if found in self._exact:
            return self._exact[found]
        for beginning, target in self._beginnings:
            if found.startswith(beginning):
                return target
        raise UnknownWordError(self._name, found)


# Casts for one value; over a list they work on each of its items.
VALUE_CASTS: Final[Mapping[str, Cast]] = {
    "text": clean,
    "trim": clean,
    "lower": lambda value: clean(value).lower(),
    "upper": lambda value: clean(value).upper(),
    "slug": lambda value: slug(clean(value)),
    "id": external_id,
    "decimal": decimal,
    "integer": integer,
    "bool": boolean,
    "datetime": moment,
    "seconds": MOMENTS["seconds"],
    "milliseconds": MOMENTS["milliseconds"],
    "currency": currency,
}
# Casts for a whole list.
LIST_CASTS: Final[Mapping[str, Cast]] = {"unique": unique, "pairs": pairs}
# Casts that need something from their rule: a separator, a table, the path of the currency.
RULE_CASTS: Final = ("join", "table", "minor_units")
CASTS: Final = (*VALUE_CASTS, *LIST_CASTS, *RULE_CASTS)
