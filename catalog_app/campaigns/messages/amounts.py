"""What an offer costs: exact, to the places of its currency."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, Protocol

from catalog_app.campaigns.messages.figures import places_of

_MOST_PLACES: Final = 4
_WHOLE: Final = 100


class Priced(Protocol):
    """What the price of an offer is worked out from."""

    @property
    def price(self) -> Decimal | None: ...
    @property
    def currency(self) -> str | None: ...


@dataclass(frozen=True)
class Amounts:
    """The price that is promised, and the one of the catalogue that it came from."""

    price: Decimal | None
    currency: str | None
    catalogue_price: Decimal | None
    discount_percent: Decimal | None


def amounts_of(product: Priced, config: Mapping[str, Any]) -> Amounts:
    """Return what the offer costs: the price that the campaign names, else the catalogue's less its discount.

    A discount is taken from the price of the catalogue and rounded once, half up, to the places of the currency.
    """
    currency = config.get("currency") or product.currency
    catalogue = None if product.price is None else placed(product.price, product.currency)
    own, discount = decimal_of(config.get("price")), decimal_of(config.get("discount_percent"))
    if own is not None:
        return Amounts(placed(own, currency), currency, catalogue, discount)
    if discount is None or product.price is None:
        return Amounts(catalogue, currency, catalogue, discount)
    less = product.price * (_WHOLE - discount) / _WHOLE
    rounded = less.quantize(Decimal(1).scaleb(-places_of(currency)), ROUND_HALF_UP)
    return Amounts(rounded, currency, catalogue, discount)


def placed(amount: Decimal, currency: str | None) -> Decimal:
    """Return an amount with the places of its currency, and more where it has more: 149.0000 is 149.00."""
    exponent = amount.normalize().as_tuple().exponent
    own = -exponent if isinstance(exponent, int) else 0
    return amount.quantize(Decimal(1).scaleb(-max(places_of(currency), min(own, _MOST_PLACES))))


def decimal_of(value: Any) -> Decimal | None:
    """Return a number of a checked configuration, which may have come as text."""
    return None if value is None or value == "" else Decimal(str(value))
