"""Apply: the whole plan in one transaction, or nothing of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, undefer

from catalog_app.core.errors import CatalogError
from catalog_app.core.json_values import moment_text
from catalog_app.products import changes as write_side
from catalog_app.products.models import Product
from catalog_app.products.schema import ProductInput, stored_value
from catalog_app.sync.models import CONFLICT, CREATE, NOTED, UPDATE, WITHDRAW, SyncChange, SyncRun, SystemState
from catalog_app.sync.plan import chunks_of, count_plan, decide

ACTIONS = {CREATE: "created", UPDATE: "synced", CONFLICT: "conflicted", WITHDRAW: "withdrawn"}


class BaseMovedError(CatalogError):
    """The catalogue is no longer the one that the plan was made for."""


def apply_plan(session: Session, run: SyncRun, *, now: datetime, as_shown: bool) -> None:
    """Write every change of the plan with its revision, inside the caller's transaction.

    Where a product was changed after the plan was made: a plan that a person approved is applied exactly
    `as_shown` or not at all, so BaseMovedError is raised and the transaction must be rolled back; any other
    is decided again for that product, which nobody else can change by now. Memory stays bounded by the chunk.
    """
    system = session.get_one(SystemState, run.external_system)
    actor = f"sync:{run.external_system}"
    segments: set[str] = set()
    for chunk in chunks_of(session, run, (*ACTIONS, NOTED)):
        products = _held(session, run, chunk)
        current = [change for change in chunk if _is_current(session, change, products, as_shown=as_shown)]
        told: list[tuple[SyncChange, Product, write_side.Changes]] = []
        for change in current:
            product = products.get(change.external_product_id or "")
            if change.kind == NOTED and product is not None:
                _note(session, product, change)
                continue
            product = product or _new(session, run, change, actor=actor, now=now)
            told.append((change, product, _written(product, change, system, now=now)))
            write_side.touch(product, actor=actor, at=now)
        segments |= _segments(current)
        _flush(session)
        for change, product, changed in told:
            change.product_id = product.id
            action = ACTIONS[change.kind]
            write_side.tell(session, product, changed, action=action, actor=actor, at=now, run_id=run.id)
        session.flush()
        _let_go(session, chunk, products)
    # After all products, as an edit does it too: two that named the same new segment in another order would wait
    # for each other for ever.
    write_side.ensure_segments(session, segments)
    count_plan(session, run)
    if run.complete and run.full:
        system.last_complete_at = run.started_at
    system.last_success_at = now


def _held(session: Session, run: SyncRun, chunk: Sequence[SyncChange]) -> dict[str, Product]:
    """Return the products of the chunk by external id, held so that nobody changes them before the end.

    They are looked up by what the source calls them: a product that the plan wants to create may exist by now.
    """
    query = (
        select(Product)
        .where(
            Product.external_system == run.external_system,
            or_(
                Product.id.in_([change.product_id for change in chunk if change.product_id is not None]),
                Product.external_product_id.in_([change.external_product_id for change in chunk]),
            ),
        )
        # One order for all who hold several, so that they never wait for each other in a circle.
        .order_by(Product.id)
        .with_for_update()
        .options(undefer(Product.source_values))
        .execution_options(populate_existing=True)
    )
    return {product.external_product_id: product for product in session.scalars(query)}


def _is_current(session: Session, change: SyncChange, products: dict[str, Product], *, as_shown: bool) -> bool:
    """Bring one row of the plan up to date with its product, and return whether anything is left to apply."""
    product = products.get(change.external_product_id or "")
    if (product.version if product else None) == change.base_version:
        return True
    if as_shown and change.kind == NOTED:
        return False
    if as_shown:
        raise BaseMovedError(f"{change.name} was changed after the plan was made.")
    if change.kind != WITHDRAW:
        decide(change, product)
        return change.kind in (*ACTIONS, NOTED)
    if product is None or product.deleted_at is not None or product.missing_since is not None:
        session.delete(change)
        return False
    change.base_version = product.version
    return True


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise BaseMovedError("A product that the plan wants to create was created by somebody else.") from error


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
    return product


def _written(product: Product, change: SyncChange, system: SystemState, *, now: datetime) -> write_side.Changes:
    """Set what the plan says and return what to tell of it."""
    after = change.after or {}
    if change.kind == CREATE:
        changed: write_side.Changes = {field: [None, value] for field, value in after.items()}
    else:
        changed = write_side.set_fields(product, {field: stored_value(field, value) for field, value in after.items()})
    if change.kind == WITHDRAW:
        product.last_synced = system.last_complete_at or product.last_synced
        return changed
    changed.update(_with_wishes(product, change, now=now))
    product.source_values, product.source_hash = change.said, change.source_hash
    product.source_updated_at, product.remap_at = change.source_updated_at, change.remap_at
    product.last_synced = now
    return changed


def _with_wishes(product: Product, change: SyncChange, *, now: datetime) -> write_side.Changes:
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


def _note(session: Session, product: Product, change: SyncChange) -> None:
    """Note what the source said last. The product is as it was, so there is no new version and no revision."""
    statement = (
        update(Product)
        .where(Product.id == product.id)
        .values(
            source_values=change.said,
            source_hash=change.source_hash,
            source_updated_at=change.source_updated_at,
            remap_at=change.remap_at,
        )
        .execution_options(synchronize_session=False)
    )
    session.connection().execute(statement)


def _segments(changes: Sequence[SyncChange]) -> set[str]:
    fields = ("target_segments", "exclude_segments")
    return {key for change in changes for field in fields for key in (change.after or {}).get(field) or ()}


def _let_go(session: Session, chunk: Sequence[SyncChange], products: dict[str, Product]) -> None:
    """Drop from memory what is written: a plan may be large."""
    for written in (*chunk, *products.values()):
        if written in session:
            session.expunge(written)
