"""The prices of a record: one main price, the others in a list."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from catalog_app.core.errors import MappingError

from .casts import Table, currency, decimal, integer, minor_units, moment
from .paths import Getter, compile_path, first_of
from .rules import AmountRule, PriceRules
from .spreading import PARENT, items_of
from .text import CastError, clean, shown

_MOST_TAX: Final = 100


@dataclass(frozen=True, slots=True)
class Price:
    """One price; the names are those of an entry of `prices`."""

    name: str | None
    price_type: str
    amount: Decimal
    currency: str
    billing_cycle: str
    tax_included: bool
    tax_rate: Decimal | None
    valid_from: datetime | None
    valid_to: datetime | None
    is_main: bool = False

    def is_valid(self, now: datetime) -> bool:
        return (self.valid_from is None or self.valid_from <= now) and (self.valid_to is None or now < self.valid_to)


_ENTRY: Final = tuple(field.name for field in fields(Price) if field.name != "is_main")


class PriceReader:
    """Reads all prices of a record by the rules of a preset."""

    def __init__(self, rules: PriceRules, *, types: Table, cycles: Table) -> None:
        # Only rules that look at it, or that take more than one step, pay for the way back to the parent.
        self._steps = tuple(map(compile_path, rules.each))
        self._knows_parent = len(self._steps) > 1 or PARENT in str(rules.model_dump(mode="json"))
        self._amounts = tuple((rule, compile_path(rule.amount), _at(rule.currency)) for rule in rules.amounts)
        self._main = _at(rules.main)
        self._name = compile_path(rules.name)
        self._type = _at(rules.type)
        self._period = first_of(rules.period) if rules.period else _at(None)
        self._length = _at(rules.period_length)
        self._tax_rate = first_of(rules.tax_rate) if rules.tax_rate else _at(None)
        self._valid_from = _at(rules.valid_from)
        self._valid_to = _at(rules.valid_to)
        self._types = types
        self._cycles = cycles

    def __call__(self, record: Any) -> list[Price]:
        """Return the prices in the source's order; an entry without an amount is only a reference, and left out."""
        entries = items_of(record, self._steps) if self._knows_parent else self._steps[0](record)
        if entries is None:
            return []
        if isinstance(entries, dict):
            entries = [entries]
        if not isinstance(entries, list):
            raise MappingError("prices", f"{shown(entries)} is not a list")
        return [price for entry in entries if (price := self._price(entry)) is not None]

    def _price(self, entry: Any) -> Price | None:
        found = self._found(entry)
        if found is None:
            return None
        rule, told, told_currency = found
        code = _tried("currency", currency, told_currency or rule.default_currency)
        if code is None:
            raise MappingError("currency", f"the amount {shown(told)} has no currency")
        amount = _tried("price", _reader(rule, code), told)
        price_type, cycle = self._kind(entry)
        if amount < 0 and price_type != "discount":
            raise MappingError("price", f"{amount} is below zero")
        return Price(
            name=_tried("prices", clean, self._name(entry)) or None,
            price_type=price_type,
            amount=amount,
            currency=code,
            billing_cycle=cycle,
            tax_included=rule.tax_included,
            tax_rate=_tried("tax_rate", _rate, self._tax_rate(entry)),
            valid_from=_tried("prices", moment, self._valid_from(entry)),
            valid_to=_tried("prices", moment, self._valid_to(entry)),
            is_main=self._main(entry) is True,
        )

    def _found(self, entry: Any) -> tuple[AmountRule, Any, Any] | None:
        """Return the first amount that the entry gives, with its rule and its currency as it was sent."""
        for rule, amount_at, currency_at in self._amounts:
            told = amount_at(entry)
            if told is not None and told != "":
                return rule, told, currency_at(entry)
        return None

    def _kind(self, entry: Any) -> tuple[str, str]:
        """Return the type and the billing cycle; without a type, a price with a period recurs."""
        cycle = self._cycle(entry)
        price_type = _tried("prices", self._types, self._type(entry))
        if price_type is None:
            price_type = "one_time" if cycle in (None, "one_time") else "recurring"
        if price_type == "recurring" and cycle in (None, "one_time"):
            raise MappingError("billing_cycle", "a recurring price does not say how often it recurs")
        return price_type, "one_time" if price_type == "one_time" else cycle or "one_time"

    def _cycle(self, entry: Any) -> str | None:
        period = self._period(entry)
        if period in (None, ""):
            return None
        # TMF620 sets the length to 0 where it does not apply.
        length = _tried("billing_cycle", integer, self._length(entry)) or 1
        cycle: str | None = _tried("billing_cycle", self._cycles, period if length == 1 else f"{length} {period}")
        return cycle


def split(prices: list[Price], now: datetime, *, main_currency: str = "") -> tuple[dict[str, Any], datetime | None]:
    """Return the price fields of a product, and the next moment at which they would come out differently.

    The first recurring price that is valid now is the main one, else the first one-time price; the
    rest stays in `prices`, in the source's order. One that the source puts first, or that is in the
    main currency, goes before the others.
    """
    valid = [price for price in prices if price.is_valid(now)]
    valid.sort(key=lambda price: (not price.is_main, price.currency != main_currency))
    main = next((price for price in valid if price.price_type == "recurring"), None)
    main = main or next((price for price in valid if price.price_type == "one_time"), None)
    edges = (edge for price in prices for edge in (price.valid_from, price.valid_to))
    values = {
        "price": main.amount if main else None,
        "currency": main.currency if main else None,
        "recurring": main is not None and main.price_type == "recurring",
        "billing_cycle": main.billing_cycle if main else "one_time",
        "tax_included": main is None or main.tax_included,
        "tax_rate": main.tax_rate if main else None,
        "prices": [_entry(price) for price in prices if price is not main],
    }
    return values, min((edge for edge in edges if edge is not None and edge > now), default=None)


def _entry(price: Price) -> dict[str, Any]:
    return {name: getattr(price, name) for name in _ENTRY}


def _at(path: str | None) -> Getter:
    return compile_path(path) if path else lambda _entry: None


def _reader(rule: AmountRule, code: str) -> Callable[[Any], Decimal]:
    return (lambda value: minor_units(value, code, rule.exponents)) if rule.minor_units else decimal


def _rate(value: Any) -> Decimal:
    rate = decimal(value)
    if not 0 <= rate <= _MOST_TAX:
        raise CastError("is not a tax rate")
    return rate


def _tried(field: str, cast: Callable[[Any], Any], value: Any) -> Any:
    if value is None or value == "":
        return None
    try:
        return cast(value)
    except CastError as fault:
        raise MappingError(field, f"{shown(value)} {fault}") from None
