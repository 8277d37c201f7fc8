"""Applying a plan under the lease: at once where no guard holds it, or exactly as shown once a person approved it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Final

import structlog

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.plans.layout import Layout
from catalog_app.sync.models import APPLIED, APPLYING
from catalog_app.sync.planning.staging import CancelledError
from catalog_app.sync.runs.ahead import sweep, written_ahead
from catalog_app.sync.runs.apply import BaseMovedError, apply_plan
from catalog_app.sync.runs.claiming import carried, claim_system
from catalog_app.sync.runs.layout import lay_out
from catalog_app.sync.runs.lease import Claim, LeaseLostError, give_back, hold
from catalog_app.sync.runs.states import found_run, is_approved, move, supersede_outdated, wait_for_a_person
from catalog_app.sync.schedule.due import note_end

log = structlog.get_logger()
APPLY_ATTEMPTS: Final = 3
NOT_APPLIED: Final = (
    "Something went wrong here; nothing was applied, and the plan waits as before. The log has the rest."
)


def apply_plan_of(run_id: int, claim: Claim) -> None:
    """Apply the plan that this very run has just made; what people changed since is decided again.

    Raises CancelledError where somebody stopped the run, and BaseMovedError where the catalogue never stands still.
    """
    with writing() as session:
        hold(session, claim)
        run = found_run(session, run_id, for_change=True)
        if run.cancel_requested:
            raise CancelledError("The run was cancelled; nothing was applied.")
        move(run, APPLYING, now=utcnow())
    for attempt in range(1, APPLY_ATTEMPTS + 1):
        try:
            _apply_once(run_id, claim, as_shown=False)
        except BaseMovedError:
            if attempt == APPLY_ATTEMPTS:
                raise
            log.info("sync plan applied again", run=run_id, system=claim.system, attempt=attempt)
        else:
            return


def apply_approved(run_id: int) -> None:
    """Apply a plan that a person approved, exactly as it was shown.

    Where it no longer fits, or applying it breaks, nothing is applied: it waits again, and its error says why. Where
    the system is busy, or somebody else has taken it up, it is left as it is.
    """
    claim = _claim_approved(run_id)
    if claim is None:
        return
    with carried(run_id, claim):
        try:
            _apply_or_wait(run_id, claim)
        except LeaseLostError as error:
            log.warning("sync run was taken over", run=run_id, system=claim.system, reason=str(error))


def _apply_or_wait(run_id: int, claim: Claim) -> None:
    try:
        _apply_once(run_id, claim, as_shown=True)
    except LeaseLostError:
        raise
    except BaseMovedError as error:
        _wait_again(run_id, claim, f"The plan no longer fits: {error} Nothing was applied; plan again.")
    except Exception:
        _wait_again(run_id, claim, NOT_APPLIED)
        raise


def _claim_approved(run_id: int) -> Claim | None:
    with writing() as session:
        run = found_run(session, run_id)
        claim = claim_system(session, run.external_system) if is_approved(run) else None
        if claim is None:
            return None
        session.refresh(run, with_for_update=True)
        if not is_approved(run):
            give_back(session, claim)
            return None
        run.lease_number = claim.number
        return claim


def _apply_once(run_id: int, claim: Claim, *, as_shown: bool) -> None:
    now = utcnow()
    with _swept(claim), closing(_laid_out(run_id, claim, now)) as layout, writing() as session:
        run = found_run(session, run_id)
        apply_plan(session, run, now=now, as_shown=as_shown, layout=layout)
        # Last, so that the heartbeat gets through while products are written; and a run that was thought dead
        # meanwhile finds its number gone, and writes nothing.
        hold(session, claim)
        move(run, APPLIED, now=utcnow())
        supersede_outdated(session, run, now=utcnow())
        note_end(session, run, utcnow())
    log.info(
        "sync plan applied", run=run.id, system=run.external_system,
        created=run.created, updated=run.updated, withdrawn=run.withdrawn, conflicts=run.conflicts,
    )  # fmt: skip


@contextmanager
def _swept(claim: Claim) -> Iterator[None]:
    """Leave nothing hidden behind where the block does not come to its end."""
    try:
        yield
    except LeaseLostError:
        # Whoever has the system now sweeps.
        raise
    except Exception:
        sweep(claim)
        raise


def _laid_out(run_id: int, claim: Claim, now: datetime) -> Layout:
    """Work out what is to be written while nobody has to wait for it, and write ahead what can be."""
    session = db.session()
    session.rollback()
    try:
        return lay_out(session, found_run(session, run_id), now=now, ahead=written_ahead(claim))
    finally:
        session.rollback()


def _wait_again(run_id: int, claim: Claim, error: str) -> None:
    with writing() as session:
        hold(session, claim)
        wait_for_a_person(found_run(session, run_id, for_change=True), now=utcnow(), error=error)
