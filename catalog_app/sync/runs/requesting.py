"""Asking for runs: each is written down, queued, and handed to whoever works on jobs. Nothing is fetched here."""

from collections.abc import Sequence
from typing import Final

import structlog
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.errors import ConflictError, Sentence
from catalog_app.core.jobs import JobQueue
from catalog_app.core.wiring import providers
from catalog_app.sync.models import FILE, MANUAL, RETRY, SyncRun
from catalog_app.sync.runs.claiming import running_of
from catalog_app.sync.runs.lease import is_held
from catalog_app.sync.runs.retry import retry_of
from catalog_app.sync.runs.states import found_run, refuse_unless_waiting
from catalog_app.sync.systems.sources import found, ready_config

log = structlog.get_logger()
JOB: Final = "sync.run"
"""The one job of a run. Its row says what is to be done: read it, apply it as approved, or take it back."""


class BusyError(ConflictError):
    """Another run of the system is going on: `run_id` names it."""

    def __init__(self, label: str, run_id: int | None) -> None:
        super().__init__(f"{label} is being synced now" + (f" by run {run_id}." if run_id else "."))
        self.run_id = run_id


def refuse_while_busy(session: Session, key: str) -> None:
    """Raise BusyError while somebody alive works on the system."""
    system, now = found(session, key), utcnow()
    if is_held(system.state, now=now):
        running = running_of(session, key)
        raise BusyError(system.label, running.id if running else None)


def request(
    key: str, *, dry_run: bool, full: bool, actor: str, origin: str = MANUAL, frequencies: Sequence[str] | None = None
) -> SyncRun:
    """Write down that a run is wanted, and return it, queued.

    Without `full`, only what changed is read where the preset can ask for that and the last full listing is younger
    than a day. Raises NotFoundError, ConflictError (not configured, switched off), BusyError.
    """
    with writing() as session:
        system = found(session, key)
        ready_config(system)
        refuse_while_busy(session, key)
        run = SyncRun(
            external_system=key,
            origin=origin,
            full=full,
            dry_run=dry_run,
            frequencies=list(frequencies) if frequencies is not None else None,
            requested_by=actor,
            requested_at=utcnow(),
        )
        session.add(run)
        session.flush()
        log.info("sync requested", run=run.id, system=key, actor=actor, origin=origin, dry_run=dry_run, full=full)
        return run


def retry_rejected(run_id: int, *, actor: str) -> SyncRun:
    """Ask for a run that tries the rejected records of an applied run again, and return it, queued."""
    with writing() as session:
        key = found_run(session, run_id).external_system
        refuse_while_busy(session, key)
        run = retry_of(session, run_id, actor=actor)
        ready_config(found(session, key))
        log.info("retry requested", run=run.id, system=key, actor=actor, retry_of=run_id)
        return run


def replan(run_id: int, *, actor: str) -> SyncRun:
    """Ask for a new plan in place of one that waits, and return the new run, queued.

    The source is read again: deciding the old records anew would bring back what newer ones have changed since.
    """
    with writing() as session:
        run = found_run(session, run_id)
        refuse_unless_waiting(run)
    if run.origin == FILE:
        raise ConflictError(Sentence("A file is read once; import it again to see a new plan."))
    if run.origin == RETRY and run.retry_of is not None:
        return retry_rejected(run.retry_of, actor=actor)
    return request(run.external_system, dry_run=run.dry_run, full=run.full, actor=actor)


def enqueue(run: SyncRun) -> SyncRun:
    """Hand a run to whoever works on jobs, and return it."""
    for queue in providers(JobQueue)[:1]:
        queue.enqueue(JOB, run.id)
    return run
