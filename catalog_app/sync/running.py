"""One run from its claim to its end: fetch, plan, apply; each state is written before it is entered."""

from collections.abc import Sequence

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import CatalogError, ConflictError, NotFoundError, RetriableError
from catalog_app.core.wiring import settings
from catalog_app.sync import models as states
from catalog_app.sync.apply import BaseMovedError, apply_plan
from catalog_app.sync.connectors.connector import Connector, ListingProof
from catalog_app.sync.guards import Guards, reasons_to_hold
from catalog_app.sync.lease import Claim, LeaseLostError, give_back, heartbeat, hold, take
from catalog_app.sync.models import SyncRun
from catalog_app.sync.plan import drop_staged, make_plan, plan_withdrawals
from catalog_app.sync.sources import found, source_config
from catalog_app.sync.staging import CancelledError, Staging

log = structlog.get_logger()
APPLY_ATTEMPTS = 3
APPLY_SECONDS = 15 * 60
"""For how long a run is left alone while it applies: its heartbeat cannot be seen before it commits."""
INTERRUPTED = "The process that ran it ended in the middle. Nothing of it was applied; the next run starts afresh."
UNEXPECTED = "Something went wrong here; nothing was applied. The log has the rest."


class Running:
    """Carries one run through its states. Every write proves in its own transaction that the lease still stands."""

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id

    def to_the_end(self) -> SyncRun:
        """Claim the system, read it, plan, and apply or wait; return the run as it ended.

        A run that somebody else has claimed, or a system that is busy, is left as it is.
        """
        claim = self._claim()
        if claim is None:
            return self.now()
        try:
            with heartbeat(db.engine, claim):
                self._end_well(claim)
        except LeaseLostError as error:
            log.warning("sync run was taken over", run=self._run_id, system=claim.system, reason=str(error))
        finally:
            self._free(claim)
        return self.now()

    def apply_waiting(self, *, actor: str) -> SyncRun:
        """Apply a plan that waits; raises ConflictError where it does not wait, no longer fits, or the system is busy."""
        claim, waited_as = self._claim_waiting(actor)
        try:
            with heartbeat(db.engine, claim):
                self._apply_once(claim, as_shown=True)
        except BaseMovedError as error:
            self._wait_on(claim, waited_as)
            raise ConflictError(f"The plan no longer fits: {error} Start a new run to see a new plan.") from None
        except LeaseLostError as error:
            raise ConflictError(str(error)) from None
        finally:
            self._free(claim)
        return self.now()

    def now(self) -> SyncRun:
        """Return the run as the database has it now."""
        session = db.session()
        session.rollback()
        run = session.get(SyncRun, self._run_id, populate_existing=True)
        if run is None:
            raise NotFoundError(f"There is no sync run {self._run_id}.")
        return run

    def _end_well(self, claim: Claim) -> None:
        """Carry the run through and write its end, whatever happens on the way."""
        try:
            self._carry(claim)
        except LeaseLostError:
            raise
        except CancelledError:
            self._end(claim, states.CANCELLED, error=None)
        except (RetriableError, BaseMovedError) as error:
            self._end(claim, states.DEFERRED, error=str(error))
        except CatalogError as error:
            self._end(claim, states.FAILED, error=str(error))
        except Exception:
            self._end(claim, states.FAILED, error=UNEXPECTED)
            raise

    def _claim(self) -> Claim | None:
        with writing() as session:
            run = session.get_one(SyncRun, self._run_id, populate_existing=True)
            claim = self._take(session, run.external_system) if run.status == states.QUEUED else None
            if claim is None:
                return None
            session.refresh(run, with_for_update=True)
            if run.status != states.QUEUED:
                give_back(session, claim)
                return None
            _end_older(session, run)
            run.status, run.lease_number, run.started_at = states.FETCHING, claim.number, utcnow()
        log.info("sync run started", run=self._run_id, system=claim.system, lease=claim.number)
        return claim

    def _claim_waiting(self, actor: str) -> tuple[Claim, str]:
        key = self.now().external_system
        with writing() as session:
            claim = self._take(session, key)
            run = waiting(session, self._run_id)
            if claim is None:
                raise ConflictError(f"{key} is being synced now; try again when that run has ended.")
            newer = select(SyncRun.id).where(
                SyncRun.external_system == key, SyncRun.id > run.id, SyncRun.status == states.APPLIED
            )
            if session.scalars(newer.limit(1)).first() is not None:
                raise ConflictError(f"Run {run.id} does not wait for approval any more; start a new one.")
            waited_as = run.status
            hold(session, claim, seconds=APPLY_SECONDS)
            run.status, run.finished_at = states.APPLYING, None
            run.lease_number, run.decided_by = claim.number, actor
        return claim, waited_as

    def _take(self, session: Session, key: str) -> Claim | None:
        """Take the lease of the system. Always before a run is held: one order for all, so that none waits for ever."""
        return take(session, key, seconds=settings().lease_seconds, now=utcnow())

    def _carry(self, claim: Claim) -> None:
        session = db.session()
        connector = Connector(source_config(found(session, claim.system)), now=utcnow)
        # Reading a source takes as long as it takes; no transaction stays open meanwhile.
        session.rollback()
        staging = Staging(self._run_id, claim, connector.map)
        staging.take_all(connector)
        held = self._plan(claim, staging, connector.proof)
        dry_run = self.now().dry_run
        if held or dry_run:
            status = states.PLANNED if dry_run else states.AWAITING_APPROVAL
            self._end(claim, status, error=None, keep_plan=True)
        else:
            self._apply(claim)

    def _plan(self, claim: Claim, staging: Staging, proof: ListingProof) -> Sequence[str]:
        with writing() as session:
            hold(session, claim)
            run = session.get_one(SyncRun, self._run_id)
            run.complete, run.proof = proof.complete, list(proof.reasons)
            run.defaults_taken = dict(staging.defaults_taken)
            if proof.complete and run.full:
                plan_withdrawals(session, run, staging.seen, now=utcnow())
            make_plan(session, run)
            label = found(session, run.external_system).label
            run.held_because = reasons_to_hold(session, run, label, Guards())
            run.status = states.PLANNED
            return run.held_because

    def _apply(self, claim: Claim) -> None:
        with writing() as session:
            hold(session, claim, seconds=APPLY_SECONDS)
            run = session.get_one(SyncRun, self._run_id, populate_existing=True, with_for_update=True)
            if run.cancel_requested:
                raise CancelledError("The run was cancelled; nothing was applied.")
            run.status = states.APPLYING
        for attempt in range(1, APPLY_ATTEMPTS + 1):
            try:
                self._apply_once(claim, as_shown=False)
            except BaseMovedError:
                if attempt == APPLY_ATTEMPTS:
                    raise
                log.info("sync plan applied again", run=self._run_id, system=claim.system, attempt=attempt)
            else:
                return

    def _apply_once(self, claim: Claim, *, as_shown: bool) -> None:
        with writing() as session:
            hold(session, claim, seconds=APPLY_SECONDS)
            run = session.get_one(SyncRun, self._run_id, populate_existing=True, with_for_update=True)
            apply_plan(session, run, now=utcnow(), as_shown=as_shown)
            run.status, run.finished_at = states.APPLIED, utcnow()
        log.info(
            "sync plan applied", run=run.id, system=run.external_system,
            created=run.created, updated=run.updated, withdrawn=run.withdrawn, conflicts=run.conflicts,
        )  # fmt: skip

    def _wait_on(self, claim: Claim, status: str) -> None:
        with writing() as session:
            hold(session, claim)
            run = session.get_one(SyncRun, self._run_id, populate_existing=True, with_for_update=True)
            run.status, run.finished_at, run.decided_by = status, utcnow(), None

    def _end(self, claim: Claim, status: str, *, error: str | None, keep_plan: bool = False) -> None:
        with writing() as session:
            hold(session, claim)
            run = session.get_one(SyncRun, self._run_id)
            run.status, run.error, run.finished_at = status, error, utcnow()
            if not keep_plan:
                drop_staged(session, run)
        log.info("sync run ended", run=self._run_id, system=claim.system, status=status, error=error)

    def _free(self, claim: Claim) -> None:
        with writing() as session:
            give_back(session, claim)


def waiting(session: Session, run_id: int) -> SyncRun:
    """Return a run whose plan waits for a decision, held until the transaction ends; else raise ConflictError."""
    run = session.get(SyncRun, run_id, populate_existing=True, with_for_update=True)
    if run is None:
        raise NotFoundError(f"There is no sync run {run_id}.")
    if run.status not in states.WAITING or run.finished_at is None:
        raise ConflictError(f"Run {run_id} does not wait for approval any more: it is {run.status}.")
    return run


def _end_older(session: Session, run: SyncRun) -> None:
    """Settle what older runs of the system left open: a newer listing makes their plans stale."""
    older = (SyncRun.external_system == run.external_system, SyncRun.id < run.id)
    now = utcnow()
    unfinished = (states.FETCHING, states.PLANNED, states.APPLYING)
    session.execute(
        update(SyncRun)
        .where(*older, SyncRun.finished_at.is_(None), SyncRun.status.in_(unfinished))
        .values(status=states.FAILED, error=INTERRUPTED, finished_at=now),
    )
    session.execute(
        update(SyncRun)
        .where(*older, SyncRun.status.in_((states.QUEUED, *states.WAITING)))
        .values(status=states.SUPERSEDED, finished_at=now),
    )
