"""Who works on a plan now, proved by a number that only rises."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Update, update
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.errors import CatalogError
from catalog_app.core.processes import is_dead, this_process
from catalog_app.core.wiring import settings
from catalog_app.edits.models import EditPlan


class PlanLostError(CatalogError):
    """Somebody else works on the plan by now; this process must write nothing more of it."""


@dataclass(frozen=True)
class Claim:
    """What this process holds: the plan, the fencing number, and for how many seconds at a time."""

    plan_id: int
    number: int
    seconds: int


def is_held(plan: EditPlan, *, now: datetime) -> bool:
    """Return whether somebody alive works on the plan."""
    if plan.lease_holder is None or plan.lease_expires_at is None or plan.lease_expires_at <= now:
        return False
    return not is_dead(plan.lease_holder)


def take(plan: EditPlan, *, now: datetime) -> Claim:
    """Claim a plan that the caller's transaction holds and that nobody works on."""
    seconds = settings().lease_seconds
    plan.lease_holder, plan.lease_number = this_process(), plan.lease_number + 1
    plan.lease_expires_at = now + timedelta(seconds=seconds)
    return Claim(plan.id, plan.lease_number, seconds)


def hold(session: Session, claim: Claim) -> None:
    """Prove inside a transaction that the claim still stands, and extend it; raise PlanLostError if not.

    Call it last in a long transaction: until it commits, no heartbeat gets through on PostgreSQL.
    """
    if session.connection().execute(extension(claim)).rowcount != 1:
        raise PlanLostError(f"Somebody else works on edit {claim.plan_id} by now; nothing more of it was written here.")


def give_back(session: Session, claim: Claim) -> None:
    """Let go of the plan, unless somebody else has it by now."""
    let_go = update(EditPlan).where(*_mine(claim)).values(lease_holder=None, lease_expires_at=None)
    session.connection().execute(let_go)


def extension(claim: Claim) -> Update:
    until = utcnow() + timedelta(seconds=claim.seconds)
    return update(EditPlan).where(*_mine(claim)).values(lease_expires_at=until)


def _mine(claim: Claim) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return EditPlan.id == claim.plan_id, EditPlan.lease_number == claim.number
