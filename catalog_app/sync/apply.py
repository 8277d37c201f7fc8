"""Apply: the whole plan in one transaction, or nothing of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.errors import CatalogError
from catalog_app.core.json_values import moment_text
from catalog_app.products import changes as write_side
from catalog_app.products.models import Product
from catalog_app.products.schema import ProductInput, stored_value
from catalog_app.sync.models import ExternalSystem, SyncChange, SyncRun
from catalog_app.sync.plan import chunks_of


class BaseMovedError(CatalogError):
    """A product of the plan was changed after the plan was made; the plan is made again."""


def apply_plan(session: Session, run: SyncRun, *, now: datetime) -> None:
    """Write every change of the plan with its revision, inside the caller's transaction.

    Raises BaseMovedError, and then the transaction must be rolled back, where a product is not at the version
    that the plan was made for. Memory stays bounded by the chunk, the transaction by the plan.
    """
    system = session.get_one(ExternalSystem, run.external_system)
    actor = f"sync:{run.external_system}"
    for chunk in chunks_of(session, run, ("create", "update", "conflict", "withdraw")):
        products = _at_planned_version(session, chunk)
        told: list[tuple[Product, str, write_side.Changes]] = []
        for change in chunk:
            product = products.get(change.product_id or 0) or _new(session, run, change, actor=actor, now=now)
            told.append((product, change.kind, _written(product, change, system, now=now)))
            write_side.touch(product, actor=actor, at=now)
        write_side.ensure_segments(session, _segments(chunk))
        session.flush()
        for product, kind, changed in told:
            write_side.tell(session, product, changed, action=ACTIONS[kind], actor=actor, at=now, run_id=run.id)
        session.flush()
        _let_go(session, told, chunk)
    if run.complete and run.full:
        system.last_complete_at = run.started_at
    system.last_success_at = now


ACTIONS = {"create": "created", "update": "synced", "conflict": "conflicted", "withdraw": "withdrawn"}


def _at_planned_version(session: Session, chunk: Sequence[SyncChange]) -> dict[int, Product]:
    planned = {change.product_id: change.base_version for change in chunk if change.product_id is not None}
    query = select(Product).where(Product.id.in_(planned)).with_for_update().execution_options(populate_existing=True)
    products = {product.id: product for product in session.scalars(query)}
    moved = [key for key, version in planned.items() if key not in products or products[key].version != version]
    if moved:
        raise BaseMovedError(f"{len(moved)} products were changed after the plan was made.")
    return products


def _new(session: Session, run: SyncRun, change: SyncChange, *, actor: str, now: datetime) -> Product:
    product = Product(
        external_system=run.external_system,
        external_product_id=change.external_product_id or "",
        field_locks={},
        created_at=now,
        created_by=actor,
    )
    session.add(product)
    # What the source does not speak of takes its default through the same rules as at every other door.
    write_side.set_fields(product, ProductInput.check(change.said or {}).values())
    change.product_id = None
    return product


def _written(product: Product, change: SyncChange, system: ExternalSystem, *, now: datetime) -> write_side.Changes:
    """Set what the plan says and return what to tell of it."""
    if change.kind == "create":
        changed: write_side.Changes = {field: [None, value] for field, value in (change.after or {}).items()}
        if product.quota_total is not None:
            write_side.keep_quota(product, product.quota_total)
    else:
        values = {field: stored_value(field, value) for field, value in (change.after or {}).items()}
        changed = write_side.set_fields(product, values)
    if change.kind == "withdraw":
        product.last_synced = system.last_complete_at or product.last_synced
        return changed
    changed.update(_noted(product, change, now=now))
    product.source_values, product.source_hash = change.said, change.source_hash
    product.source_updated_at, product.remap_at = change.source_updated_at, change.remap_at
    product.last_synced = now
    return changed


def _noted(product: Product, change: SyncChange, *, now: datetime) -> write_side.Changes:
    """Keep what the source wants of locked fields beside the locks, and drop what it no longer wants."""
    said = change.said or {}
    locks: dict[str, Any] = {}
    for field, lock in product.field_locks.items():
        kept = dict(lock)
        if field in (change.conflicts or {}):
            kept.update(theirs=said[field], theirs_since=moment_text(now))
        elif "theirs" in kept and field in said and said[field] == write_side.shown(product, field):
            kept = {key: value for key, value in kept.items() if not key.startswith("theirs")}
        locks[field] = kept
    return write_side.set_fields(product, {"field_locks": locks})


def _segments(chunk: Sequence[SyncChange]) -> set[str]:
    fields = ("target_segments", "exclude_segments")
    return {key for change in chunk for field in fields for key in (change.after or {}).get(field) or ()}


def _let_go(
    session: Session, told: Sequence[tuple[Product, str, write_side.Changes]], chunk: Sequence[SyncChange]
) -> None:
    """Note which products the changes became, and drop both from memory: a plan may be large."""
    for (product, _, _), change in zip(told, chunk, strict=True):
        change.product_id = product.id
    session.flush()
    for (product, _, _), change in zip(told, chunk, strict=True):
        session.expunge(product)
        session.expunge(change)
