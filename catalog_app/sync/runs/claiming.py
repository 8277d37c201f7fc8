"""Taking the lease of a system for some work, and knowing what this process works on."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.wiring import settings
from catalog_app.sync.models import FETCHING, PLANNED, QUEUED, SyncRun, SystemState
from catalog_app.sync.runs.ahead import sweep
from catalog_app.sync.runs.lease import Claim, LeaseLostError, give_back, heartbeat, hold, is_held, lay_down, take
from catalog_app.sync.runs.states import CARRIED, found_run, requeue, settle_interrupted

log = structlog.get_logger()
_carried: Final[dict[int, Claim]] = {}
_carrying: Final = threading.Lock()


def claim_system(session: Session, key: str) -> Claim | None:
    """Take the lease of the system, or return None while somebody alive holds it.

    What a dead process left open of the system is settled at once. Always before a run is held: one order for all,
    so that none waits for ever.
    """
    now = utcnow()
    claim = take(session, key, seconds=settings().lease_seconds, now=now)
    if claim is not None:
        settle_interrupted(session, key, now=now)
    return claim


@contextmanager
def carried(run_id: int, claim: Claim) -> Iterator[None]:
    """Keep the claim alive while the block works on the run, and free the system afterwards."""
    with _carrying:
        _carried[run_id] = claim
    try:
        with heartbeat(db.engine, claim):
            sweep(claim)
            yield
    except (KeyboardInterrupt, SystemExit):
        # The process was told to stop.
        _handed_back(run_id, claim)
        raise
    finally:
        with _carrying:
            _carried.pop(run_id, None)
        with writing() as session:
            give_back(session, claim)


def hand_back() -> Sequence[int]:
    """Put the runs that this process reads back in the queue, for another to begin anew, and return their ids.

    For a process that is told to stop; needs an application context, and any thread may call it. What is being
    applied is left alone: it ends in a moment, or its transaction is undone by the database.
    """
    with _carrying:
        working = dict(_carried)
    return [run_id for run_id, claim in working.items() if _handed_back(run_id, claim)]


def at_work() -> Sequence[int]:
    """Return the ids of the runs that threads of this process work on."""
    with _carrying:
        return list(_carried)


def end_interrupted(now: datetime | None = None) -> Sequence[SyncRun]:
    """Write down what became of runs whose process is gone, and return them: of any system, also of one never due.

    It takes the lease of the system for it, so that a process that was only frozen finds its number gone.
    """
    session, at = db.session(), now or utcnow()
    session.rollback()
    ended: list[SyncRun] = []
    for key in _suspects(session, now=at):
        try:
            ended += _ended(key)
        except SQLAlchemyError as error:
            log.warning("interrupted runs not settled yet", system=key, kind=type(error).__name__)
    return ended


def running_of(session: Session, key: str) -> SyncRun | None:
    """Return the run that the lease of the system was last taken for; None where that was for something else."""
    number = session.get_one(SystemState, key).lease_number
    query = select(SyncRun).where(SyncRun.external_system == key, SyncRun.lease_number == number)
    return session.scalars(query.order_by(SyncRun.id.desc()).limit(1)).first()


def _suspects(session: Session, *, now: datetime) -> Sequence[str]:
    """Return the systems that have runs under way which the present holder of the lease, if any, does not carry."""
    query = select(SyncRun, SystemState).join(SystemState, SystemState.key == SyncRun.external_system).where(CARRIED)
    found = {
        state.key
        for run, state in session.execute(query)
        if run.lease_number != state.lease_number or not is_held(state, now=now)
    }
    session.rollback()
    return sorted(found)


def _ended(key: str) -> Sequence[SyncRun]:
    with writing() as session:
        claim = take(session, key, seconds=settings().lease_seconds, now=utcnow())
    if claim is None:
        return ()
    sweep(claim)
    with writing() as session:
        hold(session, claim)
        ended = settle_interrupted(session, key, now=utcnow())
        give_back(session, claim)
    return ended


def _handed_back(run_id: int, claim: Claim) -> bool:
    try:
        with writing() as session:
            hold(session, claim)
            run = found_run(session, run_id, for_change=True)
            if run.status not in (FETCHING, PLANNED) or run.finished_at is not None:
                return False
            requeue(session, run, now=utcnow())
            lay_down(session, claim)
    except (LeaseLostError, SQLAlchemyError) as error:
        log.warning("run not handed back", run=run_id, system=claim.system, kind=type(error).__name__)
        return False
    log.info("run handed back", run=run_id, system=claim.system)
    return run.status == QUEUED
