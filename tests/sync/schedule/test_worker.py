"""Workers as processes of their own, behind a broker: files for one test, a real Redis for another."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from benchmarks.brokers import broker, is_here
from benchmarks.torture.ground import LONG_AGO, Ground, ground, needed, offering
from catalog_app.app import create_app
from catalog_app.core.db import db
from catalog_app.core.jobs import JobQueue
from catalog_app.core.wiring import providers
from catalog_app.demo.standin.faults import Fault
from catalog_app.edits.actions import action_named
from catalog_app.edits.models import BULK
from catalog_app.edits.service import EditService
from catalog_app.recommendations.training.service import TrainingService
from catalog_app.settings import Settings, SettingsError, load_settings
from catalog_app.sync.schedule.heartbeat import Heart
from catalog_app.sync.service import ProductSyncService
from tests.support.databases import plain_settings
from tests.support.skips import NO_REDIS

PRODUCTS = 20
LISTING = [offering(number) for number in range(PRODUCTS)]


@contextmanager
def behind(url: str, database: str = "sqlite") -> Iterator[tuple[Ground, Flask]]:
    """Prepare a source, a database, and an application in this process whose jobs go to the broker."""
    with ground(database, LISTING) as there:
        there.settings |= {"JOB_QUEUE": "celery", "BROKER_URL": url}
        app = create_app(load_settings(there.environment))
        with app.app_context():
            try:
                yield there, app
            finally:
                db.session.remove()
                db.engine.dispose()


@pytest.mark.timeout(90)
def test_a_worker_carries_out_what_was_asked_for_over_the_service_once_however_often_it_is_told(tmp_path: Path) -> None:
    with behind(f"filesystem://{tmp_path}") as (there, _):
        run = ProductSyncService().request("xiva", actor="tests")
        ProductSyncService().enqueue(run)
        training = TrainingService().request(actor="tests")
        (queue,) = providers(JobQueue)
        queue.enqueue("sync.run", run.id)
        queue.enqueue("nbo-training", training.id)
        worker = there.start("worker", "--concurrency", "2")
        needed(lambda: bool(there.rows("SELECT 1 FROM sync_run WHERE status = 'applied'")), seconds=40)
        values = action_named("price_percent").check({"direction": "raise", "percent": "5"})
        request = {"action": "price_percent", "values": values, "query": ""}
        plan = EditService().request(kind=BULK, title="Raise prices", request=request, actor="tests")
        queue.enqueue("edit", plan.id)
        needed(lambda: there.one("SELECT status FROM edit_plan") == "planned", seconds=20)
        needed(lambda: there.one("SELECT finished_at FROM nbo_training") is not None, seconds=20)
        needed(lambda: not list(tmp_path.glob("*.msg")), seconds=20)

        worker.send_signal(signal.SIGTERM)

        assert worker.wait(timeout=30) == 0, there.told(worker)
        assert there.rows("SELECT status, fetched, created FROM sync_run") == [("applied", PRODUCTS, PRODUCTS)]
        assert there.one("SELECT count(*) FROM edit_change") == PRODUCTS
        assert there.one("SELECT lease_number FROM nbo_training") == 1
        assert there.one("SELECT count(*) FROM revision WHERE subject_type = 'product'") == PRODUCTS


@pytest.mark.timeout(120)
def test_what_a_killed_worker_was_at_is_taken_up_again_and_a_stopped_one_hands_it_back(tmp_path: Path) -> None:
    if not is_here():
        pytest.skip(NO_REDIS)
    with broker(tmp_path) as redis, behind(redis.url) as (there, app):
        there.write("UPDATE external_system SET sync_frequency = 'weekly' WHERE key = 'xiva'")
        heart = Heart(app)
        heart.beat()
        there.source.misbehave(Fault.SLOW_PAGES, delay=30)
        killed, other = there.start("worker"), there.start("worker")
        there.write("UPDATE system_schedule SET due_at = :past", past=LONG_AGO)
        heart.beat()
        needed(lambda: _reader(there) in (killed.pid, other.pid), seconds=40)
        if _reader(there) == other.pid:
            killed, other = other, killed

        killed.kill()
        killed.wait()

        def is_taken_up_again() -> bool:
            heart.beat()
            return _reader(there) == other.pid

        needed(is_taken_up_again, seconds=20)
        assert there.rows("SELECT status FROM sync_run ORDER BY id") == [("failed",), ("fetching",)]

        other.send_signal(signal.SIGTERM)

        assert other.wait(timeout=30) == 0, there.told(other)
        assert there.rows("SELECT status FROM sync_run ORDER BY id") == [("failed",), ("queued",)]
        assert there.one("SELECT lease_holder FROM system_state WHERE key = 'xiva'") is None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "There is nothing to take work from: set CATALOG_JOB_QUEUE=celery"),
        ({"job_queue": "celery", "broker_url": "redis://127.0.0.1/0"}, "The database is not up to date"),
    ],
    ids=["no queue", "no schema"],
)
def test_a_worker_that_cannot_work_says_why_in_one_sentence(tmp_path: Path, more: dict[str, str], words: str) -> None:
    app = create_app(Settings.model_validate({**plain_settings(f"sqlite:///{tmp_path / 'new.db'}", tmp_path), **more}))

    ended = app.test_cli_runner().invoke(args=["worker"])

    assert ended.exit_code == 1
    assert ended.output.startswith(f"Error: {words}")


def test_without_celery_the_start_names_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "celery", None)
    monkeypatch.delitem(sys.modules, "catalog_app.core.celery_queue", raising=False)
    plain = plain_settings(f"sqlite:///{tmp_path / 'new.db'}", tmp_path)
    settings = Settings.model_validate({**plain, "job_queue": "celery", "broker_url": "redis://127.0.0.1/0"})

    with pytest.raises(SettingsError, match=r"pip install -r requirements-celery\.txt"):
        create_app(settings)


def _reader(there: Ground) -> int | None:
    """Return the process that reads the source now."""
    if not there.rows("SELECT 1 FROM sync_run WHERE status = 'fetching'"):
        return None
    holder = there.one("SELECT lease_holder FROM system_state WHERE key = 'xiva'")
    return int(holder.rsplit(":", 2)[1]) if holder else None
