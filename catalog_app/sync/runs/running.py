"""One run from its claim to its plan and on: read, plan, and apply or wait; each state is written before it is entered.

Delivering a run twice is harmless: whoever comes second finds it claimed, and leaves it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import structlog

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import CatalogError, RetriableError
from catalog_app.core.garbage import collected_less
from catalog_app.core.outages import CommitUnansweredError
from catalog_app.sync.connectors.connector import (
    Connector,
    ListingProof,
    MappedRecord,
    RawRecord,
    RecordPage,
    SourceConfig,
)
from catalog_app.sync.files import FileSource
from catalog_app.sync.models import CANCELLED, DEFERRED, FAILED, FETCHING, FILE, QUEUED, RETRY, SyncRun
from catalog_app.sync.planning.plan import drop_staged
from catalog_app.sync.planning.staging import CancelledError, Staging
from catalog_app.sync.runs.apply import BaseMovedError
from catalog_app.sync.runs.applying import apply_approved, apply_plan_of
from catalog_app.sync.runs.claiming import carried, claim_system
from catalog_app.sync.runs.freshness import is_all_read
from catalog_app.sync.runs.lease import Claim, LeaseLostError, give_back, hold
from catalog_app.sync.runs.planned import make_plan
from catalog_app.sync.runs.requesting import BusyError, refuse_while_busy
from catalog_app.sync.runs.retry import RetrySource
from catalog_app.sync.runs.states import (
    found_run,
    is_approved,
    is_undo_wanted,
    move,
    plan_made,
    supersede_queued,
    supersede_waiting,
    wait_for_a_person,
)
from catalog_app.sync.runs.undo import undo_wanted
from catalog_app.sync.schedule.due import note_end
from catalog_app.sync.systems.sources import found, source_config

log = structlog.get_logger()

FULL_AT_LEAST: Final = timedelta(days=1)
"""How old the last full listing may be for a run to read only what changed: no listing of changes tells what is gone."""
UNEXPECTED: Final = "Something went wrong here; nothing was applied. The log has the rest."


def take_up(run_id: int) -> SyncRun:
    """Do what the row asks for, and return the run as it stands then: read it, apply it as approved, or take it back.

    A run that somebody else has claimed, or whose system is busy, is left as it is.
    """
    run = now_of(run_id)
    if run.status == QUEUED:
        Running(run_id).to_the_end()
    elif is_approved(run):
        apply_approved(run_id)
    elif is_undo_wanted(run):
        undo_wanted(run_id)
    return now_of(run_id)


def now_of(run_id: int) -> SyncRun:
    """Return the run as the database has it now, or raise NotFoundError."""
    session = db.session()
    session.rollback()
    return found_run(session, run_id)


def read_file(key: str, path: Path, *, dry_run: bool, actor: str) -> SyncRun:
    """Take the rows of a file as what the system says, plan, and apply or wait; return the run as it stands then.

    No other process has the file, so the run is never queued. Raises NotFoundError, and BusyError.
    """
    with writing() as session:
        refuse_while_busy(session, key)
        claim = claim_system(session, key)
        if claim is None:
            raise BusyError(found(session, key).label, None)
        now = utcnow()
        run = SyncRun(
            external_system=key, origin=FILE, status=FETCHING, full=False, dry_run=dry_run, lease_number=claim.number,
            requested_by=actor, requested_at=now, started_at=now,
        )  # fmt: skip
        session.add(run)
    log.info("file given", run=run.id, system=key, actor=actor, dry_run=dry_run)
    Running(run.id).through(claim, lambda: FileSource(path, key))
    return now_of(run.id)


class Source(Protocol):
    """Where the records of a run come from: a connector, the rejected records of another run, or a file."""

    @property
    def proof(self) -> ListingProof: ...
    def pages(self) -> Iterator[RecordPage]: ...
    def map(self, record: RawRecord, /) -> MappedRecord: ...


class Running:
    """Carries one queued run through its states. Every write proves in its own transaction that the lease stands."""

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id

    def to_the_end(self) -> None:
        """Claim the system, read it, plan, and apply or wait."""
        claim = self._claim()
        if claim is not None:
            self.through(claim, lambda: self._source(claim))

    def through(self, claim: Claim, opened: Callable[[], Source]) -> None:
        """Read what `opened` gives, plan, and apply or wait, all under the claim, which is given back at the end."""
        with carried(self._run_id, claim):
            try:
                with self._told_end(claim):
                    self._carry(claim, opened())
            except LeaseLostError as error:
                log.warning("sync run was taken over", run=self._run_id, system=claim.system, reason=str(error))

    def _claim(self) -> Claim | None:
        with writing() as session:
            run = found_run(session, self._run_id)
            claim = claim_system(session, run.external_system) if run.status == QUEUED else None
            if claim is None:
                return None
            session.refresh(run, with_for_update=True)
            if run.status != QUEUED:
                give_back(session, claim)
                return None
            now = utcnow()
            supersede_queued(session, run, now=now)
            move(run, FETCHING, now=now)
            run.lease_number, run.started_at = claim.number, now
        log.info("sync run started", run=self._run_id, system=claim.system, lease=claim.number)
        return claim

    @contextmanager
    def _told_end(self, claim: Claim) -> Iterator[None]:
        """Write down the end of the run, whatever happens inside."""
        try:
            yield
        except (LeaseLostError, CommitUnansweredError):
            # Nobody knows what became of it; whoever beats finds it in the row.
            raise
        except CancelledError:
            self._end(claim, CANCELLED, error=None)
        except RetriableError as error:
            self._end(claim, DEFERRED, error=str(error), retry_after=error.retry_after)
        except BaseMovedError as error:
            self._end(claim, DEFERRED, error=str(error))
        except CatalogError as error:
            self._end(claim, FAILED, error=str(error))
        except Exception:
            # What a database says of a failed statement holds values of customers; it is for the log alone.
            self._end(claim, FAILED, error=UNEXPECTED)
            raise

    def _carry(self, claim: Claim, source: Source) -> None:
        staging = Staging(self._run_id, claim, source.map)
        with collected_less():
            for page in source.pages():
                staging.take(page)
            if self._plan(claim, staging, source.proof):
                apply_plan_of(self._run_id, claim)

    def _source(self, claim: Claim) -> Source:
        session = db.session()
        config = source_config(found(session, claim.system))
        # Reading a source takes as long as it takes; no transaction stays open meanwhile.
        session.rollback()
        if now_of(self._run_id).origin == RETRY:
            return RetrySource(self._run_id, Connector(config, now=utcnow))
        return Connector(config, since=self._begin(claim, config), now=utcnow)

    def _begin(self, claim: Claim, config: SourceConfig) -> datetime | None:
        """Decide whether all is read or only what changed, write it down, and return where the changes begin."""
        with writing() as session:
            hold(session, claim)
            run = found_run(session, self._run_id)
            state = found(session, claim.system).state
            can_tell = config.preset.is_incremental and not run.full
            reads_changes = can_tell and is_all_read(session, run, since=utcnow() - FULL_AT_LEAST)
            run.since = state.high_water_mark if reads_changes else None
            run.full = run.since is None
            return run.since

    def _plan(self, claim: Claim, staging: Staging, proof: ListingProof) -> bool:
        """Make the plan, and return whether it may be applied without a person."""
        shows_all = self._note_reading(claim, staging, proof)
        plan = make_plan(self._run_id, claim, listed=staging.seen if shows_all else None)
        with writing() as session:
            hold(session, claim)
            run, now = found_run(session, self._run_id, for_change=True), utcnow()
            if run.cancel_requested:
                raise CancelledError("The run was cancelled; nothing was applied.")
            for column, count in plan.counts.items():
                setattr(run, column, count)
            run.held_because = list(plan.held_because)
            plan_made(run, now=now)
            supersede_waiting(session, run, now=now)
            is_free = not (run.dry_run or run.held_because)
            if not is_free:
                wait_for_a_person(run, now=now)
                note_end(session, run, now)
        log.info("sync planned", run=run.id, system=claim.system, status=run.status, held=len(run.held_because))
        return is_free

    def _note_reading(self, claim: Claim, staging: Staging, proof: ListingProof) -> bool:
        """Write down what came of reading the listing, and return whether it showed everything that there is."""
        with writing() as session:
            hold(session, claim)
            run = found_run(session, self._run_id)
            run.complete, run.proof = proof.complete, list(proof.reasons)
            run.defaults_taken, run.high_water_mark = dict(staging.defaults_taken), staging.high_water_mark
            return proof.complete and run.full

    def _end(self, claim: Claim, status: str, *, error: str | None, retry_after: float | None = None) -> None:
        with writing() as session:
            hold(session, claim)
            run, now = found_run(session, self._run_id), utcnow()
            move(run, status, now=now, error=error)
            drop_staged(session, run)
            note_end(session, run, now, retry_after=retry_after)
        log.info("sync run ended", run=self._run_id, system=claim.system, status=status, error=error)
