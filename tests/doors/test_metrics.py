"""What a monitoring system reads."""

import os
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError, IntegrityError

from catalog_app.accounts.figures import ACCEPTED, HELD, REFUSED
from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import users
from catalog_app.accounts.service.sessions import Client
from catalog_app.accounts.service.sign_in import sign_in
from catalog_app.accounts.throttle import TooManyAttemptsError
from catalog_app.app import create_app
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import RuleError
from catalog_app.core.read_connections import read_connections
from catalog_app.recommendations.models import Training
from catalog_app.settings import ROOT, Settings
from catalog_app.sync.models import APPLIED, FAILED, SyncRun, SystemSchedule, SystemState
from tests.support.api import Program
from tests.support.databases import plain_settings

TOKEN = "sixteen characters"
Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]


def figures(text: str) -> Figures:
    families = text_string_to_metric_families(text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(found: Figures, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0)


def scraped(app: Flask) -> Figures:
    answer = app.test_client().get("/metrics")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    return figures(answer.text)


def test_requests_are_counted_by_route_and_status(app: Flask) -> None:
    api = Program.with_scopes(app, "products:read")
    route = "/api/loyalty/v1/products/<int:product_id>/"
    before = scraped(app)

    for number in (77, 78, 79):
        api.get(f"/products/{number}/")
    api.send("BREW", "/products/77/")
    api.get("/nothing/at/all/")

    after = scraped(app)
    counted = {
        status: value(after, "catalog_http_request_seconds_count", method=method, route=path, status=status)
        - value(before, "catalog_http_request_seconds_count", method=method, route=path, status=status)
        for method, path, status in (("GET", route, "404"), ("other", "none", "405"))
    }
    assert counted == {"404": 3, "405": 1}
    assert not any("nothing" in str(key) or "BREW" in str(key) for key in after)


def test_syncs_are_told_by_system_and_outcome(app: Flask) -> None:
    now = utcnow()
    with writing() as session:
        session.get_one(SystemState, "xiva").last_success_at = now
        session.add(_run(APPLIED, created=5, withdrawn=2))
        session.add(_run(FAILED, created=0, withdrawn=0, rejected=7))
        session.add(_run("queued"))

    found = scraped(app)

    assert value(found, "catalog_sync_last_success_timestamp_seconds", system="xiva") == pytest.approx(now.timestamp())
    assert value(found, "catalog_sync_last_run_rows", system="xiva", outcome="rejected") == 7
    assert value(found, "catalog_sync_last_run_duration_seconds", system="xiva") == 0
    assert ("catalog_sync_last_run_timestamp_seconds", frozenset({("system", "xiva"), ("status", "failed")})) in found
    assert not any("crm" in str(key) for key in found if "_last_" in key[0])


def _run(status: str, **counts: int) -> SyncRun:
    now = utcnow()
    ended = {"started_at": now, "finished_at": now} if status != "queued" else {}
    return SyncRun(external_system="xiva", requested_by="tests", requested_at=now, status=status, **ended, **counts)


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 403),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, 403),
        ("", {}, 403),
    ],
)
def test_without_a_token_only_this_machine_may_read_them(
    app: Flask, address: str, headers: dict[str, str], status: int
) -> None:
    answer = app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})

    assert answer.status_code == status
    assert ("catalog_http" in answer.text) is (status == 200)


@pytest.mark.parametrize("settings_overrides", [{"metrics_token": TOKEN}])
@pytest.mark.parametrize(
    ("given", "status"), [(f"Bearer {TOKEN}", 200), ("Bearer other", 403), (f"Basic {TOKEN}", 403), ("", 403)]
)
def test_with_a_token_it_is_needed_from_everywhere(app: Flask, given: str, status: int) -> None:
    assert app.test_client().get("/metrics", headers={"Authorization": given}).status_code == status


def test_a_statement_that_fails_is_counted_by_the_kind_of_its_error(app: Flask) -> None:
    is_postgresql = db.engine.dialect.name == "postgresql"
    wrong = "ProgrammingError" if is_postgresql else "OperationalError"

    def failed(kind: str) -> float:
        return value(scraped(app), "catalog_database_errors_total", kind=kind)

    before = failed("IntegrityError"), failed(wrong)
    with pytest.raises(IntegrityError), writing() as session:
        session.execute(insert(SystemState).values(key="nobody"))
    with pytest.raises(DBAPIError):
        read_connections(app).read(lambda reader: reader.value("SELECT nothing FROM nowhere"))

    assert (failed("IntegrityError"), failed(wrong)) == (before[0] + 1, before[1] + 1)


def test_connections_in_use_are_those_that_somebody_holds(app: Flask) -> None:
    def in_use() -> float:
        db.session.remove()
        return value(scraped(app), "catalog_database_connections_in_use")

    before = in_use()
    with db.engine.connect() as held:
        assert in_use() - before == 1
        held.invalidate()
        assert in_use() == before
        held.exec_driver_sql("SELECT 1")
        assert in_use() - before == 1, "it was made anew"
    db.engine.raw_connection().detach()
    assert in_use() == before


def test_sign_ins_are_counted_by_what_became_of_them(app: Flask) -> None:
    def counted() -> dict[str, float]:
        found = scraped(app)
        return {
            outcome: value(found, "catalog_sign_ins_total", outcome=outcome) for outcome in (ACCEPTED, REFUSED, HELD)
        }

    before = counted()
    users.create(
        NewUser(email="lina@operator.example", name="Lina", role="viewer"), "correct horse battery", actor="cli"
    )
    here = Client(address="192.0.2.7", user_agent="tests")
    for password in ("correct horse battery", *["another password"] * 5):
        with suppress(RuleError):
            sign_in("lina@operator.example", password, here)
    with pytest.raises(TooManyAttemptsError):
        sign_in("lina@operator.example", "correct horse battery", here)

    after = counted()
    assert {outcome: after[outcome] - before[outcome] for outcome in after} == {ACCEPTED: 1, REFUSED: 5, HELD: 1}


def test_while_the_database_is_away_what_was_counted_is_told_all_the_same(tmp_path: Path) -> None:
    app = create_app(Settings.model_validate(plain_settings(f"sqlite:///{tmp_path / 'not' / 'there.db'}", tmp_path)))

    found = scraped(app)

    assert ("catalog_database_up", frozenset()) in found
    assert value(found, "catalog_database_up") == value(found, "catalog_ready") == 0
    assert any(name == "catalog_http_request_seconds_count" for name, _ in found)
    assert not any(name.startswith("catalog_sync") for name, _ in found)


def test_work_that_waits_and_plans_that_are_held_are_told(app: Flask) -> None:
    now = utcnow()
    with writing() as session:
        waits = {"external_system": "xiva", "requested_by": "tests", "requested_at": now - timedelta(minutes=5)}
        session.add(SyncRun(**waits, status="queued"))
        session.add(SyncRun(**waits, status="awaiting_approval", finished_at=now))
        session.add(Training(requested_by="tests", requested_at=now - timedelta(hours=1)))
        session.add(SystemSchedule(external_system="xiva", frequency="daily", due_at=now, failures=3))

    found = scraped(app)

    waiting = {kind: value(found, "catalog_jobs_waiting", kind=kind) for kind in ("sync.run", "edit", "nbo-training")}
    assert waiting == {"sync.run": 1, "edit": 0, "nbo-training": 1}
    assert value(found, "catalog_jobs_oldest_waiting_seconds", kind="sync.run") == pytest.approx(300, abs=30)
    assert value(found, "catalog_jobs_oldest_waiting_seconds", kind="nbo-training") == pytest.approx(3600, abs=30)
    assert value(found, "catalog_sync_plans_held", system="xiva") == 1
    assert value(found, "catalog_sync_failures_in_a_row", system="xiva") == 3
    assert value(found, "catalog_database_size_bytes") > 100_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "not" / "there" / "yet"


WORKER = """
import sys
from catalog_app.core import metrics
level, tally = metrics.Level("level", "Held."), metrics.Tally("tally", "Counted.", "kind", ("a", "b"))
metrics.prepare()
for _ in range(int(sys.argv[1])):
    metrics.record("GET", "/x", 200, 0.01)
    tally.add("a")
    level.move(+1)
for line in sys.stdin:
    print(metrics.exposition(()).decode(), end="<end>\\n", flush=True)
"""


class Worker:
    """A process that counts so many requests, and then tells what all have counted whenever it is asked."""

    def __init__(self, folder: Path, count: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(count)],
            cwd=ROOT,
            env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def told(self) -> dict[str, float]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("tell\n")
        self.process.stdin.flush()
        lines = iter(self.process.stdout.readline, "<end>\n")
        found = figures("".join(lines))
        return {
            "requests": value(found, "catalog_http_request_seconds_count", method="GET", route="/x", status="200"),
            "fast": value(
                found, "catalog_http_request_seconds_bucket", method="GET", route="/x", status="200", le="0.01"
            ),
            "tally": value(found, "tally_total", kind="a"),
            "level": value(found, "level"),
            "never": found.get(("tally_total", frozenset({("kind", "b")})), -1),
        }

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


def test_workers_that_share_a_folder_count_together_and_what_one_counted_outlives_it(folder: Path) -> None:
    def counted(requests: int, level: int) -> dict[str, float]:
        return {"requests": requests, "fast": requests, "tally": requests, "level": level, "never": 0}

    workers = [Worker(folder, 3)]
    try:
        assert workers[0].told() == counted(3, 3)
        workers.append(Worker(folder, 4))
        assert [worker.told() for worker in reversed(workers)] == [counted(7, 7)] * 2

        workers[0].end()
        assert workers[1].told() == counted(7, 4), "it holds nothing any more"
        assert workers[1].told() == counted(7, 4), "and is not added twice"
        assert len(list(folder.glob("*_ended.db"))) == len(list(folder.glob("counter_*.db"))) == 2

        workers[1].end()
        workers.append(Worker(folder, 2))
        assert workers[2].told() == counted(2, 2), "a new start begins from nothing"
    finally:
        for worker in workers:
            worker.end()
