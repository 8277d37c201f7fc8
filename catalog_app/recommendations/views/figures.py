"""How the numbers of decisions and models are said: a probability, a factor, a part of a score."""

from typing import Final

from flask_babel import format_decimal, gettext

from catalog_app.core.rates import MINUS

_LARGE: Final = 100
_THOUSAND: Final = 1_000
_SMALL: Final = 0.1
_LEAST: Final = 0.005
"""A part of a score below this one is said as none."""


def probability(value: float) -> str:
    """Return a probability: "0.184", and "0.0021" where three decimals would say little."""
    return str(format_decimal(value, format="0.000" if value >= _SMALL / 10 or value == 0 else "0.0000"))


def factor(value: float) -> str:
    """Return a factor of a priority: "1.20"."""
    return str(format_decimal(value, format="#,##0.00"))


def magnitude(value: float, like: float | None = None) -> str:
    """Return a priority or a value: "389", "23.3", "0.031"; with the decimals of `like`, so that a column lines up."""
    size = abs(value if like is None else like)
    decimals = "0" if size >= _LARGE else "0.0" if size >= 1 else "0.000"
    return str(format_decimal(value, format=f"#,##{decimals}"))


def priority(value: float, like: float) -> str:
    """Return a priority with the decimals of `like`: one as far as a thousand, so that neighbours can be told apart."""
    return magnitude(value, like=min(like, 1.0) if like < _THOUSAND else like)


def signed(amount: float) -> str:
    """Return a part of a score with its sign: "+0.41"."""
    if abs(amount) < _LEAST:
        return str(format_decimal(0, format="0.00"))
    return f"{'+' if amount > 0 else MINUS}{format_decimal(abs(amount), format='#,##0.00')}"


def tone(amount: float) -> str:
    """Return whether a part of a score speaks for or against."""
    return "muted" if abs(amount) < _LEAST else "tone-good" if amount > 0 else "tone-bad"


def lift(value: float) -> str:
    """Return how many times the average something is: "1.6x"."""
    return str(gettext("%(times)sx", times=format_decimal(value, format="0.##")))
