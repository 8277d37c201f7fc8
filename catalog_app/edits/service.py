"""The use cases of edits: ask for a plan, apply it, refuse it, take it back. What takes long is left to a job."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import CatalogError, ConflictError, Sentence
from catalog_app.core.jobs import JobQueue
from catalog_app.core.wiring import providers
from catalog_app.edits.ahead import sweep_left_over
from catalog_app.edits.models import (
    APPLIED,
    APPLYING,
    AWAITING_APPROVAL,
    CANCELLED,
    FAILED,
    PLANNING,
    QUEUED,
    REJECTED,
    SUPERSEDED,
    WAITING,
    EditPlan,
)
from catalog_app.edits.states import TO_TAKE_UP, found_plan, is_undo_wanted, move, settle_interrupted, waiting_plan
from catalog_app.edits.working import work_on

log = structlog.get_logger()

JOB: Final = "edit"
UNDO_DAYS: Final = 30
_LONGEST_TITLE: Final = 255


class NeedsApproverError(CatalogError):
    """Something holds the plan, and only an approver may apply it."""


class EditService:
    """Plans of edits for pages and commands alike; needs an application context."""

    def get(self, plan_id: int) -> EditPlan:
        """Return the plan, or raise NotFoundError."""
        return found_plan(db.session(), plan_id)

    def plans(self, *, status: str | None = None, before_id: int | None = None, limit: int) -> Sequence[EditPlan]:
        """Return plans, the newest first, from just before plan `before_id` on."""
        query = select(EditPlan).order_by(EditPlan.id.desc()).limit(limit)
        if status is not None:
            query = query.where(EditPlan.status == status)
        if before_id is not None:
            query = query.where(EditPlan.id < before_id)
        return db.session().scalars(query).all()

    def request(
        self, *, kind: str, title: str, request: Mapping[str, Any], actor: str, enqueue: bool = True
    ) -> EditPlan:
        """Ask for a plan and return it; it is made soon, by somebody. Without `enqueue` the caller executes it."""
        with writing() as session:
            plan = EditPlan(
                kind=kind,
                title=title[:_LONGEST_TITLE],
                request=dict(request),
                requested_by=actor,
                requested_at=utcnow(),
                held_because=[],
            )
            session.add(plan)
        log.info("edit requested", plan=plan.id, kind=kind, actor=actor)
        return _enqueued(plan) if enqueue else plan

    def execute(self, plan_id: int) -> EditPlan:
        """Do in this process what is to be done about a plan, and return it as it stands then."""
        work_on(plan_id)
        db.session().rollback()
        return self.get(plan_id)

    def replan(self, plan_id: int, *, actor: str, enqueue: bool = True) -> EditPlan:
        """Ask for the same plan again, in place of one that no longer fits; returns the new one."""
        with writing() as session:
            old = found_plan(session, plan_id, for_change=True)
            if old.status not in (*WAITING, FAILED):
                raise ConflictError(
                    Sentence("Edit %(number)d is over; there is nothing to plan again.", number=plan_id)
                )
            move(old, SUPERSEDED, now=utcnow())
            old.decided_by, old.decided_at = actor, utcnow()
            plan = EditPlan(
                kind=old.kind,
                title=old.title,
                request=old.request,
                requested_by=actor,
                requested_at=utcnow(),
                held_because=[],
            )
            session.add(plan)
        return _enqueued(plan) if enqueue else plan

    def apply(self, plan_id: int, *, actor: str, approves: bool = True, enqueue: bool = True) -> EditPlan:
        """Note that the plan is to be applied exactly as it was shown, and return it. Twice is harmless.

        Who does not approve what others ask for applies only what nothing holds; looked at here, because a plan that is
        still being made may come to be held at any moment.
        """
        with writing() as session:
            plan = found_plan(session, plan_id, for_change=True)
            if plan.held_because and not approves:
                raise NeedsApproverError(Sentence("An edit of so many products waits for an approver."))
            if plan.status != APPLYING:
                plan = waiting_plan(session, plan_id)
                if not plan.size:
                    raise ConflictError(Sentence("Edit %(number)d changes nothing.", number=plan_id))
                move(plan, APPLYING, now=utcnow())
                plan.decided_by, plan.decided_at, plan.lease_holder = actor, utcnow(), None
        return _enqueued(plan) if enqueue else plan

    def cancel(self, plan_id: int, *, actor: str) -> EditPlan:
        """Stop a plan that is being made, or drop one that waits. Nothing of it is applied."""
        with writing() as session:
            plan = found_plan(session, plan_id, for_change=True)
            if plan.status == PLANNING:
                plan.cancel_requested = True
            elif plan.status in (QUEUED, *WAITING):
                move(plan, CANCELLED, now=utcnow())
            else:
                raise ConflictError(Sentence("Edit %(number)d is over; there is nothing to cancel.", number=plan_id))
            plan.decided_by, plan.decided_at = actor, utcnow()
            return plan

    def reject(self, plan_id: int, *, actor: str) -> EditPlan:
        """Refuse a plan that waits for an approver; it stays readable."""
        with writing() as session:
            plan = waiting_plan(session, plan_id)
            if plan.status != AWAITING_APPROVAL:
                raise ConflictError(Sentence("Edit %(number)d does not wait for approval.", number=plan_id))
            move(plan, REJECTED, now=utcnow())
            plan.decided_by, plan.decided_at = actor, utcnow()
            return plan

    def request_undo(self, plan_id: int, *, actor: str, enqueue: bool = True) -> EditPlan:
        """Note that an applied plan is to be taken back, and return it. Twice is harmless."""
        with writing() as session:
            plan = found_plan(session, plan_id, for_change=True)
            check_undo(plan, now=utcnow())
            if not is_undo_wanted(plan):
                plan.undone_by, plan.error = actor, None
        return _enqueued(plan) if enqueue else plan


def check_undo(plan: EditPlan, *, now: datetime) -> None:
    """Raise ConflictError where there is nothing of the plan that could be taken back."""
    if plan.status != APPLIED:
        raise ConflictError(Sentence("Edit %(number)d was not applied.", number=plan.id))
    if plan.undone_at is not None:
        raise ConflictError(Sentence("Edit %(number)d was taken back already.", number=plan.id))
    if plan.finished_at is None or plan.finished_at < now - timedelta(days=UNDO_DAYS):
        raise ConflictError(
            Sentence("Edit %(number)d is more than %(days)d days old; it stays.", number=plan.id, days=UNDO_DAYS)
        )


class EditBacklog:
    """What is to be done about plans, for whoever beats: jobs get lost with their process, rows do not."""

    name = JOB

    def settle(self, now: datetime) -> None:
        settle_interrupted(now)
        sweep_left_over()

    def waiting(self) -> Sequence[int]:
        return db.session().scalars(select(EditPlan.id).where(TO_TAKE_UP).order_by(EditPlan.id)).all()

    def work_on(self, row_id: int) -> None:
        work_on(row_id)


def _enqueued(plan: EditPlan) -> EditPlan:
    for queue in providers(JobQueue):
        queue.enqueue(JOB, plan.id)
    return plan
