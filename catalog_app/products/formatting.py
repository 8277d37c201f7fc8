"""How pages say the values of a product: words for terms, money by currency, moments by their age."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from babel import Locale
from babel.numbers import format_decimal, get_currency_precision
from flask_babel import format_date, get_locale, gettext

from catalog_app.core.moments import DAY, HOUR, MINUTE, ago
from catalog_app.events.words import actor_words, system_names
from catalog_app.products.labels import per_price, term, terms
from catalog_app.products.rule_words import rule_text
from catalog_app.products.segment_words import segment_words
from catalog_app.products.terms import FEATURES, UNLIMITED

_UNITS = {feature.key: feature.unit for feature in FEATURES}
_MAX_DECIMALS = 4

_WORDED_FIELDS = frozenset(
    {"product_type", "payment_mode", "billing_cycle", "lifecycle_status", "sync_frequency", "sync_state"}
)


def value_words(field_name: str, value: Any) -> str | None:
    """Return a value of a field as people say it, or None where it speaks for itself."""
    if field_name.startswith("features."):
        return feature_text(field_name.partition(".")[2], value)
    if isinstance(value, str):
        return term(value) if field_name in _WORDED_FIELDS else None
    say = _STRUCTURES.get(field_name)
    return say(value) if say and isinstance(value, dict | list) else None


def reference_text(reference: Any) -> str:
    """Return how a product names another: "#7" by our own number, the source's id otherwise."""
    if isinstance(reference, int):
        return f"#{reference}"
    return reference if isinstance(reference, str) else ":".join(map(str, reference))


def _price_words(price: Mapping[str, Any]) -> str:
    name = price["name"] or term(price["price_type"])
    return f"{name} {price['currency']} {price['amount']} {per_price(price)}"


def _relation_words(relation: Mapping[str, Any]) -> str:
    return f"{term(relation['relation'])} {reference_text(relation['product'])}"


_STRUCTURES: Mapping[str, Callable[[Any], str]] = {
    "eligibility_rule": rule_text,
    "prices": lambda prices: "; ".join(map(_price_words, prices)),
    "channels": terms,
    "target_segments": segment_words,
    "exclude_segments": segment_words,
    "relations": lambda relations: "; ".join(map(_relation_words, relations)),
    "members": lambda members: ", ".join(reference_text(member["product"]) for member in members),
}


@dataclass(frozen=True)
class Figures:
    """Says numbers in one language. Where a page says many, it asks once which language that is."""

    language: str

    def number(self, amount: Decimal | int, decimals: int = 0) -> str:
        """Return a number with at least these decimals and never a lost one."""
        if isinstance(amount, Decimal):
            exponent = amount.normalize().as_tuple().exponent
            decimals = max(decimals, min(-exponent, _MAX_DECIMALS)) if isinstance(exponent, int) else decimals
        marks = _marks(self.language)
        if marks is None:
            return str(format_decimal(amount, format=f"#,##0.{'0' * decimals}", locale=self.language))
        group, point, minus = marks
        whole, _, rest = f"{amount:,.{decimals}f}".partition(".")
        return whole.replace("-", minus).replace(",", group) + (point + rest if rest else "")

    def money(self, amount: Decimal, currency: str | None) -> str:
        """Return an amount, currency first: "SAR 149.00"."""
        return _money(self, amount, currency)


# The prices of a catalogue are few: what one list shows stands in the next one, too.
@lru_cache(maxsize=2_000)
def _money(figures: Figures, amount: Decimal, currency: str | None) -> str:
    text = figures.number(amount, _precision(currency))
    return f"{currency}\N{NO-BREAK SPACE}{text}" if currency else text


@cache
def _marks(language: str) -> tuple[str, str, str] | None:
    """Return the thousands, decimal and minus marks of a language, None where its numbers need babel itself.

    babel takes 25 us for an amount, and a list shows fifty; most languages only swap the marks. Digits are the
    Latin ones in every language, also in Arabic: ids, codes and what is typed have them too.
    """
    locale = Locale.parse(language)
    if locale.decimal_formats[None].grouping != (3, 3):
        return None
    symbols = locale.number_symbols["latn"]
    return symbols["group"], symbols["decimal"], symbols["minusSign"]


@cache
def _precision(currency: str | None) -> int:
    return get_currency_precision(currency) if currency else 2


def figures() -> Figures:
    """Return how the reader of this request reads numbers."""
    return Figures(str(get_locale() or "en"))


def number(amount: Decimal | int, decimals: int = 0) -> str:
    """Return one number in the reader's language, with at least these decimals and never a lost one."""
    return figures().number(amount, decimals)


def money(amount: Decimal, currency: str | None) -> str:
    """Return one amount in the reader's language, currency first: "SAR 149.00"."""
    return figures().money(amount, currency)


def day(moment: date) -> str:
    """Return a date as histories show it: "12 May 2026"."""
    return str(format_date(moment, "d MMM yyyy"))


def day_and_time(moment: datetime) -> str:
    """Return a moment to the minute, in UTC: "31 Dec 2026, 23:59 UTC"."""
    return f"{day(moment)}, {moment:%H:%M} UTC"


def feature_text(key: str, value: Any) -> str:
    """Return a feature with its unit: "61,440 MB", "unlimited", "EU, US"."""
    if value == UNLIMITED:
        return str(gettext("unlimited"))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return term("true" if value else "false")
    if isinstance(value, int | float):
        unit = _UNITS.get(key)
        shown = number(Decimal(str(value)))
        return f"{shown} {unit}" if unit else shown
    return str(value)


def actor_name(actor: str) -> str:
    """Return who acted in words: the name of a person or of a token, the run or the system of a sync."""
    return actor_words(actor, system_names() if actor.startswith("sync:") else {})


@dataclass
class Ages:
    """Says how old moments are, and remembers: the rows of a page were mostly synced by the same few runs."""

    now: datetime
    _said: dict[tuple[int, int, int], str] = field(default_factory=dict)

    def ago(self, moment: datetime) -> str:
        key = self._kind(moment)
        words = self._said.get(key)
        if words is None:
            words = self._said[key] = ago(moment, self.now)
        return words

    def _kind(self, moment: datetime) -> tuple[int, int, int]:
        """Return what all moments that are said alike have in common."""
        seconds = int((self.now - moment).total_seconds())
        if seconds < HOUR:
            return 0, seconds // MINUTE, 0
        return (1, seconds // HOUR, 0) if seconds < DAY else (2, seconds // DAY, moment.toordinal())


def since_day(moment: date, now: date) -> str:
    """Return a date without the year where it is this one: "12 May"."""
    return str(format_date(moment, "d MMM")) if moment.year == now.year else day(moment)
