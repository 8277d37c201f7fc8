"""Sync runs: request, execute, decide. Pages, JSON, commands and the scheduler all take this path."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import CatalogError, ConflictError, NotFoundError
from catalog_app.core.jobs import JobQueue
from catalog_app.core.wiring import providers
from catalog_app.sync import models as states
from catalog_app.sync.lease import is_held
from catalog_app.sync.models import KINDS, ExternalSystem, SyncChange, SyncRun, SystemState
from catalog_app.sync.running import Running, waiting
from catalog_app.sync.sources import all_systems, found, source_config

log = structlog.get_logger()
JOB = "sync.run"
SYSTEM_ACTOR = "system"


class BusyError(ConflictError):
    """Another run of the system is going on: `run_id` names it."""

    def __init__(self, label: str, run_id: int | None) -> None:
        super().__init__(f"{label} is being synced now" + (f" by run {run_id}." if run_id else "."))
        self.run_id = run_id


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

    def run(self, key: str, *, dry_run: bool = False, actor: str = SYSTEM_ACTOR) -> SyncRun:
        """Request a run and take it to its end in this process.

        A run that fails comes back with its status and error; only what cannot even start raises:
        NotFoundError, ConflictError (not configured), BusyError.
        """
        requested = self.request(key, dry_run=dry_run, actor=actor)
        return self.execute(requested.id)

    def request(self, key: str, *, dry_run: bool = False, full: bool = True, actor: str) -> SyncRun:
        """Write down that a run is wanted, and return it, queued. Nothing is fetched here."""
        with writing() as session:
            system = found(session, key)
            source_config(system)
            if running := _running(session, key, now=utcnow()):
                raise BusyError(system.label, running.id)
            run = SyncRun(external_system=key, full=full, dry_run=dry_run, requested_by=actor, requested_at=utcnow())
            session.add(run)
            session.flush()
            log.info("sync requested", run=run.id, system=key, actor=actor, dry_run=dry_run)
            return run

    def enqueue(self, run: SyncRun) -> None:
        """Hand a requested run to whoever works on jobs."""
        for queue in providers(JobQueue)[:1]:
            queue.enqueue(JOB, run.id)

    def execute(self, run_id: int) -> SyncRun:
        """Take a queued run to its end and return it. Whoever comes second finds it claimed, and leaves it."""
        return Running(run_id).to_the_end()

    def execute_queued(self) -> Sequence[SyncRun]:
        """Take every queued run to its end, oldest first, and return them: those whose queue died with its process.

        A run that cannot be carried to its end now is written down and left; it never blocks the others.
        """
        query = select(SyncRun.id).where(SyncRun.status == states.QUEUED).order_by(SyncRun.id)
        db.session().rollback()
        ended = []
        for run_id in db.session().scalars(query).all():
            try:
                ended.append(self.execute(run_id))
            except (CatalogError, SQLAlchemyError) as error:
                log.warning("queued run left", run=run_id, kind=type(error).__name__)
        return ended

    def apply(self, run_id: int, *, actor: str) -> SyncRun:
        """Apply a plan that waits, exactly as it was shown. Raises ConflictError where it does not wait."""
        return Running(run_id).apply_waiting(actor=actor)

    def reject(self, run_id: int, *, actor: str) -> SyncRun:
        """Refuse a plan that waits; nothing is applied, and the plan stays readable."""
        with writing() as session:
            run = waiting(session, run_id)
            _end(run, states.REJECTED, actor=actor, now=utcnow())
            return run

    def cancel(self, run_id: int, *, actor: str) -> SyncRun:
        """Stop a run: one that waits ends at once, one that reads ends before its next page. Nothing is applied."""
        with writing() as session:
            run = _run(session, run_id, for_change=True)
            if run.status == states.APPLYING:
                raise ConflictError(f"Run {run_id} is being applied; it is too late to cancel.")
            if run.status in states.ENDED or run.finished_at is not None:
                raise ConflictError(f"Run {run_id} has ended; there is nothing to cancel.")
            if run.status == states.QUEUED:
                _end(run, states.CANCELLED, actor=actor, now=utcnow())
            elif run.status == states.AWAITING_APPROVAL:
                raise ConflictError(f"Run {run_id} waits for approval: apply or reject it.")
            else:
                run.cancel_requested, run.decided_by = True, actor
            return run

    # Reading

    def systems(self) -> Sequence[ExternalSystem]:
        """Return every external system in the order in which people name them."""
        return all_systems(db.session())

    def get(self, run_id: int) -> SyncRun:
        """Return the run as the database has it now, or raise NotFoundError."""
        return _run(db.session(), run_id)

    def runs(self, *, system: str | None = None, before_id: int | None = None, limit: int = 50) -> Sequence[SyncRun]:
        """Return runs, newest first."""
        query = select(SyncRun).order_by(SyncRun.id.desc()).limit(limit)
        if system is not None:
            query = query.where(SyncRun.external_system == system)
        if before_id is not None:
            query = query.where(SyncRun.id < before_id)
        return db.session().scalars(query).all()

    def changes(self, run_id: int, *, kind: str | None, after_id: int = 0, limit: int = 50) -> Sequence[SyncChange]:
        """Return the changes that a run planned, of one kind or of all, from just after change `after_id` on."""
        if kind is not None and kind not in KINDS:
            raise NotFoundError(f"There is no kind of change {kind!r}.")
        of_kind = SyncChange.kind.in_(KINDS if kind is None else (kind,))
        if kind == "conflict":
            of_kind = SyncChange.conflicts.is_not(None)
        query = select(SyncChange).where(SyncChange.run_id == run_id, of_kind, SyncChange.id > after_id)
        return db.session().scalars(query.order_by(SyncChange.id).limit(limit)).all()


def _run(session: Session, run_id: int, *, for_change: bool = False) -> SyncRun:
    run = session.get(SyncRun, run_id, populate_existing=True, with_for_update=for_change)
    if run is None:
        raise NotFoundError(f"There is no sync run {run_id}.")
    return run


def _end(run: SyncRun, status: str, *, actor: str, now: datetime) -> None:
    run.status, run.decided_by, run.finished_at = status, actor, now
    log.info("sync run ended", run=run.id, system=run.external_system, status=status, actor=actor)


def _running(session: Session, key: str, *, now: datetime) -> SyncRun | None:
    """Return the run that holds the system's lease now, if anybody alive does."""
    state = session.get_one(SystemState, key)
    if not is_held(state, now=now):
        return None
    query = select(SyncRun).where(SyncRun.external_system == key, SyncRun.lease_number == state.lease_number)
    return session.scalars(query.order_by(SyncRun.id.desc()).limit(1)).first()
