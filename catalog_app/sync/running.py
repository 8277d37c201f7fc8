"""One run from its claim to its end: fetch, plan, apply, each state written before it is entered."""

from collections.abc import Sequence

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, FatalError, NotFoundError, RetriableError
from catalog_app.core.wiring import settings
from catalog_app.sync import models as states
from catalog_app.sync.apply import BaseMovedError, apply_plan
from catalog_app.sync.connectors.connector import Connector, ListingProof, SourceConfig
from catalog_app.sync.guards import Guards, reasons_to_hold
from catalog_app.sync.lease import Claim, LeaseLostError, give_back, heartbeat, hold, take
from catalog_app.sync.models import SyncRun
from catalog_app.sync.plan import drop_staged, make_plan, plan_withdrawals
from catalog_app.sync.sources import found, source_config
from catalog_app.sync.staging import CancelledError, Staging

log = structlog.get_logger()
PLAN_ATTEMPTS = 3
INTERRUPTED = "The process that ran it ended in the middle. Nothing of it was applied; the next run starts afresh."


class Running:
    """Carries one run through its states. Nothing but its own transactions ever writes the run."""

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id

    def to_the_end(self) -> SyncRun:
        """Claim the system, read it, plan, and apply or wait; return the run as it ended.

        A run that somebody else has claimed, or a system that is busy, is left as it is.
        """
        claim = self._claim()
        if claim is None:
            return self._now()
        try:
            with heartbeat(db.engine, claim):
                self._carried(claim)
        except CancelledError:
            self._end(claim, states.CANCELLED, error=None)
        except RetriableError as error:
            self._end(claim, states.DEFERRED, error=str(error))
        except FatalError as error:
            self._end(claim, states.FAILED, error=str(error))
        except LeaseLostError as error:
            log.warning("sync run was taken over", run=self._run_id, system=claim.system, reason=str(error))
        except Exception:
            self._end(
                claim, states.FAILED, error="Something went wrong here; nothing was applied. The log has the rest."
            )
            raise
        finally:
            self._free(claim)
        return self._now()

    def apply_waiting(self, *, actor: str) -> SyncRun:
        """Apply a plan that waits; raises ConflictError where it does not wait, or the system is busy."""
        with writing() as session:
            run = session.get(SyncRun, self._run_id, populate_existing=True)
            if run is None:
                raise NotFoundError(f"There is no sync run {self._run_id}.")
            waits = run.status in (states.AWAITING_APPROVAL, states.PLANNED) and run.finished_at is not None
            newer = select(SyncRun.id).where(
                SyncRun.external_system == run.external_system, SyncRun.id > run.id, SyncRun.status == states.APPLIED
            )
            if not waits or session.scalars(newer.limit(1)).first() is not None:
                raise ConflictError(f"Run {run.id} does not wait for approval any more; start a new one.")
            claim = take(session, run.external_system, seconds=settings().lease_seconds, now=utcnow())
            if claim is None:
                raise ConflictError(f"{run.external_system} is being synced now; try again when that run has ended.")
            run.lease_number, run.decided_by = claim.number, actor
        try:
            with heartbeat(db.engine, claim):
                self._apply(claim, may_replan=False)
        except BaseMovedError as error:
            raise ConflictError(f"The plan no longer fits: {error} Start a new run to see a new plan.") from None
        except LeaseLostError as error:
            raise ConflictError(str(error)) from None
        finally:
            self._free(claim)
        return self._now()

    def _claim(self) -> Claim | None:
        with writing() as session:
            run = session.get_one(SyncRun, self._run_id, populate_existing=True)
            if run.status != states.QUEUED:
                return None
            claim = take(session, run.external_system, seconds=settings().lease_seconds, now=utcnow())
            if claim is None:
                return None
            _end_older(session, run)
            run.status, run.lease_number, run.started_at = states.FETCHING, claim.number, utcnow()
        log.info("sync run started", run=self._run_id, system=claim.system, lease=claim.number)
        return claim

    def _carried(self, claim: Claim) -> None:
        connector = Connector(self._config(claim.system), now=utcnow)
        staging = Staging(self._run_id, claim, connector.map)
        staging.take_all(connector)
        held = self._plan(claim, staging, connector.proof)
        if held or self._now().dry_run:
            status = states.AWAITING_APPROVAL if held and not self._now().dry_run else states.PLANNED
            self._end(claim, status, error=None, keep_plan=True)
            return
        self._apply(claim, may_replan=True)

    def _config(self, key: str) -> SourceConfig:
        return source_config(found(db.session(), key))

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

    def _apply(self, claim: Claim, *, may_replan: bool) -> None:
        attempts = PLAN_ATTEMPTS if may_replan else 1
        for attempt in range(1, attempts + 1):
            try:
                self._apply_once(claim)
            except BaseMovedError:
                if attempt == attempts:
                    raise
                log.info("sync plan made again", run=self._run_id, system=claim.system)
                with writing() as session:
                    hold(session, claim)
                    make_plan(session, session.get_one(SyncRun, self._run_id))
            else:
                return

    def _apply_once(self, claim: Claim) -> None:
        with writing() as session:
            hold(session, claim)
            run = session.get_one(SyncRun, self._run_id)
            if run.cancel_requested:
                raise CancelledError("The run was cancelled; nothing was applied.")
            apply_plan(session, run, now=utcnow())
            run.status, run.finished_at = states.APPLIED, utcnow()
        log.info(
            "sync plan applied", run=run.id, system=run.external_system,
            created=run.created, updated=run.updated, withdrawn=run.withdrawn, conflicts=run.conflicts,
        )  # fmt: skip

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

    def _now(self) -> SyncRun:
        return db.session().get_one(SyncRun, self._run_id, populate_existing=True)


def _end_older(session: Session, run: SyncRun) -> None:
    """Settle what older runs of the system left open: a newer listing makes their plans stale."""
    older = (SyncRun.external_system == run.external_system, SyncRun.id < run.id)
    now = utcnow()
    session.execute(
        update(SyncRun)
        .where(
            *older,
            SyncRun.finished_at.is_(None),
            SyncRun.status.in_((states.FETCHING, states.PLANNED, states.APPLYING)),
        )
        .values(status=states.FAILED, error=INTERRUPTED, finished_at=now),
    )
    session.execute(
        update(SyncRun)
        .where(*older, SyncRun.status.in_((states.QUEUED, states.AWAITING_APPROVAL, states.PLANNED)))
        .values(status=states.SUPERSEDED, finished_at=now),
    )
