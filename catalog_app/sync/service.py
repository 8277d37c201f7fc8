"""Sync runs: request, execute, decide, read. Pages, JSON, commands and the scheduler all take this path."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import CatalogError, ConflictError, Sentence
from catalog_app.sync.models import MANUAL, ExternalSystem, SyncChange, SyncRun
from catalog_app.sync.runs import claiming, decisions, reading, requesting, running
from catalog_app.sync.runs.requesting import JOB, BusyError
from catalog_app.sync.runs.retention import Purged, purge
from catalog_app.sync.runs.states import TO_TAKE_UP, found_run, is_approved, is_undo_wanted, is_waiting
from catalog_app.sync.schedule.due import claim_due
from catalog_app.sync.schedule.rows import ensure_rows
from catalog_app.sync.systems.sources import all_systems, found

__all__ = ["JOB", "SYSTEM_ACTOR", "BusyError", "ProductSyncService"]

log = structlog.get_logger()
SYSTEM_ACTOR = "system"


class ProductSyncService:
    """Runs syncs and answers for them; needs an application context."""

    def sync_from_xiva(self) -> SyncRun:
        """Sync everything Xiva has, and return the run when it has ended."""
        return self.run("xiva")

    def sync_from_crm(self) -> SyncRun:
        """Sync everything the CRM has, and return the run when it has ended."""
        return self.run("crm")

    def sync_from_billing(self) -> SyncRun:
        """Sync everything Billing has, and return the run when it has ended."""
        return self.run("billing")

    def run(self, key: str, *, dry_run: bool = False, full: bool = True, actor: str = SYSTEM_ACTOR) -> SyncRun:
        """Request a run and take it to its end in this process.

        A run that fails comes back with its status and error; only what cannot even start raises:
        NotFoundError, ConflictError (not configured), BusyError.
        """
        requested = self.request(key, dry_run=dry_run, full=full, actor=actor)
        return self.execute(requested.id)

    def read_file(self, key: str, path: Path, *, dry_run: bool = False, actor: str) -> SyncRun:
        """Take the rows of a file as what the system `key` says, and return the run when it has ended, or waits.

        A file withdraws nothing. Raises NotFoundError, and BusyError.
        """
        return running.read_file(key, path, dry_run=dry_run, actor=actor)

    # Asking

    def request(
        self,
        key: str,
        *,
        dry_run: bool = False,
        full: bool = False,
        actor: str,
        origin: str = MANUAL,
        frequencies: Sequence[str] | None = None,
    ) -> SyncRun:
        """Write down that a run is wanted, and return it, queued. Nothing is fetched here.

        Without `full`, only what changed is read where that can be: see requesting.request.
        """
        return requesting.request(key, dry_run=dry_run, full=full, actor=actor, origin=origin, frequencies=frequencies)

    def enqueue(self, run: SyncRun) -> None:
        """Hand a requested run to whoever works on jobs."""
        requesting.enqueue(run)

    def request_due(self, now: datetime | None = None) -> Sequence[SyncRun]:
        """Queue a run for each system of which something is due by the schedule, and return them."""
        at = now or utcnow()
        with writing() as session:
            ensure_rows(session, at)
            return claim_due(session, at)

    def request_retry(self, run_id: int, *, actor: str) -> SyncRun:
        """Write down that the rejected records of an applied run are to be tried again; return the new run, queued."""
        return requesting.retry_rejected(run_id, actor=actor)

    def retry_rejected(self, run_id: int, *, actor: str) -> SyncRun:
        """Have the rejected records of an applied run tried again, and return the new run, queued and enqueued."""
        return requesting.enqueue(self.request_retry(run_id, actor=actor))

    def replan(self, run_id: int, *, actor: str) -> SyncRun:
        """Have a new plan made in place of one that waits, and return the new run, queued and enqueued."""
        return requesting.enqueue(requesting.replan(run_id, actor=actor))

    # Executing

    def execute(self, run_id: int) -> SyncRun:
        """Do what the run's row asks for and return it: read it, apply it as approved, or take it back.

        Whoever comes second finds it claimed, and leaves it.
        """
        return running.take_up(run_id)

    def execute_queued(self) -> Sequence[SyncRun]:
        """Take up every run that waits for a worker, oldest first, and return them: those whose queue died.

        A run that cannot be carried to its end now is written down and left; it never blocks the others.
        """
        query = select(SyncRun.id).where(TO_TAKE_UP).order_by(SyncRun.id)
        db.session().rollback()
        ended = []
        for run_id in db.session().scalars(query).all():
            try:
                ended.append(self.execute(run_id))
            except (CatalogError, SQLAlchemyError) as error:
                log.warning("queued run left", run=run_id, kind=type(error).__name__)
            except Exception:
                log.exception("queued run broke", run=run_id)
        return ended

    def end_interrupted(self, now: datetime | None = None) -> Sequence[SyncRun]:
        """Write down what became of runs whose process is gone, and return them."""
        return claiming.end_interrupted(now)

    def hand_back(self) -> Sequence[int]:
        """Put the runs that this process reads back in the queue, and return their ids: it is told to stop."""
        return claiming.hand_back()

    def purge(self, now: datetime | None = None) -> Purged:
        """Delete what has been kept for long enough, and return how much that was."""
        return purge(now)

    # Deciding

    def approve(self, run_id: int, *, actor: str) -> SyncRun:
        """Have a plan that waits applied exactly as it was shown, by a job, and return the run as it is now."""
        return requesting.enqueue(decisions.approve(run_id, actor=actor))

    def apply(self, run_id: int, *, actor: str) -> SyncRun:
        """Apply a plan that waits in this process, exactly as it was shown, and return the applied run.

        Raises ConflictError where it does not wait or no longer fits, BusyError where the system is busy.
        """
        decisions.approve(run_id, actor=actor)
        run = self.execute(run_id)
        if is_waiting(run):
            raise ConflictError(run.error or Sentence("Run %(run)s waits again.", run=run_id))
        if is_approved(run):
            raise BusyError(found(db.session(), run.external_system).label, None)
        return run

    def reject(self, run_id: int, *, actor: str) -> SyncRun:
        """Refuse a plan that waits; nothing is applied, and the plan stays readable."""
        return decisions.reject(run_id, actor=actor)

    def cancel(self, run_id: int, *, actor: str) -> SyncRun:
        """Stop a run that has not been applied and does not wait for a person. Nothing is applied."""
        return decisions.cancel(run_id, actor=actor)

    def request_undo(self, run_id: int, *, actor: str) -> SyncRun:
        """Have an applied run taken back by a job, and return the run as it is now."""
        return requesting.enqueue(decisions.want_undo(run_id, actor=actor))

    def undo(self, run_id: int, *, actor: str) -> SyncRun:
        """Take back what an applied run changed, in this process, and return the run; `undone` tells what came of it.

        Fields that were changed since stay as they are. Raises ConflictError where it cannot be taken back.
        """
        decisions.want_undo(run_id, actor=actor)
        run = self.execute(run_id)
        if is_undo_wanted(run):
            raise BusyError(found(db.session(), run.external_system).label, None)
        if run.undone_at is None:
            raise ConflictError(run.error or Sentence("Run %(run)s was not taken back.", run=run_id))
        return run

    # Reading

    def systems(self) -> Sequence[ExternalSystem]:
        """Return every external system in the order in which people name them."""
        return all_systems(db.session())

    def get(self, run_id: int) -> SyncRun:
        """Return the run as the database has it now, or raise NotFoundError."""
        return found_run(db.session(), run_id)

    def runs(
        self, *, system: str | None = None, status: str | None = None, before_id: int | None = None, limit: int = 50
    ) -> Sequence[SyncRun]:
        """Return runs, newest first."""
        return reading.runs(system=system, status=status, before_id=before_id, limit=limit)

    def changes(self, run_id: int, *, kind: str | None, after_id: int = 0, limit: int = 50) -> Sequence[SyncChange]:
        """Return the changes that a run planned, of one kind or of all, from just after change `after_id` on."""
        return reading.changes(run_id, kind=kind, after_id=after_id, limit=limit)
