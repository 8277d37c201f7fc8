"""How rates, and differences of them, are said to people."""

from typing import Final

from flask import Flask
from flask_babel import format_decimal, gettext

from catalog_app.core.moments import figure

MINUS: Final = "\N{MINUS SIGN}"
_FEW: Final = 0.01
"""Below this share, a rate is said with two decimals."""
_LEAST: Final = 0.000_05
"""A share below this one is said as none."""


def init_app(app: Flask) -> None:
    for word in (percent, points, tick_percent, tick_points, signed_percent):
        app.jinja_env.filters[word.__name__] = word


def percent(rate: float) -> str:
    """Return a rate: "7.4 %", and "0.38 %" where one decimal would say little."""
    return str(gettext("%(percent)s %%", percent=_hundredfold(rate)))


def points(difference: float) -> str:
    """Return a difference of rates with its sign: "+3.1"."""
    return f"{sign(difference)}{_hundredfold(abs(difference))}"


def tick_percent(rate: float) -> str:
    """Return a rate as it stands below a chart: "5 %", without decimals that it does not need."""
    return str(gettext("%(percent)s %%", percent=figure(round(rate * 100, 2))))


def tick_points(difference: float) -> str:
    """Return a difference as it stands below a chart: "+5"."""
    return f"{sign(difference)}{figure(round(abs(difference) * 100, 2))}"


def signed_percent(share: float) -> str:
    """Return a lift: "+48 %"."""
    return str(gettext("%(percent)s %%", percent=f"{sign(share)}{figure(abs(round(share * 100)))}"))


def sign(number: float) -> str:
    """Return the sign of a number that is not rounded away."""
    return "+" if number >= _LEAST else MINUS if number <= -_LEAST else ""


def _hundredfold(rate: float) -> str:
    pattern = "#,##0.00" if 0 < abs(rate) < _FEW else "#,##0.0"
    return str(format_decimal(rate * 100, format=pattern))
