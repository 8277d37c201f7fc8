"""Retention: what plans leave behind is kept for a configurable time, and then goes in small steps.

After `sync_retention_days` a plan that nobody decided on is closed and the rows of every ended one go; the plan itself,
with its counts, stays for a year. What happened to the products stays in their history.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.retention import Over, over
from catalog_app.core.wiring import settings
from catalog_app.edits.models import ENDED, REJECTED, WAITING, EditChange, EditPlan
from catalog_app.edits.states import move

KEEP_PLANS: Final = timedelta(days=365)
A_STEP: Final = 2000
"""How many rows go in one transaction: other writers wait no longer than that."""
BY_RETENTION: Final = "retention"


def purge(now: datetime | None = None) -> Mapping[str, int]:
    """Delete what has been kept for long enough. Safe to call at any time, by several at once."""
    at = now or utcnow()
    old = at - timedelta(days=settings().sync_retention_days)
    return {
        "edits_closed": _close(old),
        "edit_changes": _drop(EditChange, exists().where(EditPlan.id == EditChange.plan_id, *_ended(old))),
        "edits": _drop(EditPlan, *_ended(at - KEEP_PLANS), ~exists().where(EditChange.plan_id == EditPlan.id)),
    }


def due() -> Mapping[str, Over]:
    """Return what `purge` would close and delete now."""
    kept_for = timedelta(days=settings().sync_retention_days)
    old, longest = utcnow() - kept_for, utcnow() - KEEP_PLANS
    closes = and_(EditPlan.status.in_(WAITING), EditPlan.finished_at < old)
    # What is closed first goes with the others.
    loses_rows = or_(closes, and_(*_ended(old)))
    of_plan = exists().where(EditChange.plan_id == EditPlan.id)
    return {
        "edits_closed": over(EditPlan, kept_for, closes),
        "edit_changes": over(EditChange, kept_for, exists().where(EditPlan.id == EditChange.plan_id, loses_rows)),
        "edits": over(
            EditPlan, KEEP_PLANS, EditPlan.finished_at < longest, or_(loses_rows, and_(*_ended(longest), ~of_plan))
        ),
    }


def _close(before: datetime) -> int:
    with writing() as session:
        waiting = select(EditPlan).where(EditPlan.status.in_(WAITING), EditPlan.finished_at < before)
        plans = session.scalars(waiting.with_for_update()).all()
        for plan in plans:
            # Its rows have been kept since it was made.
            made = plan.finished_at
            move(plan, REJECTED, now=utcnow())
            plan.decided_by, plan.decided_at, plan.finished_at = BY_RETENTION, utcnow(), made
    return len(plans)


def _drop(kind: type[EditChange | EditPlan], *conditions: ColumnElement[bool]) -> int:
    session, gone = db.session(), 0
    while True:
        session.rollback()
        ids = session.scalars(select(kind.id).where(*conditions).limit(A_STEP)).all()
        if not ids:
            return gone
        with writing() as transaction:
            transaction.execute(delete(kind).where(kind.id.in_(ids)))
        gone += len(ids)


def _ended(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return EditPlan.status.in_(ENDED), EditPlan.finished_at < before
