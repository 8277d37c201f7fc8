"""How single values are shown in JSON, the same at every door."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

_CENT = Decimal("0.01")


def as_json(value: Any) -> Any:
    """Return a value as our JSON shows it: money as text with two decimals or more, a moment in RFC 3339 UTC."""
    if isinstance(value, Decimal):
        return money_text(value)
    if isinstance(value, datetime):
        return moment_text(value)
    return value


def money_text(value: Decimal) -> str:
    """Return an exact amount as text: "19.90", and "0.0125" where two decimals would lose something."""
    rounded = value.quantize(_CENT)
    return format(rounded if rounded == value else value.normalize(), "f")


def moment_text(value: datetime) -> str:
    """Return an aware moment as RFC 3339 in UTC, with a Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
