"""Makes a demo's catalogue as large as wished: regional editions of the hand-written rows."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import count as count_up

from catalog_app.demo.catalogue_notation import Charge
from catalog_app.demo.catalogue_rows import Row

_PLACES = (
    ("Riyadh", "RUH"),
    ("Jeddah", "JED"),
    ("Dammam", "DMM"),
    ("Makkah", "MKK"),
    ("Madinah", "MED"),
    ("Abha", "AHB"),
    ("Tabuk", "TUU"),
    ("Hail", "HAS"),
    ("Jazan", "GIZ"),
    ("Najran", "EAM"),
)
_FIRST_NUMBER = 200_000
_SHORT_NAME_LENGTH = 40
_EXPONENTS = {"KWD": 3}


def variants(base: tuple[Row, ...]) -> Iterator[Row]:
    """Yield editions of `base` without end, each with an id, a name and prices of its own.

    Members and relations go on pointing to the hand-written rows.
    """
    for number in count_up():
        edition, index = divmod(number, len(base))
        yield _edition_of(base[index], edition, _FIRST_NUMBER + number)


def _edition_of(row: Row, edition: int, number: int) -> Row:
    series, place = divmod(edition, len(_PLACES))
    city, code = _PLACES[place]
    suffix = f" {series + 1}" if series else ""
    tail = f" {code}{suffix}"
    return replace(
        row,
        id=f"PO-{number}",
        name=f"{row.name}, {city}{suffix}",
        short_name=f"{row.short_name[: _SHORT_NAME_LENGTH - len(tail)]}{tail}" if row.short_name else "",
        charges=tuple(_moved(charge, edition) for charge in row.charges),
        updated=None,
    )


def _moved(charge: Charge, edition: int) -> Charge:
    """Return the charge between a tenth below and a tenth above, rounded to what its currency can pay."""
    percent = 90 + edition * 7 % 21
    # A price for one unit may be a fraction of the smallest coin, and keeps the digits it was written with.
    digits = -int(charge.amount.as_tuple().exponent)
    places = max(digits, _EXPONENTS.get(charge.currency, 2))
    amount = (charge.amount * percent / 100).quantize(Decimal(1).scaleb(-places))
    return replace(charge, amount=amount)
