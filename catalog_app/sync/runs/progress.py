"""How far a run is, in figures that people can follow."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog_app.sync import models as states
from catalog_app.sync.models import SyncRun


@dataclass(frozen=True)
class RunProgress:
    """Counted progress. What cannot be known yet is None: no source is believed to have a total it did not name."""

    pages: int
    rows: int
    expected_pages: int | None
    expected_rows: int | None
    percent: int | None
    rows_per_second: float | None
    seconds_left: float | None
    seconds: float


def progress_of(run: SyncRun, *, now: datetime) -> RunProgress:
    """Return how far the run is at `now`; of one that has ended, how far it came."""
    seconds = seconds_of(run, now=now)
    rate = run.fetched / seconds if run.fetched and seconds > 0 else None
    # A total that has been passed was wrong, and says nothing about what is left.
    total = run.expected_total if run.expected_total and run.expected_total >= run.fetched else None
    pages = None
    if total and run.pages and run.fetched:
        pages = max(run.pages, -(-total * run.pages // run.fetched))
    return RunProgress(
        pages=run.pages,
        rows=run.fetched,
        expected_pages=pages,
        expected_rows=total,
        percent=run.fetched * 100 // total if total else None,
        rows_per_second=rate,
        seconds_left=(total - run.fetched) / rate if total and rate else None,
        seconds=seconds,
    )


DECIDED = (states.REJECTED, states.SUPERSEDED)
"""How a run ends that waited for a person: the end is then when somebody decided, not when the work was done."""


def seconds_of(run: SyncRun, *, now: datetime) -> float:
    """Return how long the run has worked, or did; the time in which its plan waited for a person is not counted."""
    if run.started_at is None:
        return 0.0
    waited = run.decided_at - run.planned_at if run.decided_at and run.planned_at else timedelta()
    return max(0.0, ((run.finished_at or now) - run.started_at - waited).total_seconds())


def is_going_on(run: SyncRun) -> bool:
    """Return whether the run has not come to an end, be it good, bad or a question to a person."""
    return run.finished_at is None and run.status not in states.ENDED
