"""What a monitoring system is told of syncs: when each system last succeeded, and how its newest run went."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.core.db import db
from catalog_app.core.metrics import Sample
from catalog_app.sync.models import AWAITING_APPROVAL, ENDED, SyncRun, SystemState
from catalog_app.sync.runs.report import COUNTS

_LAST_SUCCESS: Final = ("catalog_sync_last_success_timestamp_seconds", "When a run of the system was last applied.")
_SECONDS: Final = ("catalog_sync_last_run_duration_seconds", "How long the newest run that has ended took.")
_ROWS: Final = ("catalog_sync_last_run_rows", "Records of the newest run that has ended, by what became of them.")
_HELD: Final = ("catalog_sync_plans_held", "Plans that wait until a person approves or rejects them.")
_ENDED: Final = ("catalog_sync_last_run_timestamp_seconds", "When the newest run ended, and how.")


class SyncFigures:
    """Reads the figures from the database: they are the same whichever worker is asked."""

    def samples(self) -> Iterator[Sample]:
        session = db.session()
        states = session.execute(select(SystemState.key, SystemState.last_success_at).order_by(SystemState.key)).all()
        held = _held(session)
        for key, succeeded_at in states:
            yield Sample(*_HELD, {"system": key}, held.get(key, 0))
            if succeeded_at is not None:
                yield Sample(*_LAST_SUCCESS, {"system": key}, succeeded_at.timestamp())
            if (run := _newest(session, key)) is not None:
                yield from _of_run(run)


def _held(session: Session) -> dict[str, int]:
    waits = SyncRun.status == AWAITING_APPROVAL, SyncRun.finished_at.is_not(None)
    query = select(SyncRun.external_system, func.count()).where(*waits).group_by(SyncRun.external_system)
    return {row[0]: row[1] for row in session.execute(query)}


def _newest(session: Session, key: str) -> SyncRun | None:
    ended = select(SyncRun).where(SyncRun.external_system == key, SyncRun.status.in_(ENDED))
    return session.scalars(ended.order_by(SyncRun.id.desc()).limit(1)).first()


def _of_run(run: SyncRun) -> Iterator[Sample]:
    if run.finished_at is None:
        return
    system = {"system": run.external_system}
    yield Sample(*_ENDED, {**system, "status": run.status}, run.finished_at.timestamp())
    if run.started_at is not None:
        yield Sample(*_SECONDS, system, (run.finished_at - run.started_at).total_seconds())
    for outcome in COUNTS:
        yield Sample(*_ROWS, {**system, "outcome": outcome}, getattr(run, outcome))
