"""The short notation in which the demo's catalogue is written: charges, allowances and members.

charge      "SAR 159 / month", "SAR 279 / 3 months", "SAR 50 once, Activation fee",
            "SAR 0.35 per minute, Call beyond the allowance",
            "SAR 60 off / month, Bundle saving [2026-09-01..2027-01-01]"
allowances  "60 GB, unlimited minutes, 500 SMS, 30 days"
member      "PO-10024", "PO-10024 0..2", "PO-10024 1..5 default 5"
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

# A JSON object as it is sent.
Json = dict[str, Any]

_CHARGE = re.compile(
    r"""(?P<currency>[A-Z]{3})\ (?P<amount>\d+(?:\.\d+)?)
        (?P<off>\ off)?
        (?:\ /\ (?:(?P<every>\d+)\ )?(?P<period>day|week|month|year)s?|\ (?P<once>once)|\ per\ (?P<unit>\w+))
        (?:,\ (?P<name>[^\[]+?))?
        (?:\ \[(?P<start>[\d-]*)\.\.(?P<end>[\d-]*)\])?""",
    re.VERBOSE,
)
_MEMBER = re.compile(r"(?P<product>PO-\d+)(?: (?P<least>\d+)\.\.(?P<most>\d+)(?: default (?P<usual>\d+))?)?")

_FEE_NAMES = {
    (1, "day"): "Daily fee",
    (1, "week"): "Weekly fee",
    (1, "month"): "Monthly fee",
    (3, "month"): "Quarterly fee",
    (1, "year"): "Yearly fee",
}

# Word of the notation -> name of the characteristic, unit of measure.
_ALLOWANCES: dict[str, tuple[str, str | None]] = {
    "GB": ("data_allowance", "GB"),
    "MB": ("data_allowance", "MB"),
    "data": ("data_allowance", None),
    "minutes": ("voice_minutes", "minute"),
    "SMS": ("sms_allowance", "message"),
    "day": ("validity_days", "day"),
    "days": ("validity_days", "day"),
    "Mbps": ("speed_mbps", "Mbps"),
    "months": ("commitment_months", "month"),
    "points": ("points_price", "point"),
}

UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class Charge:
    """One price of a product; `price_type` is in the source's words."""

    name: str
    price_type: str
    amount: Decimal
    currency: str
    period: str | None = None
    every: int = 0
    unit: str | None = None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Characteristic:
    """A named value of a product: a quantity with its unit, the word "unlimited", a text, or a list."""

    name: str
    value: int | str | tuple[str, ...]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A product inside a bundle: how many at least, usually and at most."""

    product: str
    least: int = 1
    usual: int = 1
    most: int = 1


def read_charge(text: str) -> Charge:
    """Return the charge that `text` describes; raises ValueError with the text if it is none."""
    found = _CHARGE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a charge")
    period = found["period"]
    every = int(found["every"] or 1) if period else 0
    return Charge(
        name=found["name"] or _FEE_NAMES.get((every, period), "One-time price"),
        price_type=_price_type(found),
        amount=Decimal(found["amount"]),
        currency=found["currency"],
        period=period,
        every=every,
        unit=found["unit"],
        start=_day(found["start"]),
        end=_day(found["end"]),
    )


def _price_type(found: re.Match[str]) -> str:
    if found["off"]:
        return "discount"
    if found["unit"]:
        return "usage"
    return "recurring" if found["period"] else "oneTime"


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def read_allowances(text: str) -> tuple[Characteristic, ...]:
    """Return the allowances of a list like "60 GB, unlimited minutes"; an empty text gives none."""
    return tuple(_read_allowance(part) for part in text.split(", ")) if text else ()


def _read_allowance(text: str) -> Characteristic:
    amount, _, word = text.partition(" ")
    if word not in _ALLOWANCES:
        raise ValueError(f"{text!r} is not an allowance")
    name, unit = _ALLOWANCES[word]
    if amount == UNLIMITED:
        return Characteristic(name, UNLIMITED)
    return Characteristic(name, int(amount), unit)


def read_member(text: str) -> Member:
    """Return the member that `text` describes; without limits it is contained exactly once."""
    found = _MEMBER.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a member")
    if found["least"] is None:
        return Member(found["product"])
    least, most = int(found["least"]), int(found["most"])
    return Member(found["product"], least, int(found["usual"] or least), most)
