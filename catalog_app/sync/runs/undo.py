"""Undo: one run is taken back, without touching what was changed since.

A field goes back to what it said before the run if it still says what the run made of it; a field that somebody
changed since, a person or a later run, stays and is listed. What the source last said of a product stays noted, so
that the next run of the same values brings nothing back; a value that the source changes, comes.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import json_text, update_rows
from catalog_app.core.clock import utcnow
from catalog_app.core.db import Base, db, writing
from catalog_app.core.errors import CatalogError
from catalog_app.events.models import Revision
from catalog_app.products.bulk import ProductsMovedError, row_writer
from catalog_app.products.bulk_rows import Author, ProductRows
from catalog_app.products.changes import SUBJECT
from catalog_app.products.models import Product
from catalog_app.products.plans.back import LOCKS, UNDONE, Locks, Prepared, changes_of
from catalog_app.products.plans.layout import Portion, hold_products
from catalog_app.products.schema import FIELDS
from catalog_app.products.usage import forbidding_many
from catalog_app.sync.models import CONFLICT, CREATE, UPDATE, WITHDRAW, SyncChange, SyncRun
from catalog_app.sync.runs.claiming import carried, claim_system
from catalog_app.sync.runs.lease import Claim, LeaseLostError, give_back, hold
from catalog_app.sync.runs.restoring import back_of, columns_of
from catalog_app.sync.runs.states import found_run, is_undo_wanted

log = structlog.get_logger()

CHUNK: Final = 500
BROKEN: Final = "Taking it back went wrong; the run stands as before. The log has the rest."
_WRITTEN: Final = (CREATE, UPDATE, CONFLICT, WITHDRAW)
_CHANGE: Final = Base.metadata.tables[SyncChange.__tablename__]
_OF_A_CHANGE: Final = (
    SyncChange.id, SyncChange.kind, SyncChange.external_product_id, SyncChange.said, SyncChange.before, SyncChange.after,
)  # fmt: skip
_OF_A_PRODUCT: Final = (
    *(getattr(Product, name) for name in FIELDS),
    Product.id, Product.version, Product.external_system, Product.external_product_id, Product.quota_left,
    Product.missing_since, Product.deleted_at, Product.field_locks, Product.sync_state, Product.source_hash,
    Product.source_values,
)  # fmt: skip


def undo_wanted(run_id: int) -> None:
    """Take back a run that a person wants taken back, in one transaction, under the lease of its system.

    Where the system is busy, or somebody else does it already, the run is left as it is.
    """
    claim = _claim(run_id)
    if claim is None:
        return
    with carried(run_id, claim):
        try:
            _undo_or_refuse(run_id, claim)
        except LeaseLostError as error:
            log.warning("undo was taken over", run=run_id, system=claim.system, reason=str(error))


def _undo_or_refuse(run_id: int, claim: Claim) -> None:
    try:
        _undo(run_id, claim)
    except LeaseLostError:
        raise
    except CatalogError as error:
        _refuse(run_id, claim, str(error))
    except Exception:
        _refuse(run_id, claim, BROKEN)
        raise


def _claim(run_id: int) -> Claim | None:
    with writing() as session:
        run = found_run(session, run_id)
        claim = claim_system(session, run.external_system) if is_undo_wanted(run) else None
        if claim is None:
            return None
        session.refresh(run, with_for_update=True)
        if not is_undo_wanted(run):
            give_back(session, claim)
            return None
        return claim


def _undo(run_id: int, claim: Claim) -> None:
    try:
        _undo_once(run_id, claim, ahead=True)
    except ProductsMovedError:
        # Somebody changed a product meanwhile: it is all worked out again, while nobody else can write.
        _undo_once(run_id, claim, ahead=False)


def _undo_once(run_id: int, claim: Claim, *, ahead: bool) -> None:
    now = utcnow()
    prepared = _prepared_ahead(run_id, now) if ahead else None
    with writing() as session:
        run = found_run(session, run_id)
        _hold_products(session, run)
        if prepared is None or prepared.is_stale:
            prepared = _prepared(session, run, now)
        with closing(prepared.layout), row_writer(session) as writer:
            for portion in prepared.layout:
                writer.write(portion.rows)
        update_rows(session.connection(), _CHANGE, ("undone",), prepared.told, versioned=False)
        hold(session, claim)
        run.undone_at, run.undone = now, prepared.outcome.document()
    log.info(
        "sync run undone", run=run_id, system=claim.system, actor=run.undone_by,
        products=prepared.outcome.products, kept=prepared.outcome.kept_products,
    )  # fmt: skip


def _prepared_ahead(run_id: int, now: datetime) -> Prepared:
    session = db.session()
    session.rollback()
    try:
        return _prepared(session, found_run(session, run_id), now)
    finally:
        session.rollback()


def _prepared(session: Session, run: SyncRun, now: datetime) -> Prepared:
    """Work out what goes back, a bounded number of changes at a time. Reads only."""
    prepared = Prepared()
    rows = ProductRows(session.connection().dialect, Author(run.undone_by or "", now, run.id))
    for chunk in _chunks(session, run):
        products = _products(session, run, chunk)
        locks = _locks_told(session, run, products)
        used = forbidding_many(_made_by(chunk, products))
        for change in chunk:
            product = products.get(change.external_product_id)
            if product is None:
                continue
            back = back_of(change, product, locks.get(product.id), used.get(product.id, ()))
            prepared.note(product, back)
            prepared.told.append([json_text(back.document), change.id])
            if back.changes_something:
                columns = columns_of(back, product, kind=change.kind, now=now)
                prepared.needs_lock |= "quota_left" in columns or product.quota_left is not None
                rows.update(product, columns, changes_of(columns, product), action=UNDONE)
        prepared.layout.add(Portion(changes=[], rows=rows.take(session.connection()), segments=[]))
    return prepared


def _hold_products(session: Session, run: SyncRun) -> None:
    names = select(SyncChange.external_product_id).where(SyncChange.run_id == run.id, SyncChange.kind.in_(_WRITTEN))
    hold_products(
        session,
        select(Product.id).where(
            Product.external_system == run.external_system, Product.external_product_id.in_(names)
        ),
    )


def _refuse(run_id: int, claim: Claim, error: str) -> None:
    with writing() as session:
        hold(session, claim)
        run = found_run(session, run_id, for_change=True)
        run.undone_by, run.error = None, error


def _chunks(session: Session, run: SyncRun) -> Iterator[Sequence[Row[Any]]]:
    """Yield the changes that the run wrote, in order, a bounded number at a time."""
    of_run = select(*_OF_A_CHANGE).where(SyncChange.run_id == run.id, SyncChange.kind.in_(_WRITTEN))
    ordered, last = of_run.order_by(SyncChange.id).limit(CHUNK), 0
    while chunk := session.connection().execute(ordered.where(SyncChange.id > last)).all():
        last = chunk[-1].id
        yield chunk


def _products(session: Session, run: SyncRun, chunk: Sequence[Row[Any]]) -> dict[str, Row[Any]]:
    """Return the products of the chunk by external id."""
    query = select(*_OF_A_PRODUCT).where(
        Product.external_system == run.external_system,
        Product.external_product_id.in_([change.external_product_id for change in chunk]),
    )
    return {row.external_product_id: row for row in session.connection().execute(query)}


def _made_by(chunk: Sequence[Row[Any]], products: dict[str, Row[Any]]) -> set[int]:
    """Return the products that the chunk made."""
    made = (products.get(change.external_product_id) for change in chunk if change.kind == CREATE)
    return {product.id for product in made if product is not None}


def _locks_told(session: Session, run: SyncRun, products: dict[str, Row[Any]]) -> dict[int, tuple[Locks, Locks]]:
    """Return what the run did to the locks of each product, before and after: only the history knows."""
    query = select(Revision.subject_id, Revision.changes).where(
        Revision.run_id == run.id,
        Revision.action != UNDONE,
        Revision.subject_type == SUBJECT,
        Revision.subject_id.in_([product.id for product in products.values()]),
    )
    told = session.connection().execute(query)
    return {row.subject_id: (row.changes[LOCKS][0], row.changes[LOCKS][1]) for row in told if LOCKS in row.changes}
