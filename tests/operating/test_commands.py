"""`config check` and `purge`: what operators are shown, and what goes."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from catalog_app.app import create_app
from catalog_app.campaigns.models import Delivery
from catalog_app.core.db import db, writing
from catalog_app.core.retention import forget, to_forget
from catalog_app.edits.models import EditPlan
from catalog_app.operating.settings_told import said_in
from catalog_app.settings import ROOT, load_settings
from catalog_app.sync.models import SyncRun
from tests.operating.conftest import Run
from tests.operating.filled import fill
from tests.support.databases import SECRET_KEY

LONG_AGO = datetime(2001, 2, 3, tzinfo=UTC)
_COUNT = re.compile(r"^(\d+) (.+) (?:gone|would go); kept for (\d+ (?:days?|hours?|minutes?))\.$", re.MULTILINE)


def told(stderr: str) -> dict[str, int]:
    return {name: int(count) for count, name, _ in _COUNT.findall(stderr)}


def test_a_dry_run_counts_what_a_purge_then_deletes_and_deletes_nothing(run: Run) -> None:
    fill(at=LONG_AGO)
    with writing() as session:
        session.execute(update(SyncRun).where(SyncRun.id == 1001).values(status="awaiting_approval"))
        session.execute(update(SyncRun).where(SyncRun.id == 1002).values(status="applied"))
        session.execute(update(EditPlan).where(EditPlan.id == 1001).values(status="awaiting_approval"))
        session.execute(update(EditPlan).where(EditPlan.id == 1002).values(status="applied"))
        session.execute(update(Delivery).values(ended_at=LONG_AGO, reasons=[]))
    db.session.remove()

    first, again, done, after = run("purge", "--dry-run"), run("purge", "--dry-run"), run("purge"), run("purge")

    assert {result.exit_code for result in (first, again, done, after)} == {0}
    assert first.stdout == done.stdout == ""
    assert told(first.stderr) == told(again.stderr) == told(done.stderr)
    assert set(told(after.stderr).values()) == {0}
    # Everything that is kept for a time has a row of its own, and most had something to lose.
    assert set(to_forget()) == set(forget()) == {name.replace(" ", "_") for name in told(first.stderr)}
    assert sum(1 for count in told(first.stderr).values() if count) >= 12
    assert "customers of deliveries would go; kept for 30 days." in first.stderr


def test_settings_are_shown_with_where_they_come_from_and_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, password = tmp_path / "key", "a-password-that-nobody-may-see"
    key.write_text(SECRET_KEY)
    environ = {
        "CATALOG_SECRET_KEY_FILE": str(key),
        "CATALOG_INSTANCE_PATH": str(tmp_path),
        "CATALOG_LOG_LEVEL": "ERROR",
        "CATALOG_SESSION_HOURS": "8",
        "CATALOG_SESION_HOURS": "9",
        "CATALOG_DATABASE_URL": f"postgresql://u:{password}@db/c",
        "CATALOG_XIVA_BASE_URL": f"https://u:{password}@bss.example/api",
        "CATALOG_XIVA_PASSWORD": password,
        "CATALOG_ENCRYPTION_KEYS": "a" * 43 + "=",
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    ended = create_app(load_settings()).test_cli_runner().invoke(args=["config", "check"])

    lines = dict(line.split("=", 1) for line in ended.stdout.splitlines())
    assert ended.exit_code == 0, ended.stderr
    assert lines["CATALOG_SECRET_KEY"] == f"[hidden]\tfile {key}"
    assert lines["CATALOG_SESSION_HOURS"] == "8\tenvironment"
    assert lines["CATALOG_BASE_CURRENCY"] == "SAR\tdefault"
    assert lines["CATALOG_XIVA_PASSWORD"] == "[hidden]\tenvironment"
    assert "CATALOG_SESION_HOURS means nothing here" in ended.stderr
    for secret in (SECRET_KEY, password, "a" * 43):
        assert secret not in ended.output


def test_wrong_settings_end_the_check_with_1_and_every_fault(tmp_path: Path) -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")}
    wrong = {"CATALOG_SECRET_KEY": "short", "CATALOG_SESSION_HOURS": "many", "CATALOG_INSTANCE_PATH": str(tmp_path)}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "config", "check"]

    ended = subprocess.run(
        command, cwd=ROOT, env={**plain, **wrong}, capture_output=True, text=True, check=False, timeout=60
    )

    assert ended.returncode == 1
    assert "CATALOG_SECRET_KEY" in ended.stderr
    assert "CATALOG_SESSION_HOURS" in ended.stderr


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({"CATALOG_LOG_LEVEL": "INFO"}, "environment"),
        ({"CATALOG_LOG_LEVEL_FILE": "/secrets/level"}, "file /secrets/level"),
        ({"CATALOG_LOG_LEVEL": ""}, "demo.env"),
        ({}, "demo.env"),
    ],
)
def test_what_is_nearer_counts(tmp_path: Path, environ: dict[str, str], place: str) -> None:
    left = tmp_path / "demo.env"
    left.write_text("CATALOG_LOG_LEVEL='WARNING'\n")

    assert said_in("CATALOG_LOG_LEVEL", environ, left) == place
    assert said_in("CATALOG_LOG_FORMAT", environ, left) == "default"
