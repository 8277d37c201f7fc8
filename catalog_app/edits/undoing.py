"""Undo: one plan is taken back in one transaction, without touching what was changed since.

A field goes back to what it said before if it still says what the plan made of it, and who owned it then owns it
again; a field that follows its source takes what that says by now. What somebody changed since stays and is listed.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import json_text, large_cache, update_rows
from catalog_app.core.clock import utcnow
from catalog_app.core.db import Base, db, writing
from catalog_app.core.json_values import as_json
from catalog_app.edits.lease import Claim, hold
from catalog_app.edits.models import CREATE, WRITTEN, EditChange, EditPlan
from catalog_app.edits.rows import Standing, by_id
from catalog_app.edits.states import found_plan
from catalog_app.products.bulk import ProductsMovedError, row_writer
from catalog_app.products.bulk_rows import Author, ProductRows
from catalog_app.products.changes import quota_left
from catalog_app.products.plans.back import (
    DELETED,
    LOCKS,
    UNDONE,
    Back,
    Prepared,
    changes_of,
    creation_back,
    within_rules,
)
from catalog_app.products.plans.layout import Portion, hold_products
from catalog_app.products.schema import stored_value
from catalog_app.products.undo import taken_back
from catalog_app.products.usage import Usage, forbidding_many

log = structlog.get_logger()

A_PIECE: Final = 1000
_CHANGE: Final = Base.metadata.tables[EditChange.__tablename__]
_COLUMNS: Final = (EditChange.id, EditChange.kind, EditChange.product_id, EditChange.before, EditChange.after)


def undo_plan(plan_id: int, claim: Claim) -> None:
    """Take back a plan that was applied and that a person wants taken back."""
    try:
        _undo_once(plan_id, claim, ahead=True)
    except ProductsMovedError:
        # Somebody changed a product meanwhile: it is all worked out again, while nobody else can write.
        _undo_once(plan_id, claim, ahead=False)


def _undo_once(plan_id: int, claim: Claim, *, ahead: bool) -> None:
    now = utcnow()
    prepared = _prepared_ahead(plan_id, now) if ahead else None
    with writing() as session:
        plan = found_plan(session, plan_id)
        of_plan = (EditChange.plan_id == plan.id, EditChange.kind.in_(WRITTEN))
        hold_products(session, select(EditChange.product_id).where(*of_plan))
        if prepared is None or prepared.is_stale:
            prepared = _prepared(session, plan, now)
        connection = session.connection()
        with closing(prepared.layout), large_cache(connection), row_writer(session) as writer:
            for portion in prepared.layout:
                writer.write(portion.rows)
        update_rows(connection, _CHANGE, ("undone",), prepared.told, versioned=False)
        hold(session, claim)
        plan.undone_at, plan.undone = now, prepared.outcome.document()
    outcome = prepared.outcome
    log.info("edit undone", plan=plan_id, actor=plan.undone_by, products=outcome.products, kept=outcome.kept_products)


def _prepared_ahead(plan_id: int, now: datetime) -> Prepared:
    session = db.session()
    session.rollback()
    try:
        return _prepared(session, found_plan(session, plan_id), now)
    finally:
        session.rollback()


def _prepared(session: Session, plan: EditPlan, now: datetime) -> Prepared:
    """Work out what goes back, a bounded number of changes at a time. Reads only."""
    prepared = Prepared()
    author = Author(plan.undone_by or "", now, edit_plan_id=plan.id)
    rows = ProductRows(session.connection().dialect, author)
    for piece in _pieces(session, plan):
        products = by_id(session, [change.product_id for change in piece if change.product_id is not None])
        used = forbidding_many({change.product_id for change in piece if change.kind == CREATE and change.product_id})
        for change in piece:
            product = products.get(change.product_id)
            if product is None:
                continue
            back = _back_of(change, product, used.get(product.id, ()))
            prepared.note(product, back)
            prepared.told.append([json_text(back.document), change.id])
            if back.changes_something:
                columns = _columns(back, product, now)
                prepared.needs_lock |= "quota_left" in columns or product.quota_left is not None
                rows.update(product, columns, changes_of(columns, product), action=UNDONE)
        prepared.layout.add(Portion(changes=[], rows=rows.take(session.connection()), segments=[]))
    return prepared


def _back_of(change: Row[Any], product: Standing, used_by: Sequence[Usage]) -> Back:
    if change.kind == CREATE:
        made = {name: value for name, value in change.after.items() if name != LOCKS}
        return creation_back(made, product, used_by)
    if product.deleted_at is not None:
        return Back(kept=frozenset({DELETED}))
    back = taken_back(product, {name: [change.before.get(name), value] for name, value in change.after.items()})
    returning = {name: as_json(value) for name, value in back.values.items() if getattr(product, name) != value}
    locks = back.locks if back.locks != product.field_locks else None
    return within_rules(product, Back(returning, frozenset(back.stay), locks))


def _columns(back: Back, product: Standing, now: datetime) -> dict[str, Any]:
    columns = {name: stored_value(name, value) for name, value in back.values.items()}
    if back.is_removed:
        columns[DELETED] = now
    if "quota_total" in columns:
        columns["quota_left"] = quota_left(product.quota_total, product.quota_left, columns["quota_total"])
    if back.locks is not None:
        columns[LOCKS] = back.locks
    return columns


def _pieces(session: Session, plan: EditPlan) -> Iterator[Sequence[Row[Any]]]:
    """Yield the changes that the plan wrote, in order, a bounded number at a time."""
    of_plan = select(*_COLUMNS).where(EditChange.plan_id == plan.id, EditChange.kind.in_(WRITTEN))
    ordered, last = of_plan.order_by(EditChange.id).limit(A_PIECE), 0
    while piece := session.connection().execute(ordered.where(EditChange.id > last)).all():
        last = piece[-1].id
        yield piece
