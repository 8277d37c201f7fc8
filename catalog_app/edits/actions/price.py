"""Prices: set, moved by a share, moved by an amount. Only the main price; further prices stay as they are."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from babel.numbers import get_currency_precision
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Row

from catalog_app.core.errors import Fault, RuleError, Sentence
from catalog_app.core.json_values import money_text
from catalog_app.edits.actions.base import BulkAction, Change, Values, missing

RAISE, LOWER = "raise", "lower"
_WHOLE = Decimal(100)
_MOST_PERCENT = Decimal(1000)
_CODE_LENGTH = 3


class SetPrice(BulkAction):
    """One price for all, in one currency."""

    name = "price_set"
    label = lazy_gettext("Set price")
    verb = lazy_gettext("Set price")
    reads = ("price", "currency")

    def check(self, sent: Mapping[str, Any]) -> Values:
        currency = _currency(sent)
        amount = _amount(sent, "amount")
        if amount < 0:
            raise RuleError({"amount": Sentence("A price is not below zero.")})
        return {"amount": money_text(_fitting(amount, currency)), "currency": currency}

    def words(self, values: Values) -> str:
        return str(gettext("Set the price to %(currency)s %(amount)s", **values))

    def change(self, product: Row[Any], values: Values) -> Change:
        if product.currency is not None and product.currency != values["currency"]:
            raise _other_currency(product.currency)
        return Change({"price": values["amount"], "currency": values["currency"]})


class ScalePrice(BulkAction):
    """Raised or lowered by a share of itself, rounded half up to what the currency can pay."""

    name = "price_percent"
    label = lazy_gettext("Raise or lower price by percent")
    verb = lazy_gettext("Change price")
    reads = ("price", "currency")

    def check(self, sent: Mapping[str, Any]) -> Values:
        direction = sent.get("direction")
        if direction not in (RAISE, LOWER):
            raise RuleError({"direction": Sentence("Choose whether to raise or to lower.")})
        percent = _amount(sent, "percent")
        if not 0 < percent <= _MOST_PERCENT:
            raise RuleError({"percent": Sentence("Use a share above 0 and at most 1,000 percent.")})
        if direction == LOWER and percent > _WHOLE:
            raise RuleError({"percent": Sentence("Lowering by more than 100 percent would lead below zero.")})
        return {"direction": direction, "percent": money_text(percent)}

    def words(self, values: Values) -> str:
        percent = f"{Decimal(values['percent']).normalize():f}"
        if values["direction"] == RAISE:
            return str(gettext("Raise the price by %(percent)s %%", percent=percent))
        return str(gettext("Lower the price by %(percent)s %%", percent=percent))

    def change(self, product: Row[Any], values: Values) -> Change:
        share = Decimal(values["percent"]) / _WHOLE
        factor = 1 + share if values["direction"] == RAISE else 1 - share
        return _priced(product, _price(product) * factor)


class AddToPrice(BulkAction):
    """An amount more, or less where it is negative, in one currency."""

    name = "price_add"
    label = lazy_gettext("Add to price")
    verb = lazy_gettext("Change price")
    reads = ("price", "currency")

    def check(self, sent: Mapping[str, Any]) -> Values:
        currency = _currency(sent)
        amount = _amount(sent, "amount")
        if not amount:
            raise RuleError({"amount": Sentence("Adding nothing changes nothing.")})
        return {"amount": money_text(_fitting(amount, currency)), "currency": currency}

    def words(self, values: Values) -> str:
        amount = Decimal(values["amount"])
        shown = {"currency": values["currency"], "amount": money_text(abs(amount))}
        if amount > 0:
            return str(gettext("Add %(currency)s %(amount)s to the price", **shown))
        return str(gettext("Take %(currency)s %(amount)s off the price", **shown))

    def change(self, product: Row[Any], values: Values) -> Change:
        price = _price(product)
        if product.currency != values["currency"]:
            raise _other_currency(product.currency)
        return _priced(product, price + Decimal(values["amount"]))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Return an amount as its currency can pay it, half a unit rounded up: 10.125 is SAR 10.13 and KWD 10.125."""
    return amount.quantize(Decimal(1).scaleb(-get_currency_precision(currency)), ROUND_HALF_UP)


def _priced(product: Row[Any], amount: Decimal) -> Change:
    if amount < 0:
        words = Sentence("It would fall below zero, to %(amount)s.", amount=money_text(amount))
        raise RuleError({"price": words})
    payable = rounded(amount, product.currency)
    if amount and not payable:
        words = Sentence("It would be rounded to zero, from %(amount)s, and be free.", amount=f"{amount.normalize():f}")
        raise RuleError({"price": words})
    return Change({"price": money_text(payable)})


def _price(product: Row[Any]) -> Decimal:
    if product.price is None or product.currency is None:
        raise RuleError({"price": Sentence("It has no price.")})
    price: Decimal = product.price
    return price


def _other_currency(currency: str) -> RuleError:
    return RuleError({"currency": Sentence("Its price is in %(currency)s.", currency=currency)})


def _amount(sent: Mapping[str, Any], name: str) -> Decimal:
    text = str(sent.get(name) or "").strip()
    if not text:
        raise missing(name)
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise RuleError({name: Fault("malformed", "Write a number, such as 12.50.")}) from None
    if not amount.is_finite() or amount.copy_abs() >= 10**10 or amount != round(amount, 4):
        raise RuleError({name: Fault("malformed", "Write a number of at most 10 digits and 4 decimals.")})
    # A zero has no sign here.
    return amount + 0


def _fitting(amount: Decimal, currency: str) -> Decimal:
    if amount != rounded(amount, currency):
        words = Sentence(
            "%(currency)s has %(decimals)d decimals.", currency=currency, decimals=get_currency_precision(currency)
        )
        raise RuleError({"amount": words})
    return amount


def _currency(sent: Mapping[str, Any]) -> str:
    code = str(sent.get("currency") or "").strip().upper()
    if not code:
        raise missing("currency")
    if len(code) != _CODE_LENGTH or not (code.isascii() and code.isalpha()):
        raise RuleError({"currency": Fault("malformed", "Use a currency code of three capital letters, such as SAR.")})
    return code
