"""The rows of a plan as people read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.edits.models import CREATE, UPDATE, EditChange
from catalog_app.events.diffs import FieldDiff, field_diffs, label_of
from catalog_app.products.models import Product
from catalog_app.products.usage import Usage, usages_of_many

# What a new product is recognised by; what a file says of it stands there too, the rest on its own page.
OF_A_NEW_PRODUCT = ("product_type", "category", "price", "lifecycle_status")


@dataclass(frozen=True)
class RowLines:
    """One row in words. `stayed` names the fields that an undo left as they are; `usages` are where it is used."""

    diffs: Sequence[FieldDiff]
    field: str | None
    reason: str | None
    is_undone: bool
    stayed: Sequence[str]
    usages: Sequence[Usage]


def lines_of(session: Session, changes: Sequence[EditChange], *, with_usages: bool) -> dict[int, RowLines]:
    """Return the rows of a page by their number. One query, and those for where its products are used, if asked for."""
    currencies = _currencies(session, changes)
    asked = {change.product_id for change in changes if change.kind == UPDATE and change.product_id}
    usages = usages_of_many(asked) if with_usages else {}
    return {change.id: _lines(change, currencies, usages.get(change.product_id or 0, ())) for change in changes}


def _lines(change: EditChange, currencies: Mapping[int, str | None], usages: Sequence[Usage]) -> RowLines:
    after: dict[str, Any] = change.after or {}
    undone = change.undone or {}
    currency = after.get("currency") or currencies.get(change.product_id or 0)
    return RowLines(
        diffs=_diffs(change, after, currency),
        field=label_of(change.field) if change.field else None,
        # What is stored is the English sentence; most hold no value, and those are said in the reader's language.
        reason=str(gettext(change.reason)) if change.reason else None,
        is_undone=bool(undone),
        stayed=[label_of(name) for name in undone.get("kept", ())],
        usages=usages,
    )


def _diffs(change: EditChange, after: Mapping[str, Any], currency: str | None) -> list[FieldDiff]:
    if change.kind == CREATE:
        told = {name.partition(".")[0] for name in change.sent or ()} - {"name", "currency"}
        shown = [name for name in after if name in told or name in OF_A_NEW_PRODUCT]
        return field_diffs({}, {name: after[name] for name in shown if after[name]}, currency=currency)
    return field_diffs(change.before or {}, after, currency=currency)


def _currencies(session: Session, changes: Sequence[EditChange]) -> dict[int, str | None]:
    """Return the currencies of the products of some rows: an amount says little without."""
    ids = {change.product_id for change in changes if change.product_id and "price" in (change.after or {})}
    if not ids:
        return {}
    found = session.execute(select(Product.id, Product.currency).where(Product.id.in_(ids)))
    return {row.id: row.currency for row in found}
