"""Retention: what runs leave behind is kept for a configurable time, and then goes in small steps.

After `sync_retention_days` the records and changes of a run go; its row, with its counts, stays for a year. What
happened to the products stays in their history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import ColumnElement, Select, and_, delete, exists, or_, select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.retention import Over, over
from catalog_app.core.wiring import settings
from catalog_app.sync.models import ENDED, REJECTED, WAITING, SyncChange, SyncRun
from catalog_app.sync.runs.states import ended, is_waiting

log = structlog.get_logger()

KEEP_RUNS: Final = timedelta(days=365)
A_STEP: Final = 2000
"""How many rows go in one transaction: other writers wait no longer than that."""
BY_RETENTION: Final = "retention"


@dataclass(frozen=True)
class Purged:
    """How many plans were closed because nobody decided, and how many changes and runs are gone."""

    plans: int
    changes: int
    runs: int


def purge(now: datetime | None = None) -> Purged:
    """Delete what has been kept for long enough. Safe to call at any time, by several at once."""
    at = now or utcnow()
    done = Purged(
        plans=_close_plans(at - timedelta(days=settings().sync_retention_days)),
        changes=_drop_changes(at - timedelta(days=settings().sync_retention_days)),
        runs=_drop_runs(at - KEEP_RUNS),
    )
    log.info("sync runs purged", plans=done.plans, changes=done.changes, runs=done.runs)
    return done


def forget_runs() -> Mapping[str, int]:
    """Do the same as one of the rooms that keep something for a time."""
    done = purge()
    return {"sync_plans_closed": done.plans, "sync_changes": done.changes, "sync_runs": done.runs}


def due() -> Mapping[str, Over]:
    """Return what `purge` would close and delete now."""
    kept_for = timedelta(days=settings().sync_retention_days)
    old, longest = utcnow() - kept_for, utcnow() - KEEP_RUNS
    closes = and_(SyncRun.status.in_(WAITING), SyncRun.finished_at < old)
    # What is closed first goes with the others.
    loses_changes = or_(closes, and_(*_ended(old)))
    of_run = exists().where(SyncChange.run_id == SyncRun.id)
    goes = or_(loses_changes, and_(*_ended(longest), ~of_run))
    return {
        "sync_plans_closed": over(SyncRun, kept_for, closes),
        "sync_changes": over(SyncChange, kept_for, exists().where(SyncRun.id == SyncChange.run_id, loses_changes)),
        "sync_runs": over(SyncRun, KEEP_RUNS, SyncRun.finished_at < longest, goes),
    }


def _close_plans(before: datetime) -> int:
    """Reject the plans that nobody decided on: their records may not be kept any longer."""
    with writing() as session:
        waiting = select(SyncRun).where(SyncRun.status.in_(WAITING), SyncRun.finished_at < before).with_for_update()
        plans = [run for run in session.scalars(waiting) if is_waiting(run)]
        for run in plans:
            ended(run, REJECTED, actor=BY_RETENTION, now=utcnow())
            # It finished when the plan was made; from then on its records have been kept.
            run.finished_at = run.planned_at or run.finished_at
    return len(plans)


def _drop_changes(before: datetime) -> int:
    of_old = exists().where(SyncRun.id == SyncChange.run_id, *_ended(before))
    return _drop(SyncChange, of_old)


def _drop_runs(before: datetime) -> int:
    is_bare = ~exists().where(SyncChange.run_id == SyncRun.id)
    return _drop(SyncRun, *_ended(before), is_bare)


def _drop(kind: type[SyncChange | SyncRun], *conditions: ColumnElement[bool]) -> int:
    """Delete what meets the conditions, a step at a time, so that nobody else waits long; return how many went."""
    query = select(kind.id).where(*conditions).limit(A_STEP)
    gone = 0
    while ids := _ids(query):
        with writing() as session:
            session.execute(delete(kind).where(kind.id.in_(ids)))
        gone += len(ids)
    return gone


def _ended(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return SyncRun.status.in_(ENDED), SyncRun.finished_at < before


def _ids(query: Select[int]) -> Sequence[int]:
    session = db.session()
    session.rollback()
    return session.scalars(query).all()
