"""Amounts as billing systems send them."""

from decimal import Decimal

_EXPONENTS = {"JPY": 0, "KRW": 0, "CLP": 0, "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}
_USUAL = 2


def minor_units(amount: Decimal, currency: str) -> int:
    """Return the amount in the smallest coin of its currency."""
    return int(amount.scaleb(_EXPONENTS.get(currency, _USUAL)).to_integral_value())
