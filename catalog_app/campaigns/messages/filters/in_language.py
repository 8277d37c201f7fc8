"""Filters that ask to whom they speak: amounts, numbers and dates as the reader of this message writes them."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from catalog_app.campaigns.messages import figures
from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.messages.filters import dates
from catalog_app.campaigns.messages.limits import MAX_DECIMALS
from catalog_app.campaigns.messages.reader import Reader
from catalog_app.campaigns.messages.values import count_of, number_of, plain, plain_text
from catalog_app.core.errors import Sentence

_CODE_LENGTH = 3


def money(value: Any, currency: Any = None, *, reader: Reader) -> str:
    """Return an amount in the currency of the offer, or in the one that is named: "SAR 149.00"."""
    code = reader.currency if currency is None else plain_text(currency)
    if not code or len(code) != _CODE_LENGTH or not code.isascii() or not code.isupper():
        raise TemplateError(Sentence("This amount has no currency."))
    amount = number_of(value)
    places = max(figures.places_of(code), 0)
    rounded = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return figures.money(rounded, code, reader.language)


def number(value: Any, places: Any = None, *, reader: Reader) -> str:
    """Return a number with its thousands set apart, rounded to `places` where they are told."""
    amount = number_of(value)
    if places is not None:
        kept = min(max(count_of(places), 0), MAX_DECIMALS)
        amount = plain(amount.quantize(Decimal(1).scaleb(-kept), ROUND_HALF_UP))
    return figures.number(amount, reader.language)


def date(value: Any, wanted: Any, *, reader: Reader) -> str:
    return dates.said(value, wanted, language=reader.language, zone=reader.zone)
