"""Applying a plan: all of it in one short transaction, exactly as it was shown, or nothing of it."""

from collections.abc import Iterable
from contextlib import closing
from datetime import datetime

import structlog
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import large_cache
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import CatalogError, Sentence
from catalog_app.edits.ahead import note_numbers, swept, written_ahead
from catalog_app.edits.layout import PlanWriter, lay_out
from catalog_app.edits.lease import Claim, hold
from catalog_app.edits.models import APPLIED, UPDATE, WRITTEN, EditChange, EditPlan
from catalog_app.edits.states import found_plan, move
from catalog_app.products.bulk import ProductsMovedError, RowWriter, row_writer
from catalog_app.products.changes import ensure_segments
from catalog_app.products.models import Product
from catalog_app.products.plans.layout import Layout, Portion, hold_products

log = structlog.get_logger()


class BaseMovedError(CatalogError):
    """The catalogue is no longer the one that the plan was made for."""


def apply_plan(plan_id: int, claim: Claim) -> None:
    """Write every change of the plan with its revision; raise BaseMovedError where a product moved meanwhile."""
    now = utcnow()
    with swept(claim), closing(_laid_out(plan_id, claim, now)) as layout, writing() as session:
        plan = found_plan(session, plan_id)
        of_plan = (EditChange.plan_id == plan.id, EditChange.kind.in_(WRITTEN))
        hold_products(session, select(EditChange.product_id).where(*of_plan))
        if moved := changed_since(session, plan):
            raise BaseMovedError(_moved_words(moved))
        try:
            with large_cache(session.connection()), row_writer(session) as writer:
                segments = _write(session, plan, writer, layout, now=now)
        except ProductsMovedError as error:
            raise BaseMovedError(str(error)) from error
        # After all products, as an edit of one does it too: two that named the same new segments in another order
        # would wait for each other for ever.
        ensure_segments(session, segments)
        hold(session, claim)
        move(plan, APPLIED, now=utcnow())
    log.info("edit applied", plan=plan.id, created=plan.created, updated=plan.updated, actor=plan.decided_by)


def changed_since(session: Session, plan: EditPlan) -> int:
    """Return how many products of a plan that waits are no longer as they were when it was made. One query."""
    is_gone = or_(Product.id.is_(None), and_(EditChange.kind == UPDATE, Product.deleted_at.is_not(None)))
    query = (
        select(func.count())
        .select_from(EditChange)
        .outerjoin(Product, Product.id == EditChange.product_id)
        .where(
            EditChange.plan_id == plan.id,
            EditChange.kind.in_(WRITTEN),
            # The others are products that are not there yet.
            EditChange.base_version.is_not(None),
            or_(is_gone, Product.version != EditChange.base_version),
        )
    )
    return session.execute(query).scalar_one()


def _moved_words(moved: int) -> str:
    if moved == 1:
        return Sentence("1 product changed since; nothing was applied. Plan again.")
    return Sentence("%(count)d products changed since; nothing was applied. Plan again.", count=moved)


def _laid_out(plan_id: int, claim: Claim, now: datetime) -> Layout:
    """Work out what is to be written while nobody has to wait for it, and write ahead what can be."""
    session = db.session()
    session.rollback()
    try:
        return lay_out(session, found_plan(session, plan_id), now=now, ahead=written_ahead(claim))
    finally:
        session.rollback()


def _write(
    session: Session, plan: EditPlan, writer: RowWriter, layout: Iterable[Portion], *, now: datetime
) -> set[str]:
    again, segments = PlanWriter(session, plan, now=now), set[str]()
    for portion in layout:
        current = again.portion(portion.changes) if portion.needs_lock else portion
        shown = None if portion.hidden is None else range(*portion.hidden)
        made = writer.write(current.rows, shown=shown)
        if made and shown is None:
            note_numbers(session, portion.changes, made)
        segments.update(current.segments)
    return segments
