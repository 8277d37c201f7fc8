"""How long a run took, as pages and the API tell it."""

from datetime import UTC, datetime, timedelta

from flask import Flask

from catalog_app.core.moments import took
from catalog_app.sync.models import APPLIED, AWAITING_APPROVAL, SyncRun
from catalog_app.sync.runs.progress import seconds_of

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_the_time_in_which_a_plan_waits_for_a_person_is_not_counted() -> None:
    run = SyncRun(
        status=APPLIED, started_at=START, planned_at=after(60), decided_at=after(7260), finished_at=after(7262)
    )
    assert seconds_of(run, now=after(9000)) == 62


def test_a_plan_that_waits_has_taken_as_long_as_it_was_worked_on() -> None:
    run = SyncRun(status=AWAITING_APPROVAL, started_at=START, planned_at=after(60), finished_at=after(61))
    assert seconds_of(run, now=after(9000)) == 61


def test_a_run_that_is_over_within_a_moment_is_not_told_to_have_taken_no_time(app: Flask) -> None:
    with app.app_context():
        assert [took(seconds) for seconds in (0.2, 0.6)] == ["under 1 s", "1 s"]
