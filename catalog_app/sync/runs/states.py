"""The states of a run and the ways between them. Every move of a run is made here, inside the caller's transaction.

queued -> fetching -> planned -> (awaiting_approval) -> applying -> applied | failed | cancelled | rejected |
superseded | deferred. Two things besides the status tell how a run stands:

- `finished_at` is None while somebody works on it, or is to work on it. A plan that waits for a person (a preview, or
  one that a guard holds) has come to its end for now.
- `lease_number` is None while nobody has claimed it: a queued run, or a plan that was approved and not yet taken up.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from catalog_app.core.errors import ConflictError, NotFoundError, Sentence
from catalog_app.sync.models import (
    APPLIED,
    APPLYING,
    AWAITING_APPROVAL,
    CANCELLED,
    DEFERRED,
    FAILED,
    FETCHING,
    FILE,
    MANUAL,
    PLANNED,
    QUEUED,
    REJECTED,
    SCHEDULE,
    SUPERSEDED,
    WAITING,
    SyncChange,
    SyncRun,
)
from catalog_app.sync.planning.plan import drop_staged
from catalog_app.sync.runs.freshness import uses_only
from catalog_app.sync.schedule.due import note_interrupted

log = structlog.get_logger()

WAYS: Final[Mapping[str, frozenset[str]]] = {
    QUEUED: frozenset({FETCHING, CANCELLED, SUPERSEDED, FAILED}),
    # A run whose process is told to stop is handed back to the queue.
    FETCHING: frozenset({PLANNED, FAILED, CANCELLED, DEFERRED, QUEUED}),
    PLANNED: frozenset({AWAITING_APPROVAL, APPLYING, FAILED, CANCELLED, REJECTED, SUPERSEDED, DEFERRED, QUEUED}),
    AWAITING_APPROVAL: frozenset({APPLYING, REJECTED, SUPERSEDED}),
    # An approved plan that no longer fits, or whose process died, waits again as it did before.
    APPLYING: frozenset({APPLIED, FAILED, CANCELLED, DEFERRED, SUPERSEDED, AWAITING_APPROVAL, PLANNED}),
}
"""From each state, the states that may follow. From every other one there is no way on."""

STATUSES: Final = (*WAYS, APPLIED, FAILED, CANCELLED, REJECTED, SUPERSEDED, DEFERRED)

LISTINGS: Final = (MANUAL, SCHEDULE)
"""The origins of runs that read the source; a retry and a file bring only some records."""

INTERRUPTED = Sentence(
    "The process that ran it ended in the middle. Nothing of it was applied; the next run starts afresh."
)
APPLY_INTERRUPTED = Sentence(
    "The process that applied it ended in the middle. Nothing of it was applied; it waits again."
)
FILE_INTERRUPTED = Sentence("The process that read the file was stopped. Nothing of it was applied; import it again.")


def move(run: SyncRun, status: str, *, now: datetime, error: str | None = None) -> None:
    """Bring a run into a state; one that ends, or waits for a person, has finished now.

    Raises ValueError where no way leads there: that is a mistake of ours, not of a person.
    """
    if status != run.status and status not in WAYS.get(run.status, ()):
        raise ValueError(f"no way leads a run from {run.status} to {status}")
    run.status, run.error = status, error
    run.finished_at = None if status in (QUEUED, FETCHING, APPLYING) else now


def plan_made(run: SyncRun, *, now: datetime) -> None:
    """Note that the plan of a run stands. It has not finished: it is applied next, or left to a person."""
    move(run, PLANNED, now=now)
    run.planned_at, run.finished_at = now, None


def wait_for_a_person(run: SyncRun, *, now: datetime, error: str | None = None) -> None:
    """Leave the plan to an approver: a preview as a preview, any other as one that awaits approval."""
    move(run, PLANNED if run.dry_run else AWAITING_APPROVAL, now=now, error=error)
    run.decided_by = run.decided_at = None


def approved(run: SyncRun, *, actor: str, now: datetime) -> None:
    """Note that a person approved the plan; whoever takes up jobs applies it."""
    move(run, APPLYING, now=now)
    run.decided_by, run.decided_at, run.lease_number = actor, now, None


def ended(run: SyncRun, status: str, *, actor: str, now: datetime) -> None:
    """End a run by somebody's decision."""
    move(run, status, now=now)
    run.decided_by, run.decided_at = actor, now
    log.info("sync run ended", run=run.id, system=run.external_system, status=status, actor=actor)


def requeue(session: Session, run: SyncRun, *, now: datetime) -> None:
    """Put a run that was being read back in the queue, as if it had never begun; a file cannot be read again."""
    session.execute(delete(SyncChange).where(SyncChange.run_id == run.id))
    run.pages = run.fetched = run.bytes = run.retries = run.rejected = 0
    run.same = run.unchanged = run.reordered = run.not_due = 0
    run.expected_total = run.complete = run.planned_at = None
    if run.origin == FILE:
        move(run, FAILED, now=now, error=FILE_INTERRUPTED)
    else:
        move(run, QUEUED, now=now)
        run.started_at = run.lease_number = None


# Questions about one run


def is_waiting(run: SyncRun) -> bool:
    """Return whether the plan waits for a person."""
    return run.status in WAITING and run.finished_at is not None


def is_approved(run: SyncRun) -> bool:
    """Return whether a person approved the plan and nobody has begun to apply it."""
    return run.status == APPLYING and run.decided_at is not None and run.lease_number is None


def is_undo_wanted(run: SyncRun) -> bool:
    """Return whether a person wants the run taken back and nobody has done it yet."""
    return run.status == APPLIED and run.undone_by is not None and run.undone_at is None


def covers(newer: SyncRun, older: SyncRun, *, is_for_all: bool = False) -> bool:
    """Return whether the plan of one listing says all that the plan of another could say, and says it later.

    What reads only changes, or only the products that are due, does not replace what reads everything: a plan
    that withdraws products would be lost each time that a run of every minute finds nothing new. `is_for_all` says
    that there are no products of other frequencies than those that the newer one is for.
    """
    if not {newer.origin, older.origin} <= {*LISTINGS} or older.full > newer.full:
        return False
    if newer.frequencies is None or is_for_all:
        return True
    return older.frequencies is not None and set(older.frequencies) <= set(newer.frequencies)


# Questions to the database

TO_TAKE_UP: Final[ColumnElement[bool]] = or_(
    SyncRun.status == QUEUED,
    and_(SyncRun.status == APPLYING, SyncRun.decided_at.is_not(None), SyncRun.lease_number.is_(None)),
    and_(SyncRun.status == APPLIED, SyncRun.undone_by.is_not(None), SyncRun.undone_at.is_(None)),
)
"""Runs that wait for a worker: to be read, to be applied as approved, to be taken back."""

CARRIED: Final[ColumnElement[bool]] = and_(
    SyncRun.status.in_((FETCHING, PLANNED, APPLYING)),
    SyncRun.finished_at.is_(None),
    or_(SyncRun.status != APPLYING, SyncRun.decided_at.is_(None), SyncRun.lease_number.is_not(None)),
)
"""Runs that a process works on, or worked on when it died."""


def found_run(session: Session, run_id: int, *, for_change: bool = False) -> SyncRun:
    """Return the run as the database has it now, held where it is to be changed; or raise NotFoundError."""
    run = session.get(SyncRun, run_id, populate_existing=True, with_for_update=for_change)
    if run is None:
        raise NotFoundError(Sentence("There is no sync run %(run)s.", run=run_id))
    return run


def waiting(session: Session, run_id: int) -> SyncRun:
    """Return a run whose plan waits for a decision, held until the transaction ends; else raise ConflictError."""
    run = found_run(session, run_id, for_change=True)
    refuse_unless_waiting(run)
    return run


def refuse_unless_waiting(run: SyncRun) -> None:
    """Raise ConflictError where the plan of a run does not wait for a decision."""
    if not is_waiting(run):
        told = Sentence(
            "Run %(run)s does not wait for approval any more: it is %(status)s.", run=run.id, status=run.status
        )
        raise ConflictError(f"{told} {run.error}" if run.status == SUPERSEDED and run.error else told)


# Moves of several runs


def supersede_outdated(session: Session, run: SyncRun, *, now: datetime) -> None:
    """End the plans that wait and were read before this run, which has been applied, whoever asked for them.

    Only one that read everything for all ends a plan that waits for approval. A preview, which holds nothing back, ends
    also where a listing of changes told something newer than what it shows.
    """
    if not _is_for_all(session, run):
        return
    others = select(SyncRun).where(
        SyncRun.external_system == run.external_system,
        SyncRun.id != run.id,
        SyncRun.status.in_((*WAITING, APPLYING)),
        SyncRun.started_at < run.started_at,
    )
    for older in session.scalars(others.with_for_update()):
        if (is_waiting(older) or is_approved(older)) and (_read_everything(run) or _tells_news(run, older)):
            move(older, SUPERSEDED, now=now, error=_outdated(run))
            log.info("outdated plan superseded", run=older.id, system=run.external_system, by=run.id)


def refuse_outdated(session: Session, run: SyncRun) -> None:
    """Raise ConflictError where a run that was applied has read the source for all since this plan was read."""
    newer = select(SyncRun).where(
        SyncRun.external_system == run.external_system,
        SyncRun.status == APPLIED,
        SyncRun.origin.in_(LISTINGS),
        SyncRun.started_at > run.started_at,
    )
    for later in session.scalars(newer.order_by(SyncRun.id.desc())):
        if (_read_everything(later) or _tells_news(later, run)) and _is_for_all(session, later):
            raise ConflictError(_outdated(later))


def _is_for_all(session: Session, run: SyncRun) -> bool:
    if run.origin not in LISTINGS:
        return False
    return run.frequencies is None or uses_only(session, run.external_system, run.frequencies)


def _read_everything(run: SyncRun) -> bool:
    return run.full and bool(run.complete)


def _tells_news(newer: SyncRun, preview: SyncRun) -> bool:
    """Return whether a listing of changes told of one that came after what a preview shows."""
    if not preview.dry_run or newer.full or not newer.fetched:
        return False
    mark, known = newer.high_water_mark, preview.high_water_mark
    return mark is None or known is None or mark > known


def _outdated(newer: SyncRun) -> str:
    return Sentence(
        "Run %(run)s was applied and has read the source since, so this plan may say what is no longer so; plan again.",
        run=newer.id,
    )


def settle_interrupted(session: Session, key: str, *, now: datetime) -> Sequence[SyncRun]:
    """Write down what became of the runs of a system that nobody can be working on, and return them.

    Only who has just taken the lease of the system may say so: whoever carried them writes nothing any more.
    """
    runs = session.scalars(select(SyncRun).where(SyncRun.external_system == key, CARRIED).with_for_update()).all()
    for run in runs:
        if run.status == APPLYING and run.decided_at is not None:
            wait_for_a_person(run, now=now, error=APPLY_INTERRUPTED)
        else:
            move(run, FAILED, now=now, error=INTERRUPTED)
            drop_staged(session, run)
            note_interrupted(session, run, now)
        log.warning("sync run was interrupted", run=run.id, system=key, status=run.status)
    return runs


def supersede_queued(session: Session, run: SyncRun, *, now: datetime) -> None:
    """End the older runs that were asked for and not begun, where this one reads what they would have read."""
    queued = select(SyncRun).where(
        SyncRun.external_system == run.external_system, SyncRun.id < run.id, SyncRun.status == QUEUED
    )
    for older in session.scalars(queued.with_for_update()):
        if covers(run, older) and (older.dry_run or not run.dry_run):
            move(older, SUPERSEDED, now=now)


def supersede_waiting(session: Session, run: SyncRun, *, now: datetime) -> None:
    """End the plans that wait, now that this run has one of its own that covers them."""
    others = select(SyncRun).where(
        SyncRun.external_system == run.external_system,
        SyncRun.id != run.id,
        SyncRun.status.in_((*WAITING, APPLYING)),
    )
    for_all = run.frequencies is not None and uses_only(session, run.external_system, run.frequencies)
    for older in session.scalars(others.with_for_update()):
        is_open = is_waiting(older) or (is_approved(older) and not run.dry_run)
        if is_open and covers(run, older, is_for_all=for_all):
            move(older, SUPERSEDED, now=now)
            log.info("waiting plan superseded", run=older.id, system=run.external_system, by=run.id)
