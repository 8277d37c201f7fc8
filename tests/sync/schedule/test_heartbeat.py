"""What one beat does, how a slow or failed system keeps from the others, and how a process ends."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from catalog_app.app import create_app
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.jobs import Relay
from catalog_app.core.readiness import Watcher
from catalog_app.core.wiring import provide
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.settings import ROOT, Settings
from catalog_app.sync.models import Heartbeat, SyncRun, SystemSchedule, SystemState
from catalog_app.sync.schedule import beats
from catalog_app.sync.schedule.crew import Crew
from catalog_app.sync.schedule.heartbeat import BeatWatcher, Heart
from catalog_app.sync.service import ProductSyncService
from tests.support.clients import Browser
from tests.support.databases import plain_settings
from tests.sync.conftest import PASSWORD
from tests.sync.offerings import offering
from tests.sync.programs import environment_of
from tests.sync.schedule.conftest import Schedule


@pytest.fixture
def crm() -> Iterator[XivaStandin]:
    with XivaStandin([offering(number) for number in range(10)], password=PASSWORD) as standin:
        yield standin


@pytest.fixture
def settings_overrides(xiva: XivaStandin, crm: XivaStandin) -> dict[str, Any]:
    return {
        "xiva": {"base_url": xiva.base_url, "username": xiva.username, "password": PASSWORD},
        "crm": {"preset": "tmf620", "base_url": crm.base_url, "username": crm.username, "password": PASSWORD},
    }


@pytest.fixture
def heart(app: Flask) -> Iterator[Heart]:
    heart = Heart(app)
    yield heart
    heart._crew.wait(seconds=30)


def make_due() -> None:
    with writing() as session:
        for row in session.query(SystemSchedule):
            row.due_at = utcnow() - timedelta(seconds=1)


def beat(heart: Heart) -> list[SyncRun]:
    """Beat once, wait for what that began, and return all runs."""
    heart.beat()
    heart._crew.wait(seconds=30)
    db.session.rollback()
    db.session.expire_all()
    return db.session.query(SyncRun).order_by(SyncRun.id).all()


def until(condition: Callable[[], bool]) -> None:
    """Look again and again until something that other threads do has come true."""
    end, pause = time.monotonic() + 20, threading.Event()
    while not condition():
        assert time.monotonic() < end, "it never came true"
        pause.wait(0.02)


def status_of(run_id: int) -> str:
    db.session.rollback()
    return ProductSyncService().get(run_id).status


def test_a_beat_makes_rows_and_the_next_one_runs_what_is_due(schedule: Schedule, heart: Heart) -> None:
    schedule.set(sync_frequency="hourly")
    assert beat(heart) == []
    make_due()

    [run] = beat(heart)

    assert (run.origin, run.status, run.created) == ("schedule", "applied", 120)
    assert schedule.due("hourly") > utcnow()


def test_a_beat_takes_up_what_somebody_else_queued(heart: Heart, app: Flask) -> None:
    queued = ProductSyncService().request("xiva", actor="test")

    assert [(run.id, run.status) for run in beat(heart)] == [(queued.id, "applied")]


def test_a_system_that_fails_is_put_off_with_its_reason_and_the_others_are_read(
    schedule: Schedule, heart: Heart, xiva: XivaStandin
) -> None:
    schedule.set(sync_frequency="hourly")
    schedule.set("crm", sync_frequency="hourly")
    xiva.misbehave(Fault.REFUSE_LOGIN)
    beat(heart)
    make_due()

    runs = {run.external_system: run.status for run in beat(heart)}

    assert runs == {"xiva": "failed", "crm": "applied"}
    row = schedule.rows()["xiva", "hourly"]
    assert (row.failures, "refused" in (row.reason or "")) == (1, True)
    assert timedelta(minutes=4) < row.due_at - utcnow() <= timedelta(minutes=5)
    assert schedule.rows()["crm", "hourly"].failures == 0


def test_a_slow_system_keeps_no_other_waiting(app: Flask) -> None:
    crew, slow, quick = Crew(app, at_once=2), threading.Event(), threading.Event()

    assert crew.take("xiva", slow.wait, run_id=1)
    assert crew.take("crm", quick.set, run_id=2)

    assert quick.wait(10)
    assert crew.at_work()[0] == 1
    slow.set()
    crew.wait(seconds=10)


def test_one_system_is_worked_on_once_and_no_more_than_a_few_at_the_same_time(app: Flask) -> None:
    crew, slow = Crew(app, at_once=2), threading.Event()

    taken = [crew.take(place, slow.wait) for place in ("xiva", "xiva", "crm", "billing")]

    assert taken == [True, False, True, False]
    slow.set()
    crew.wait(seconds=10)
    until(lambda: crew.take("billing", slow.wait))
    crew.wait(seconds=10)


def test_work_that_breaks_frees_its_place(app: Flask) -> None:
    crew = Crew(app)

    def broken() -> None:
        raise ZeroDivisionError

    assert crew.take("xiva", broken)
    until(lambda: crew.take("xiva", int))
    crew.wait(seconds=10)


def test_a_step_that_breaks_keeps_no_other_from_being_done(
    heart: Heart, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("catalog_app.sync.schedule.heartbeat.corrections", broken)
    ProductSyncService().request("xiva", actor="test")

    assert [run.status for run in beat(heart)] == ["applied"]


def test_a_process_that_is_told_to_stop_hands_back_what_it_reads_at_once(
    heart: Heart, app: Flask, xiva: XivaStandin
) -> None:
    run = ProductSyncService().request("xiva", actor="test")
    xiva.misbehave(Fault.SLOW_PAGES, delay=4)
    heart.beat()
    until(lambda: status_of(run.id) == "fetching")
    begun = time.monotonic()

    heart.stop()

    assert time.monotonic() - begun < 3
    assert status_of(run.id) == "queued"
    xiva.behave()
    heart._crew.wait(seconds=30)
    assert status_of(run.id) == "queued", "the thread that was late has written"
    db.session.rollback()
    assert db.session.get_one(SystemState, "xiva", populate_existing=True).lease_holder is None
    assert [ended.status for ended in beat(Heart(app))] == ["applied"]


def test_a_process_that_was_told_to_stop_begins_nothing_more(heart: Heart, app: Flask) -> None:
    heart.stop()
    ProductSyncService().request("xiva", actor="test")

    assert [run.status for run in beat(heart)] == ["queued"]


def test_old_runs_are_purged_once_a_day_by_one_of_all_processes(heart: Heart, app: Flask) -> None:
    beat(heart)
    with writing() as session:
        again = beats.claim_daily(session, "purge", utcnow())
        tomorrow = beats.claim_daily(session, "purge", utcnow() + timedelta(days=1, minutes=1))

    assert (again, tomorrow) == (False, True)


def test_a_beat_is_written_down_now_and_then_and_those_of_dead_processes_go(heart: Heart, app: Flask) -> None:
    with writing() as session:
        session.add(Heartbeat(name="beat:elsewhere", at=utcnow() - timedelta(days=2)))

    beat(heart)

    db.session.rollback()
    found = [row.name for row in db.session.query(Heartbeat) if row.name.startswith("beat:")]
    assert len(found) == 1
    assert "elsewhere" not in found[0]


def ready(app: Flask, client: Browser, watcher: BeatWatcher) -> tuple[int, Any]:
    provide(app, Watcher, watcher)
    answer = client.get("/readyz")
    return answer.status_code, answer.get_json()


def test_ready_tells_how_long_ago_a_process_beat(app: Flask, client: Browser, heart: Heart) -> None:
    beat(heart)

    status, document = ready(app, client, BeatWatcher(since=utcnow()))

    assert status == 200
    assert document["scheduler"]["last_beat_seconds"] in range(10)


def test_a_process_that_should_beat_and_does_not_is_not_ready(app: Flask, client: Browser) -> None:
    status, document = ready(app, client, BeatWatcher(since=utcnow() - timedelta(minutes=3)))

    assert status == 503
    assert "does not beat" in document["reasons"][0]


def test_a_process_that_leaves_beating_to_others_is_ready_also_while_they_are_silent(
    app: Flask, client: Browser
) -> None:
    status, document = ready(app, client, BeatWatcher(since=None))

    assert (status, document["scheduler"]) == (200, {"last_beat_seconds": None})


def test_a_process_that_has_just_started_is_given_time_for_its_first_beat(app: Flask, client: Browser) -> None:
    assert ready(app, client, BeatWatcher(since=utcnow()))[0] == 200


def is_free_again() -> bool:
    """Return whether a run was applied and its system has been given back."""
    db.session.rollback()
    applied = db.session.query(SyncRun).filter_by(status="applied").count()
    return applied == 1 and db.session.get_one(SystemState, "xiva", populate_existing=True).lease_holder is None


@contextmanager
def scheduler(settings: Settings, xiva: XivaStandin, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**environment_of(settings, xiva, tmp_path), "PYTHONFAULTHANDLER": "1"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "scheduler", "--every", "0.2"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def last_words(process: subprocess.Popen[str]) -> str:
    """Return what a process that was told to stop wrote; where it does not stop, what each of its threads is at."""
    try:
        return process.communicate(timeout=30)[1]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        return process.communicate()[1]


def test_the_scheduler_command_works_until_it_is_told_to_stop_and_hands_back_what_it_reads(
    schedule: Schedule, settings: Settings, xiva: XivaStandin, tmp_path: Path
) -> None:
    schedule.first_due("weekly")
    make_due()
    with scheduler(settings, xiva, tmp_path) as process:
        until(is_free_again)
        xiva.misbehave(Fault.SLOW_PAGES, delay=8)
        reading = ProductSyncService().request("xiva", actor="test")
        until(lambda: status_of(reading.id) == "fetching")

        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        told = last_words(process)

    assert process.returncode == 0, told
    assert time.monotonic() - begun < 7
    assert status_of(reading.id) == "queued"


def test_the_scheduler_command_names_what_mends_a_database_that_is_not_up_to_date(tmp_path: Path) -> None:
    app = create_app(Settings.model_validate(plain_settings(f"sqlite:///{tmp_path / 'n.db'}", tmp_path)))

    ended = app.test_cli_runner().invoke(args=["scheduler"])

    assert ended.exit_code == 1
    assert "db upgrade" in ended.stderr


class Workers:
    """Workers elsewhere, as far as whoever beats can tell: they are told what there is to do."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, bool]] = []

    def hand_on(self, name: str, row_id: int, *, errand: bool = False) -> bool:
        self.told.append((name, row_id, errand))
        return True


def test_where_workers_are_elsewhere_a_beat_hands_on_what_it_finds_and_works_on_nothing(
    app: Flask, schedule: Schedule
) -> None:
    workers = Workers()
    provide(app, Relay, workers)
    schedule.set(sync_frequency="hourly")
    heart = Heart(app)
    heart.beat()
    make_due()

    [run] = beat(heart)

    assert run.status == "queued"
    assert ("sync.run", run.id, False) in workers.told
    assert ("purge", 0, False) in workers.told
