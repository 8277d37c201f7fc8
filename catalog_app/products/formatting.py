"""How pages say the values of a product: words for terms, money by currency, moments by their age."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale
from babel.numbers import format_decimal, get_currency_precision
from flask_babel import format_date, get_locale, gettext, lazy_gettext

from catalog_app.core.moments import DAY, HOUR, MINUTE, ago
from catalog_app.products.rule_words import rule_text
from catalog_app.products.terms import FEATURES, UNLIMITED

_UNITS = {feature.key: feature.unit for feature in FEATURES}
_MAX_DECIMALS = 4

TERMS: Mapping[str, Any] = {
    # product types
    "voice": lazy_gettext("Voice"),
    "data": lazy_gettext("Data"),
    "sms": lazy_gettext("SMS"),
    "bundle": lazy_gettext("Bundle"),
    "device": lazy_gettext("Device"),
    "service": lazy_gettext("Service"),
    "addon": lazy_gettext("Add-on"),
    "reward": lazy_gettext("Reward"),
    "voucher": lazy_gettext("Voucher"),
    # payment modes
    "any": lazy_gettext("Any"),
    "prepaid": lazy_gettext("Prepaid"),
    "postpaid": lazy_gettext("Postpaid"),
    "hybrid": lazy_gettext("Hybrid"),
    # billing cycles and frequencies
    "daily": lazy_gettext("Daily"),
    "weekly": lazy_gettext("Weekly"),
    "monthly": lazy_gettext("Monthly"),
    "quarterly": lazy_gettext("Quarterly"),
    "yearly": lazy_gettext("Yearly"),
    "one_time": lazy_gettext("One time"),
    "realtime": lazy_gettext("Real time"),
    "hourly": lazy_gettext("Hourly"),
    # price types
    "recurring": lazy_gettext("Recurring"),
    "usage": lazy_gettext("Usage"),
    "discount": lazy_gettext("Discount"),
    # lifecycle
    "in_design": lazy_gettext("In design"),
    "in_test": lazy_gettext("In test"),
    "launched": lazy_gettext("Active"),
    "suspended": lazy_gettext("Suspended"),
    "retired": lazy_gettext("Retired"),
    "obsolete": lazy_gettext("Obsolete"),
    "rejected": lazy_gettext("Rejected"),
    # sync states
    "in_sync": lazy_gettext("In sync"),
    "local_edit": lazy_gettext("Yours"),
    "conflict": lazy_gettext("Conflict"),
    "missing": lazy_gettext("Missing"),
    "error": lazy_gettext("Error"),
    "manual": lazy_gettext("Manual"),
    # channels
    "email": lazy_gettext("Email"),
    "push": lazy_gettext("Push"),
    "app": lazy_gettext("App"),
    "ussd": lazy_gettext("USSD"),
    "web": lazy_gettext("Web"),
    "shop": lazy_gettext("Shop"),
    # relations
    "requires": lazy_gettext("Requires"),
    "excludes": lazy_gettext("Excludes"),
    "optional_for": lazy_gettext("Optional for"),
    "replaced_by": lazy_gettext("Replaced by"),
    # flags of filters
    "true": lazy_gettext("Yes"),
    "false": lazy_gettext("No"),
}

FEATURE_LABELS: Mapping[str, Any] = {
    "data_mb": lazy_gettext("Data"),
    "voice_minutes": lazy_gettext("Voice"),
    "sms_count": lazy_gettext("Messages"),
    "validity_days": lazy_gettext("Validity"),
    "speed_mbps": lazy_gettext("Speed"),
    "roaming_zones": lazy_gettext("Roaming zones"),
    "commitment_months": lazy_gettext("Commitment"),
}

_CHECKS: Mapping[str, Any] = {
    "lifecycle": lazy_gettext("Status"),
    "switch": lazy_gettext("May be bought"),
    "window": lazy_gettext("Window"),
    "missing": lazy_gettext("At its source"),
    "quota": lazy_gettext("Quota"),
    "channel": lazy_gettext("Channel"),
    "payment_mode": lazy_gettext("Pays"),
    "customer_value": lazy_gettext("Customer value"),
    "segments": lazy_gettext("Segments"),
    "relations": lazy_gettext("Relations"),
    "points": lazy_gettext("Points"),
    "limit": lazy_gettext("Per customer"),
    "cooldown": lazy_gettext("Cool-down"),
    "rule": lazy_gettext("Rule"),
}

_PER = {
    "daily": lazy_gettext("/ day"),
    "weekly": lazy_gettext("/ week"),
    "monthly": lazy_gettext("/ month"),
    "quarterly": lazy_gettext("/ quarter"),
    "yearly": lazy_gettext("/ year"),
    "one_time": lazy_gettext("once"),
}
_WORDED_FIELDS = frozenset(
    {"product_type", "payment_mode", "billing_cycle", "lifecycle_status", "sync_frequency", "sync_state"}
)


def term(value: str) -> str:
    """Return the word for one of our short strings; one that we do not know is shown as it is."""
    known = TERMS.get(value)
    return str(known) if known is not None else value


def terms(values: list[str]) -> str:
    """Return the words for several, with commas."""
    return ", ".join(map(term, values))


def value_words(field_name: str, value: Any) -> str | None:
    """Return a value of a field as people say it, or None where it speaks for itself."""
    if isinstance(value, str):
        return term(value) if field_name in _WORDED_FIELDS else None
    if field_name == "eligibility_rule" and isinstance(value, dict):
        return rule_text(value)
    if field_name == "prices" and isinstance(value, list):
        return "; ".join(f"{price['name'] or term(price['price_type'])} {_price_words(price)}" for price in value)
    if field_name == "channels" and isinstance(value, list):
        return terms(value)
    return None


def _price_words(price: Mapping[str, Any]) -> str:
    return f"{price['currency']} {price['amount']} {per_cycle(price['billing_cycle'])}"


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
        group, point = marks
        whole, _, rest = f"{amount:,.{decimals}f}".partition(".")
        return whole.replace(",", group) + (point + rest if rest else "")

    def money(self, amount: Decimal, currency: str | None) -> str:
        """Return an amount, currency first: "SAR 149.00"."""
        text = self.number(amount, _precision(currency))
        return f"{currency}\N{NO-BREAK SPACE}{text}" if currency else text


@cache
def _marks(language: str) -> tuple[str, str] | None:
    """Return the thousands and decimal marks of a language, None where its numbers need babel itself.

    babel takes 25 us for an amount, and a list shows fifty; most languages only swap two marks.
    """
    locale = Locale.parse(language)
    pattern = locale.decimal_formats[None]
    if locale.default_numbering_system != "latn" or pattern.grouping != (3, 3):
        return None
    symbols = locale.number_symbols["latn"]
    return symbols["group"], symbols["decimal"]


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


def per_cycle(cycle: str) -> str:
    """Return what stands behind a price: "/ month", or "once"."""
    return str(_PER.get(cycle, cycle))


def day(moment: datetime) -> str:
    """Return a date as histories show it: "12 May 2026"."""
    return str(format_date(moment, "d MMM yyyy"))


def day_and_time(moment: datetime) -> str:
    """Return a moment to the minute, in UTC: "31 Dec 2026, 23:59 UTC"."""
    return f"{day(moment)}, {moment:%H:%M} UTC"


def feature_label(key: str) -> str:
    """Return the name of a feature; an unknown key is its own name."""
    return str(FEATURE_LABELS.get(key, key))


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
    """Return who acted in words: the e-mail of a person, the name of a token, the run of a sync."""
    kind, _, name = actor.partition(":")
    if kind == "run" and name:
        return str(gettext("Sync run %(number)s", number=name))
    if kind == "token" and name:
        return str(gettext("Token %(name)s", name=name))
    return name or actor


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


def since_day(moment: datetime, now: datetime) -> str:
    """Return a date without the year where it is this one: "12 May"."""
    return str(format_date(moment, "d MMM")) if moment.year == now.year else day(moment)


def check_label(code: str) -> str:
    """Return the name of a check of eligibility."""
    return str(_CHECKS.get(code, code))


def reason_words(message: str) -> str:
    """Return the message of a check without the field that stands in front of it for machines."""
    return message.partition(": ")[2] or message
