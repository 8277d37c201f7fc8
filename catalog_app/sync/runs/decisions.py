"""What people decide about runs: apply, reject, stop, take back. Nothing long happens here; a job carries it out."""

from datetime import timedelta
from typing import Final

from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.errors import ConflictError, Sentence
from catalog_app.sync.models import APPLIED, APPLYING, AWAITING_APPROVAL, CANCELLED, ENDED, QUEUED, REJECTED, SyncRun
from catalog_app.sync.runs.requesting import refuse_while_busy
from catalog_app.sync.runs.states import (
    approved,
    ended,
    found_run,
    is_approved,
    is_undo_wanted,
    refuse_outdated,
    refuse_unless_waiting,
    waiting,
)

UNDO_DAYS: Final = 30


def approve(run_id: int, *, actor: str) -> SyncRun:
    """Note that the plan is to be applied exactly as it was shown, and return the run, which nobody has applied yet.

    Approving twice is harmless. Raises ConflictError where the plan does not wait or is outdated, BusyError where its
    system is busy.
    """
    with writing() as session:
        run = found_run(session, run_id)
        if run.finished_at is not None:
            # To wait for the system would not help, and it may still be busy with what this very run leaves behind.
            refuse_unless_waiting(run)
        refuse_while_busy(session, run.external_system)
        session.refresh(run, with_for_update=True)
        if not is_approved(run):
            refuse_outdated(session, plan := waiting(session, run_id))
            approved(plan, actor=actor, now=utcnow())
        return run


def reject(run_id: int, *, actor: str) -> SyncRun:
    """Refuse a plan that waits; nothing is applied, and the plan stays readable."""
    with writing() as session:
        run = waiting(session, run_id)
        ended(run, REJECTED, actor=actor, now=utcnow())
        return run


def cancel(run_id: int, *, actor: str) -> SyncRun:
    """Stop a run: one that is queued ends at once, one that reads or plans at its next step. Nothing is applied."""
    with writing() as session:
        run = found_run(session, run_id, for_change=True)
        if run.status == APPLYING:
            raise ConflictError(Sentence("Run %(run)s is being applied; it is too late to cancel.", run=run_id))
        if run.status == AWAITING_APPROVAL:
            raise ConflictError(Sentence("Run %(run)s waits for approval: apply or reject it.", run=run_id))
        if run.status in ENDED or run.finished_at is not None:
            raise ConflictError(Sentence("Run %(run)s has ended; there is nothing to cancel.", run=run_id))
        if run.status == QUEUED:
            ended(run, CANCELLED, actor=actor, now=utcnow())
        else:
            run.cancel_requested, run.decided_by, run.decided_at = True, actor, utcnow()
        return run


def want_undo(run_id: int, *, actor: str) -> SyncRun:
    """Note that an applied run is to be taken back, and return it; asking twice is harmless.

    Raises ConflictError where it was not applied, was taken back already, or is older than 30 days; BusyError where
    its system is being synced.
    """
    with writing() as session:
        run = found_run(session, run_id)
        refuse_while_busy(session, run.external_system)
        session.refresh(run, with_for_update=True)
        _check_undo(run)
        if not is_undo_wanted(run):
            run.undone_by, run.error = actor, None
        return run


def _check_undo(run: SyncRun) -> None:
    if run.status != APPLIED:
        raise ConflictError(
            Sentence(
                "Run %(run)s was not applied, it is %(status)s; there is nothing to take back.",
                run=run.id,
                status=run.status,
            )
        )
    if run.undone_at is not None:
        raise ConflictError(Sentence("Run %(run)s was taken back already, by %(who)s.", run=run.id, who=run.undone_by))
    if run.finished_at is None or run.finished_at < utcnow() - timedelta(days=UNDO_DAYS):
        raise ConflictError(
            Sentence(
                "Run %(run)s was applied more than %(days)s days ago; it is too late to take it back.",
                run=run.id,
                days=UNDO_DAYS,
            )
        )
