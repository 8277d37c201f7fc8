"""After a failure a system is left alone for a while, longer each time, and never blocks the others."""

from datetime import timedelta

import pytest

from catalog_app.core.db import writing
from catalog_app.sync.models import SyncRun
from catalog_app.sync.schedule.due import note_end, note_interrupted, wait_after
from tests.sync.schedule.conftest import Schedule
from tests.sync.schedule.test_rows import own

MINUTE = timedelta(minutes=1)


def ended(schedule: Schedule, run: SyncRun, status: str, after: float | None = None, **values: object) -> SyncRun:
    """End a run half a minute after it was asked for, as running.py does."""
    with writing() as session:
        ending = session.get_one(SyncRun, run.id)
        now = ending.requested_at + MINUTE / 2
        ending.status, ending.finished_at = status, now
        for name, value in {"error": f"it {status}", **values}.items():
            setattr(ending, name, value)
        note_end(session, ending, now, retry_after=after)
        return ending


@pytest.mark.parametrize(
    ("usual", "waits"),
    [
        (MINUTE, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]),
        (60 * MINUTE, [5, 10, 20, 40, 80, 160, 320, 360]),
        (24 * 60 * MINUTE, [15, 30, 60, 120, 240, 360]),
    ],
)
def test_each_failure_doubles_the_wait_up_to_six_hours(usual: timedelta, waits: list[int]) -> None:
    assert [wait_after(count + 1, usual) / MINUTE for count in range(len(waits))] == waits
    assert wait_after(10**6, usual) == 360 * MINUTE


@pytest.mark.parametrize("status", ["failed", "deferred"])
def test_a_failed_scheduled_run_is_tried_again_later_and_says_why(schedule: Schedule, status: str) -> None:
    due = schedule.first_due("hourly")
    [run] = schedule.claim(due)

    ended(schedule, run, status)

    row = schedule.rows()["xiva", "hourly"]
    assert (row.failures, row.reason, row.due_at) == (1, f"it {status}", due + 5.5 * MINUTE)


def test_the_second_failure_waits_twice_as_long(schedule: Schedule) -> None:
    due = schedule.first_due("hourly")
    [run] = schedule.claim(due)
    ended(schedule, run, "failed")
    [again] = schedule.claim(due + 5.5 * MINUTE)

    ended(schedule, again, "failed")

    row = schedule.rows()["xiva", "hourly"]
    assert (row.failures, row.due_at) == (2, due + (5.5 + 0.5 + 10) * MINUTE)


def test_a_source_that_says_when_to_come_back_is_not_asked_sooner(schedule: Schedule) -> None:
    due = schedule.first_due("realtime")
    [run] = schedule.claim(due)

    ended(schedule, run, "deferred", after=7200)

    assert schedule.due("realtime") == due + 120.5 * MINUTE


def test_a_source_cannot_put_itself_off_for_more_than_a_day(schedule: Schedule) -> None:
    due = schedule.first_due("realtime")
    [run] = schedule.claim(due)

    ended(schedule, run, "deferred", after=10**9)

    assert schedule.due("realtime") == due + timedelta(days=1) + MINUTE / 2


def test_a_wait_that_the_source_asked_for_is_not_taken_for_a_clock_gone_wrong(schedule: Schedule) -> None:
    due = schedule.first_due("realtime")
    [run] = schedule.claim(due)
    ended(schedule, run, "deferred", after=80_000)
    put_off = schedule.due("realtime")

    schedule.ensure(due + 2 * MINUTE)

    assert schedule.due("realtime") == put_off


def test_a_failure_puts_off_what_else_is_due_of_the_system_but_no_other_system(schedule: Schedule) -> None:
    schedule.set("crm", sync_frequency="realtime")
    due = schedule.first_due("realtime")
    own("hourly")
    schedule.ensure()
    before = schedule.due("realtime", "crm")
    [run] = schedule.claim(due)

    ended(schedule, run, "deferred", after=7200)

    assert schedule.due("hourly") == schedule.due("realtime") == due + 120.5 * MINUTE
    assert schedule.due("realtime", "crm") == before


@pytest.mark.parametrize("status", ["applied", "awaiting_approval"])
def test_a_source_that_answers_clears_what_was_held_against_it(schedule: Schedule, status: str) -> None:
    due = schedule.first_due("hourly")
    [run] = schedule.claim(due)
    ended(schedule, run, "failed")
    [again] = schedule.claim(due + 6 * MINUTE)

    ended(schedule, again, status)

    row = schedule.rows()["xiva", "hourly"]
    assert (row.failures, row.reason, row.due_at) == (0, None, due + 60 * MINUTE)


def test_a_good_run_by_hand_brings_the_schedule_back_to_its_time(schedule: Schedule) -> None:
    due = schedule.first_due("realtime")
    [run] = schedule.claim(due)
    ended(schedule, run, "deferred", after=7200)
    with writing() as session:
        by_hand = SyncRun(external_system="xiva", requested_by="user:lina", requested_at=due + 3 * MINUTE)
        session.add(by_hand)

    ended(schedule, by_hand, "applied")

    row = schedule.rows()["xiva", "realtime"]
    assert (row.failures, row.due_at) == (0, due + 4 * MINUTE)


@pytest.mark.parametrize(
    "values",
    [
        {"origin": "manual", "status": "failed"},
        {"origin": "manual", "status": "applied", "dry_run": True},
        {"origin": "file", "status": "applied"},
        {"origin": "retry", "status": "failed"},
        {"origin": "schedule", "status": "cancelled"},
        {"origin": "schedule", "status": "superseded"},
    ],
)
def test_what_says_nothing_of_the_source_changes_nothing(schedule: Schedule, values: dict[str, object]) -> None:
    due = schedule.first_due("hourly")
    [run] = schedule.claim(due)
    ended(schedule, run, "failed")
    before = schedule.due("hourly")
    with writing() as session:
        other = SyncRun(external_system="xiva", requested_by="test", requested_at=due + MINUTE)
        session.add(other)

    ended(schedule, other, **values)  # type: ignore[arg-type]

    row = schedule.rows()["xiva", "hourly"]
    assert (row.failures, row.due_at) == (1, before)


def test_a_run_whose_process_died_is_due_again_at_once_but_only_once(schedule: Schedule) -> None:
    now = schedule.first_due("hourly")
    tries = []
    for _ in range(2):
        [run] = schedule.claim(now)
        with writing() as session:
            dead = session.get_one(SyncRun, run.id)
            dead.status, dead.error, dead.finished_at = "failed", "interrupted", now
            note_interrupted(session, dead, now)
        tries.append((schedule.due("hourly") - now) / MINUTE)

    assert tries == [0, 10]
