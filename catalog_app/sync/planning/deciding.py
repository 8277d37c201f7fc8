"""What one record does to its product as that stands now. Decided when it is read, and again where the product moved."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from catalog_app.core.errors import RuleError
from catalog_app.core.json_values import as_json
from catalog_app.products.models import Product
from catalog_app.products.schema import FIELDS, TOGETHER, ProductInput, stored_value
from catalog_app.sync.models import CONFLICT, CREATE, NOTED, SET_ASIDE, UPDATE, WITHDRAW
from catalog_app.sync.planning.merge import Merge, merge

NOT_AGAIN = ""
"""The `undone_hash` of a product whose withdrawal was taken back: no run withdraws it until its source lists it again."""
SAYS_DELETED = "The source says that it is deleted."

_COLUMNS = (
    *(getattr(Product, name) for name in FIELDS),
    Product.id, Product.version, Product.external_system, Product.external_product_id, Product.quota_left,
    Product.missing_since, Product.deleted_at, Product.field_locks, Product.sync_state, Product.source_values,
    Product.undone_hash, Product.source_hash, Product.source_updated_at,
)  # fmt: skip
Standing = Row[Any]


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of a record. A product that is not here yet has neither id nor version."""

    kind: str
    product_id: int | None = None
    base_version: int | None = None
    before: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    after: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    conflicts: Mapping[str, Any] | None = None
    field: str | None = None
    reason: str | None = None


def standing_by_name(session: Session, system: str, names: Iterable[str]) -> dict[str, Standing]:
    """Return what a sync must know of these products of a system, by external id. One query."""
    return {row.external_product_id: row for row in _standing(session, system, Product.external_product_id, names)}


def standing_by_id(session: Session, system: str, ids: Iterable[int]) -> dict[int, Standing]:
    """Return what a sync must know of these products, by id. One query."""
    return {row.id: row for row in _standing(session, system, Product.id, ids)}


def _standing(session: Session, system: str, key: ColumnElement[Any] | Any, wanted: Iterable[Any]) -> list[Standing]:
    listed = list(wanted)
    if not listed:
        return []
    query = select(*_COLUMNS).where(Product.external_system == system, key.in_(listed))
    return list(session.connection().execute(query).all())


def decide(says: Mapping[str, Any], product: Standing | None) -> Decided:
    """Decide what a record that says this does; `product` is None where there is none yet."""
    if product is None:
        return Decided(CREATE, after=says)
    identity = product.id, product.version
    said_before = product.source_values or {}
    if _stays_away(product) and (product.undone_hash is None or says.items() <= said_before.items()):
        # People deleted it here, or took back the run that brought it: what the source says is noted at the most.
        return Decided(NOTED, *identity)
    here = here_of(product)
    result = merge(said_before=said_before, says_now=says, here=here, locks=product.field_locks)
    before, after = dict(result.before), dict(result.after)
    for name in ("missing_since", "deleted_at"):
        if (since := getattr(product, name)) is not None:
            before[name], after[name] = as_json(since), None
    if fault := _fault(says, here, result):
        return Decided(SET_ASIDE, *identity, field=fault[0], reason=fault[1])
    changes = before != after
    kind = UPDATE if changes else CONFLICT if result.changes_something else NOTED
    return Decided(kind, *identity, before=before, after=after, conflicts=result.conflicts or None)


def _stays_away(product: Standing) -> bool:
    return product.deleted_at is not None or (product.missing_since is not None and bool(product.undone_hash))


def withdraw(product: Standing | None, *, now: datetime, reason: str | None) -> Decided | None:
    """Decide about a product that its source no longer has; None where there is nothing to withdraw."""
    if product is None or product.deleted_at is not None or product.missing_since is not None:
        return None
    if product.undone_hash == NOT_AGAIN:
        return None
    before, after = {"missing_since": None}, {"missing_since": as_json(now)}
    return Decided(WITHDRAW, product.id, product.version, before=before, after=after, reason=reason)


def is_due(sync_frequency: str | None, *, of_system: str, frequencies: list[str] | None) -> bool:
    """Return whether a run for these frequencies may touch a product; a run for none in particular touches all."""
    return frequencies is None or (sync_frequency or of_system) in frequencies


def due_condition(*, of_system: str, frequencies: list[str]) -> ColumnElement[bool]:
    """Return `is_due` as a condition on products."""
    return func.coalesce(Product.sync_frequency, of_system).in_(frequencies)


def here_of(product: Standing) -> dict[str, Any]:
    """Return the fields of a product as JSON shows them."""
    return {name: as_json(getattr(product, name)) for name in FIELDS}


def _fault(says: Mapping[str, Any], here: Mapping[str, Any], result: Merge) -> tuple[str, str] | None:
    """Return why the source's values and people's own do not fit together, as (field, sentence).

    What the source says was checked as a whole, and what stands here too: only a mixture of both can break a rule.
    """
    after = {**here, **result.after}
    mixed = any(
        not result.after.keys().isdisjoint(fields)
        and any(name not in says or after[name] != says[name] for name in fields)
        for fields in TOGETHER
    )
    if not mixed:
        return None
    try:
        ProductInput.check({name: stored_value(name, value) for name, value in after.items()})
    except RuleError as error:
        return next(iter(error.errors.items()))
    return None
