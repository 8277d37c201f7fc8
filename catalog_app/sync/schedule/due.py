"""The schedule: who takes what is due, and what the end of a run does to the next due time.

Any number of processes may look at the same moment. What is due is taken by a conditional UPDATE from the due time
that was seen to the next one, in the transaction that also writes the queued run; so a due time is taken once, and
never without its run. The next due time is reckoned from now, not from the last one: what was missed while nobody
looked, or because the clock was put forward, is caught up once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from catalog_app.core.errors import ConflictError, RuleError
from catalog_app.sync.models import (
    APPLIED,
    APPLYING,
    AWAITING_APPROVAL,
    DEFERRED,
    FAILED,
    FETCHING,
    MANUAL,
    PLANNED,
    QUEUED,
    SCHEDULE,
    ExternalSystem,
    SyncRun,
    SystemSchedule,
)
from catalog_app.sync.schedule.frequencies import interval, next_due
from catalog_app.sync.schedule.rows import LONGEST_WAIT, move_due
from catalog_app.sync.systems.sources import ready_config

log = structlog.get_logger()

ACTOR: Final = "schedule"
TIME_TO_DECIDE: Final = timedelta(hours=1)
"""How long a plan that waits for a person keeps the schedule from making a newer one in its place."""

_FIRST_WAIT: Final = (timedelta(minutes=1), timedelta(minutes=15))
_MOST_WAIT: Final = timedelta(hours=6)
_TRIES_IN_AN_INTERVAL: Final = 12
_MOST_DOUBLINGS: Final = 12


def due_systems(session: Session, now: datetime) -> list[str]:
    """Return the systems of which something is due and may be taken. Writes nothing: ask before `claim_due`.

    Not now, but later: systems of which a run is still under way, or whose plan has not waited an hour for its
    approver. Not at all: systems that are switched off or not set up.
    """
    due = select(SystemSchedule.external_system).where(SystemSchedule.due_at <= now).distinct()
    return [key for key in sorted(session.scalars(due)) if _is_free(session, key, now)]


def claim_due(session: Session, now: datetime) -> list[SyncRun]:
    """Take everything that is due and may be taken, and return the runs that were queued for it, one for each system.

    Belongs into a write transaction. Of several processes that find the same due time, one queues a run for it.
    """
    claimed = (_claimed(session, key, now) for key in due_systems(session, now))
    return [run for run in claimed if run is not None]


def note_end(session: Session, run: SyncRun, now: datetime, *, retry_after: float | None = None) -> None:
    """Let the schedule learn how a run ended; call it in the transaction that ends it, once its status is set.

    A source that answered clears what was held against its system. Where a scheduled run failed or was deferred, its
    system is tried again later, each time later still, and never before the source said (`retry_after`, in seconds).
    """
    if run.dry_run or run.origin not in (MANUAL, SCHEDULE):
        return
    if run.status in (APPLIED, AWAITING_APPROVAL):
        _forgive(session, run, now)
    elif run.status in (FAILED, DEFERRED) and run.origin == SCHEDULE:
        _try_later(session, run, now, retry_after=retry_after)


def note_interrupted(session: Session, run: SyncRun, now: datetime) -> None:
    """Make a scheduled run whose process died due again: at once the first time, as after any failure from then on."""
    if run.origin != SCHEDULE or run.dry_run:
        return
    _try_later(session, run, now, at_once=all(not row.failures for row in _rows(session, run.external_system)))


def is_ready(system: ExternalSystem) -> bool:
    """Return whether the system may be read at all: switched on and set up."""
    try:
        ready_config(system)
    except ConflictError:
        return False
    return True


def wait_after(failures: int, usual: timedelta) -> timedelta:
    """Return how long to wait after so many failures in a row of what is due every `usual`.

    A twelfth of that, within one and fifteen minutes, then twice as long each time, up to six hours.
    """
    shortest, longest = _FIRST_WAIT
    first = min(max(usual / _TRIES_IN_AN_INTERVAL, shortest), longest)
    doublings = max(0, min(failures - 1, _MOST_DOUBLINGS))
    return min(first * (1 << doublings), _MOST_WAIT)


def _claimed(session: Session, key: str, now: datetime) -> SyncRun | None:
    # One process at a time looks at a system, or two that see different rows due would queue a run each. Whoever finds
    # it held, by the other or by a person who saves its settings, comes back at the next beat.
    lock = select(ExternalSystem.key).where(ExternalSystem.key == key)
    if session.scalar(lock.with_for_update(key_share=True, skip_locked=True)) is None:
        return None
    if not _is_free(session, key, now):
        return None
    system = session.get_one(ExternalSystem, key, populate_existing=True)
    frequencies = [
        row.frequency for row in _rows(session, key) if row.due_at <= now and _taken(session, system, row, now)
    ]
    if not frequencies:
        return None
    run = SyncRun(
        external_system=key,
        origin=SCHEDULE,
        frequencies=frequencies,
        full=False,
        requested_by=ACTOR,
        requested_at=now,
    )
    session.add(run)
    session.flush()
    log.info("scheduled run queued", run=run.id, system=key, frequencies=frequencies)
    return run


def _taken(session: Session, system: ExternalSystem, row: SystemSchedule, now: datetime) -> bool:
    """Move what is due to its next time; return whether it was we who did."""
    try:
        due = next_due(row.frequency, system.time_zone, now, system.key)
    except RuleError:
        # The row is of no use to anybody, and goes when rows are next put right.
        return False
    name = (system.key, row.frequency)
    return due is not None and move_due(session, name, seen=row.due_at, due=due)


def _is_free(session: Session, key: str, now: datetime) -> bool:
    if not is_ready(session.get_one(ExternalSystem, key, populate_existing=True)):
        return False
    under_way = or_(
        SyncRun.status == QUEUED,
        and_(SyncRun.status.in_((FETCHING, PLANNED, APPLYING)), SyncRun.finished_at.is_(None)),
        and_(SyncRun.status == AWAITING_APPROVAL, SyncRun.planned_at > now - TIME_TO_DECIDE),
    )
    query = select(SyncRun.id).where(SyncRun.external_system == key, under_way)
    return session.scalars(query.limit(1)).first() is None


def _forgive(session: Session, run: SyncRun, now: datetime) -> None:
    system = session.get_one(ExternalSystem, run.external_system)
    for row in _rows(session, system.key):
        if not row.failures:
            continue
        values: dict[str, object] = {"failures": 0, "reason": None}
        # A scheduled run had its rows moved when it was taken. After one by hand the schedule goes on as usual.
        if run.origin == MANUAL:
            values["due_at"] = _next_or(row.due_at, system, row.frequency, now)
        _write(session, row, values)


def _try_later(
    session: Session, run: SyncRun, now: datetime, *, retry_after: float | None = None, at_once: bool = False
) -> None:
    """Put off everything of the system: a source that does not answer does not answer any sooner at another frequency."""
    rows = _rows(session, run.external_system)
    system = session.get_one(ExternalSystem, run.external_system)
    failures = max((row.failures for row in rows), default=0) + 1
    asked = min(timedelta(seconds=retry_after or 0), LONGEST_WAIT)
    wait = timedelta() if at_once else max(wait_after(failures, _usual(system, run, now)), asked)
    for row in rows:
        was_due = row.frequency in (run.frequencies or ())
        due = now + wait if was_due else max(row.due_at, now + wait)
        _write(session, row, {"failures": failures, "reason": run.error, "due_at": due})
    log.info("system put off", system=system.key, run=run.id, failures=failures, seconds=wait.total_seconds())


def _usual(system: ExternalSystem, run: SyncRun, now: datetime) -> timedelta:
    """Return how often what the run was for is due."""
    found = []
    for frequency in run.frequencies or ():
        try:
            found.append(interval(frequency, system.time_zone, now))
        except RuleError:
            # Somebody has changed it since.
            continue
    return min(found, default=timedelta(days=1))


def _next_or(otherwise: datetime, system: ExternalSystem, frequency: str, now: datetime) -> datetime:
    try:
        return next_due(frequency, system.time_zone, now, system.key) or otherwise
    except RuleError:
        return otherwise


def _rows(session: Session, key: str) -> Sequence[SystemSchedule]:
    """Return the rows of a system, always in the same order: two that change them must not wait for each other."""
    query = select(SystemSchedule).where(SystemSchedule.external_system == key).order_by(SystemSchedule.frequency)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _write(session: Session, row: SystemSchedule, values: dict[str, object]) -> None:
    mine = (SystemSchedule.external_system == row.external_system, SystemSchedule.frequency == row.frequency)
    session.execute(update(SystemSchedule).where(*mine).values(values).execution_options(synchronize_session=False))
