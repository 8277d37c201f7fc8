"""The job of a plan: whatever is to be done about it now, by whoever comes first."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import CatalogError
from catalog_app.core.leases import kept_alive
from catalog_app.core.outages import CommitUnansweredError
from catalog_app.edits.applying import BaseMovedError, apply_plan
from catalog_app.edits.lease import Claim, PlanLostError, extension, give_back, hold, is_held, take
from catalog_app.edits.models import APPLYING, CANCELLED, FAILED, PLANNING, QUEUED, EditPlan
from catalog_app.edits.planning.planner import CancelledError, make_plan
from catalog_app.edits.states import found_plan, is_undo_wanted, move, wait_for_a_person
from catalog_app.edits.undoing import undo_plan

log = structlog.get_logger()

BROKEN: Final = "Something went wrong here; nothing was changed. The log has the rest."
Work = Callable[[int, Claim], None]


def work_on(plan_id: int) -> None:
    """Make, apply or take back a plan, whichever it waits for; nothing where somebody else does it already."""
    taken = _taken(plan_id)
    if taken is None:
        return
    work, claim = taken
    name = f"edit-{plan_id}"
    try:
        with kept_alive(db.engine, lambda: extension(claim), seconds=claim.seconds, name=name):
            work(plan_id, claim)
    except PlanLostError as error:
        log.warning("edit was taken over", plan=plan_id, reason=str(error))
    finally:
        with writing() as session:
            give_back(session, claim)


def _taken(plan_id: int) -> tuple[Work, Claim] | None:
    with writing() as session:
        plan, now = found_plan(session, plan_id, for_change=True), utcnow()
        work = _wanted(plan)
        if work is None or is_held(plan, now=now):
            return None
        if plan.status == QUEUED:
            move(plan, PLANNING, now=now)
            plan.started_at = now
        return work, take(plan, now=now)


def _wanted(plan: EditPlan) -> Work | None:
    if plan.status == QUEUED:
        return _plan
    # One that has a holder is under way, or was when its process died; that is settled before it is tried again.
    if plan.status == APPLYING and plan.lease_holder is None:
        return _apply
    return _undo if is_undo_wanted(plan) else None


# Where a commit was not answered nobody knows what became of the plan; whoever beats finds it in the row.


def _plan(plan_id: int, claim: Claim) -> None:
    try:
        make_plan(plan_id, claim)
    except CancelledError as error:
        _end(claim, CANCELLED, str(error))
    except (PlanLostError, CommitUnansweredError):
        raise
    except CatalogError as error:
        _end(claim, FAILED, str(error))
    except Exception:
        _end(claim, FAILED, BROKEN)
        raise


def _apply(plan_id: int, claim: Claim) -> None:
    try:
        apply_plan(plan_id, claim)
    except (PlanLostError, CommitUnansweredError):
        raise
    except BaseMovedError as error:
        _wait_again(claim, str(error))
    except Exception:
        _wait_again(claim, BROKEN)
        raise


def _undo(plan_id: int, claim: Claim) -> None:
    try:
        undo_plan(plan_id, claim)
    except (PlanLostError, CommitUnansweredError):
        raise
    except CatalogError as error:
        _not_undone(claim, str(error))
    except Exception:
        _not_undone(claim, BROKEN)
        raise


def _end(claim: Claim, status: str, error: str) -> None:
    with suppress(PlanLostError), writing() as session:
        hold(session, claim)
        move(found_plan(session, claim.plan_id), status, now=utcnow(), error=error)


def _wait_again(claim: Claim, error: str) -> None:
    with suppress(PlanLostError), writing() as session:
        hold(session, claim)
        wait_for_a_person(found_plan(session, claim.plan_id), now=utcnow(), error=error)


def _not_undone(claim: Claim, error: str) -> None:
    with suppress(PlanLostError), writing() as session:
        hold(session, claim)
        plan = found_plan(session, claim.plan_id)
        plan.undone_by, plan.error = None, error
