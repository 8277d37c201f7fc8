"""The rows of the demo's catalogue, read from the tables in `data/`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from catalog_app.demo.catalogue_notation import (
    Characteristic,
    Charge,
    Member,
    read_allowances,
    read_charge,
    read_member,
)

FAMILIES = (
    "included",
    "postpaid",
    "prepaid",
    "hybrid",
    "together",
    "data",
    "voice",
    "messages",
    "roaming",
    "content",
    "devices",
    "home",
    "services",
    "rewards",
    "vouchers",
)
_DATA = Path(__file__).parent / "data"

# Key of the tables -> TMF's word for the relation.
_RELATIONS = {
    "requires": "requires",
    "excludes": "excludes",
    "optional_for": "optionalFor",
    "replaced_by": "replacedBy",
}


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation from the row that holds it to another product."""

    kind: str
    product: str


@dataclass(frozen=True, slots=True)
class Row:
    """One product as its author wrote it, with what its family gives to all of its rows.

    `kind` is the product type in our own words. The source does not send it; it is here so that
    tests can tell whether a preset derives the right one.
    """

    id: str
    family: str
    kind: str
    name: str
    short_name: str
    description: str
    category: str
    specification: str
    offering_type: str
    payment_mode: str
    status: str
    status_reason: str
    sellable: bool
    characteristic_shape: str
    charge_shape: str
    charges: tuple[Charge, ...]
    allowances: tuple[Characteristic, ...]
    zones: tuple[str, ...]
    attributes: tuple[tuple[str, int | str], ...]
    members: tuple[Member, ...]
    relations: tuple[Relation, ...]
    segments: tuple[str, ...]
    channels: tuple[str, ...]
    has_terms: bool
    starts: date | None
    ends: date | None
    updated: date | None


@cache
def rows() -> tuple[Row, ...]:
    """Return every hand-written row, family by family, in the order of the tables."""
    return tuple(row for family in FAMILIES for row in _family(family))


def _family(family: str) -> list[Row]:
    tables = tomllib.loads((_DATA / f"{family}.toml").read_text(encoding="utf-8"))
    defaults = tables.pop("defaults")
    return [_row(family, product, {**defaults, **table}) for product, table in tables.items()]


def _row(family: str, product: str, cells: Mapping[str, Any]) -> Row:
    return Row(
        id=product,
        family=family,
        kind=cells["kind"],
        name=cells["name"],
        short_name=cells.get("short", ""),
        description=cells["about"],
        category=cells["category"],
        specification=cells["specification"],
        offering_type=cells.get("type", "ProductOffering"),
        payment_mode=cells.get("payment", "any"),
        status=cells.get("status", "Active"),
        status_reason=cells.get("reason", ""),
        sellable=cells.get("sellable", True),
        characteristic_shape=cells["characteristics"],
        charge_shape=cells["charges"],
        charges=tuple(read_charge(text) for text in cells.get("price", ())),
        allowances=read_allowances(cells.get("gives", "")),
        zones=tuple(cells.get("zones", ())),
        attributes=tuple(cells.get("attributes", {}).items()),
        members=tuple(read_member(text) for text in cells.get("members", ())),
        relations=tuple(Relation(word, other) for key, word in _RELATIONS.items() for other in cells.get(key, ())),
        segments=tuple(cells.get("segments", ())),
        channels=tuple(cells["channels"]),
        has_terms=cells.get("terms", False),
        starts=cells.get("from"),
        ends=cells.get("until"),
        updated=cells.get("updated"),
    )
