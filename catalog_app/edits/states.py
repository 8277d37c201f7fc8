"""The states of a plan and the ways between them. Every move is made here, inside the caller's transaction.

queued -> planning -> planned | awaiting_approval -> applying -> applied, and from most of them failed, cancelled,
rejected or superseded. While `applying`, a plan without a holder is one that was approved and not yet taken up.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, NotFoundError, Sentence
from catalog_app.edits.lease import is_held
from catalog_app.edits.models import (
    APPLIED,
    APPLYING,
    AWAITING_APPROVAL,
    CANCELLED,
    FAILED,
    PLANNED,
    PLANNING,
    QUEUED,
    REJECTED,
    SUPERSEDED,
    WAITING,
    EditPlan,
)

log = structlog.get_logger()

WAYS: Final[Mapping[str, frozenset[str]]] = {
    QUEUED: frozenset({PLANNING, CANCELLED, FAILED}),
    PLANNING: frozenset({PLANNED, AWAITING_APPROVAL, CANCELLED, FAILED}),
    PLANNED: frozenset({APPLYING, CANCELLED, REJECTED, SUPERSEDED}),
    AWAITING_APPROVAL: frozenset({APPLYING, CANCELLED, REJECTED, SUPERSEDED}),
    # A plan that no longer fits, or whose process died, waits again as it did before.
    APPLYING: frozenset({APPLIED, PLANNED, AWAITING_APPROVAL}),
    FAILED: frozenset({SUPERSEDED}),
}
"""From each state, the states that may follow. From every other one there is no way on."""

STATUSES: Final = (
    QUEUED, PLANNING, PLANNED, AWAITING_APPROVAL, APPLYING, APPLIED, FAILED, CANCELLED, REJECTED, SUPERSEDED,
)  # fmt: skip

PLANNING_INTERRUPTED: Final = Sentence("The process that made the plan ended in the middle; plan again.")
APPLY_INTERRUPTED: Final = Sentence(
    "The process that applied it ended in the middle. Nothing of it was applied; it waits again."
)


def move(plan: EditPlan, status: str, *, now: datetime, error: str | None = None) -> None:
    """Bring a plan into a state; one that ends, or waits for a person, has finished now.

    Raises ValueError where no way leads there: that is a mistake of ours, not of a person.
    """
    if status not in WAYS.get(plan.status, ()):
        raise ValueError(f"no way leads a plan from {plan.status} to {status}")
    plan.status, plan.error = status, error
    plan.finished_at = None if status in (QUEUED, PLANNING, APPLYING) else now


def wait_for_a_person(plan: EditPlan, *, now: datetime, error: str | None = None) -> None:
    """Leave the plan to a person: to an approver where something holds it."""
    move(plan, AWAITING_APPROVAL if plan.held_because else PLANNED, now=now, error=error)
    plan.decided_by = plan.decided_at = plan.lease_holder = None


def is_undo_wanted(plan: EditPlan) -> bool:
    """Return whether a person wants the plan taken back and nobody has done it yet."""
    return plan.status == APPLIED and plan.undone_by is not None and plan.undone_at is None


def is_going_on(plan: EditPlan) -> bool:
    """Return whether something is being done about the plan, or is about to be."""
    return plan.status in (QUEUED, PLANNING, APPLYING) or is_undo_wanted(plan)


TO_TAKE_UP: Final[ColumnElement[bool]] = or_(
    EditPlan.status == QUEUED,
    and_(EditPlan.status == APPLYING, EditPlan.lease_holder.is_(None)),
    and_(EditPlan.status == APPLIED, EditPlan.undone_by.is_not(None), EditPlan.undone_at.is_(None)),
)
"""Plans that wait for a worker: to be made, to be applied, to be taken back."""

_CARRIED: Final[ColumnElement[bool]] = or_(
    EditPlan.status == PLANNING, and_(EditPlan.status == APPLYING, EditPlan.lease_holder.is_not(None))
)


def found_plan(session: Session, plan_id: int, *, for_change: bool = False) -> EditPlan:
    """Return the plan as the database has it now, held where it is to be changed; or raise NotFoundError."""
    plan = session.get(EditPlan, plan_id, populate_existing=True, with_for_update=for_change)
    if plan is None:
        raise NotFoundError(Sentence("There is no edit %(number)d.", number=plan_id))
    return plan


def waiting_plan(session: Session, plan_id: int) -> EditPlan:
    """Return a plan that waits for a decision, held until the transaction ends; else raise ConflictError."""
    plan = found_plan(session, plan_id, for_change=True)
    if plan.status not in WAITING:
        raise ConflictError(Sentence("Edit %(number)d does not wait for a decision any more.", number=plan_id))
    return plan


def settle_interrupted(now: datetime) -> Sequence[int]:
    """Write down what became of plans whose process is gone, and return their ids."""
    if not any(not is_held(plan, now=now) for plan in db.session().scalars(select(EditPlan).where(_CARRIED))):
        return ()
    with writing() as session:
        suspects = session.scalars(select(EditPlan).where(_CARRIED).with_for_update(skip_locked=True)).all()
        lost = [plan for plan in suspects if not is_held(plan, now=now)]
        for plan in lost:
            if plan.status == APPLYING:
                wait_for_a_person(plan, now=now, error=APPLY_INTERRUPTED)
            else:
                move(plan, FAILED, now=now, error=PLANNING_INTERRUPTED)
            # Whoever was only frozen finds its number gone.
            plan.lease_holder, plan.lease_number = None, plan.lease_number + 1
            log.warning("edit was interrupted", plan=plan.id, status=plan.status)
    return [plan.id for plan in lost]
