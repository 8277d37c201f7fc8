"""What is due is taken once, by whoever comes first, and never without a run for it."""

import threading
from datetime import datetime, timedelta

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.sync.models import SyncRun, SystemSchedule
from catalog_app.sync.schedule.due import claim_due, due_systems
from catalog_app.sync.schedule.rows import move_due
from tests.sync.schedule.conftest import NOON, Schedule
from tests.sync.schedule.test_rows import own

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def test_nothing_is_taken_before_it_is_due(schedule: Schedule) -> None:
    due = schedule.first_due("hourly")

    assert schedule.claim(due - SECOND) == []


def test_what_is_due_becomes_one_queued_run_and_is_due_again_an_interval_later(schedule: Schedule) -> None:
    due = schedule.first_due("hourly")

    [run] = schedule.claim(due)

    assert (run.external_system, run.status, run.origin, run.requested_by) == ("xiva", "queued", "schedule", "schedule")
    assert (run.frequencies, run.full, run.dry_run) == (["hourly"], False, False)
    assert schedule.due("hourly") == due + HOUR
    assert schedule.claim(due + SECOND) == []


def test_all_frequencies_that_are_due_together_share_a_run(schedule: Schedule) -> None:
    schedule.set(sync_frequency="daily")
    own("hourly")
    schedule.ensure()

    [run] = schedule.claim(schedule.due("daily"))

    assert run.frequencies == ["daily", "hourly"]


def test_a_week_in_which_nobody_looked_is_caught_up_once(schedule: Schedule) -> None:
    due = schedule.first_due("hourly")
    late = due + timedelta(days=7, minutes=7)

    runs = schedule.claim(late)
    schedule.end(runs[0])

    assert len(runs) == 1
    assert late < schedule.due("hourly") <= late + HOUR
    assert schedule.claim(late + timedelta(minutes=1)) == []


def test_a_clock_that_jumps_forward_and_back_makes_no_storm(schedule: Schedule) -> None:
    due = schedule.first_due("daily")
    taken = 0
    # Forward by two days, back again, then every hour of three days as usual.
    moments = [due - HOUR, due + timedelta(days=2), due - HOUR / 2]
    moments += [due - HOUR / 2 + HOUR * number for number in range(1, 73)]
    for now in moments:
        schedule.ensure(now)
        for run in schedule.claim(now):
            taken += 1
            schedule.end(run)

    assert taken == 1 + 3


def test_nodes_half_a_minute_apart_take_each_day_once(schedule: Schedule) -> None:
    due = schedule.first_due("daily")
    days: list[int] = []
    for step in range(-10, 5 * 24 * 60 * 2, 2):
        clock = due + timedelta(seconds=30) * step
        if (step + 10) % 720 > 20:  # each six hours a close look at ten minutes is enough
            continue
        for node in (clock, clock + timedelta(seconds=30), clock - timedelta(seconds=30)):
            schedule.ensure(node)
            for run in schedule.claim(node):
                days.append((node - due + timedelta(minutes=5)).days)
                schedule.end(run)

    assert days == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("status", ["queued", "fetching", "planned", "applying"])
def test_a_run_longer_than_its_interval_is_not_overlapped_and_then_caught_up_once(
    schedule: Schedule, status: str
) -> None:
    due = schedule.first_due("realtime")
    [run] = schedule.claim(due)
    with writing() as session:
        session.get_one(SyncRun, run.id).status = status

    late = due + timedelta(minutes=10)
    assert schedule.claim(late) == []
    schedule.end(run)

    assert len(schedule.claim(late)) == 1
    assert late < schedule.due("realtime") <= late + timedelta(minutes=1)


def test_a_plan_that_waits_is_left_an_hour_to_be_decided(schedule: Schedule) -> None:
    due = schedule.first_due("realtime")
    [run] = schedule.claim(due)
    with writing() as session:
        held = session.get_one(SyncRun, run.id)
        held.status, held.planned_at, held.finished_at = "awaiting_approval", due, due

    assert schedule.claim(due + timedelta(minutes=59)) == []
    assert len(schedule.claim(due + timedelta(minutes=61))) == 1


def test_a_system_that_is_off_or_not_set_up_is_not_taken_and_costs_no_write(schedule: Schedule) -> None:
    due = schedule.first_due("hourly")
    schedule.set("crm", sync_frequency="hourly")
    schedule.set(enabled=False)
    schedule.ensure()

    assert due_systems(db.session(), due + HOUR) == []
    assert schedule.claim(due + HOUR) == []


def test_one_system_that_cannot_be_taken_keeps_no_other_waiting(schedule: Schedule) -> None:
    due = schedule.first_due("hourly")
    schedule.set("crm", sync_frequency="hourly", base_url="http://127.0.0.1:9", preset="no such preset")
    schedule.ensure()

    assert [run.external_system for run in schedule.claim(due + HOUR)] == ["xiva"]


def test_a_due_time_that_somebody_else_moved_is_not_taken_again(schedule: Schedule) -> None:
    due = schedule.first_due("hourly")

    with writing() as session:
        assert move_due(session, ("xiva", "hourly"), seen=due, due=due + HOUR)
        assert not move_due(session, ("xiva", "hourly"), seen=due, due=due + HOUR)


def test_twelve_who_look_at_the_same_moment_queue_one_run_in_every_one_of_twenty_ticks(
    schedule: Schedule, app: Flask
) -> None:
    schedule.first_due("realtime")
    own("hourly")
    schedule.ensure()
    ticks = 20
    together = threading.Barrier(12)
    claimed: list[tuple[int, int]] = []
    broken: list[BaseException] = []

    def look() -> None:
        with app.app_context():
            try:
                for tick in range(ticks):
                    together.wait(timeout=30)
                    with writing() as session:
                        claimed.extend((tick, run.id) for run in claim_due(session, NOON + HOUR * (tick + 1)))
                    if together.wait(timeout=30) == 0:
                        _end_all_and_make_due(tick)
            except BaseException as error:  # noqa: BLE001  # told by the test, not by a thread
                broken.append(error)
                together.abort()
            finally:
                db.session.remove()

    threads = [threading.Thread(target=look) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert broken == []
    assert [tick for tick, _ in claimed] == list(range(ticks))


def _end_all_and_make_due(tick: int) -> None:
    with writing() as session:
        for run in session.query(SyncRun):
            run.status, run.finished_at = "applied", utcnow()
        for row in session.query(SystemSchedule):
            row.due_at = NOON + HOUR * (tick + 1)


def test_a_queued_run_is_never_left_without_its_due_time_having_moved(schedule: Schedule) -> None:
    due = schedule.first_due("hourly")

    with pytest.raises(RuntimeError):
        _claim_and_die(due)

    assert schedule.due("hourly") == due
    db.session.rollback()
    assert db.session.query(SyncRun).count() == 0


def _claim_and_die(now: datetime) -> None:
    with writing() as session:
        assert claim_due(session, now)
        raise RuntimeError("the process ends here")
