"""What a monitoring system reads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.settings import ROOT
from catalog_app.sync.models import APPLIED, FAILED, SyncRun, SystemState
from tests.support.api import Program

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
    assert not any("crm" in str(key) for key in found)


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "shared"


WORKER = """
import sys
from catalog_app.core import metrics
metrics.prepare()
for _ in range(int(sys.argv[1])):
    metrics.record("GET", "/x", 200, 0.01)
if sys.argv[2] == "tell":
    print(metrics.exposition(()).decode())
"""


def test_workers_that_share_a_folder_count_together(folder: Path) -> None:
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}

    def work(count: str, then: str) -> str:
        command = [sys.executable, "-c", WORKER, count, then]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    work("3", "end")
    found = figures(work("4", "tell"))

    assert value(found, "catalog_http_request_seconds_count", method="GET", route="/x", status="200") == 7
