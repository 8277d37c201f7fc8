"""A start that cannot work says so in one line, with the command that mends it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.pool import QueuePool

from catalog_app.core.db import db
from catalog_app.core.readiness import front_end_faults, refuse_unless_ready
from catalog_app.settings import ROOT
from tests.support.databases import SECRET_KEY

IMPORTED = ("-c", "import wsgi")
LEFT_OUT = shutil.ignore_patterns(".*", "node_modules", "instance", "tests", "docs")
"""What Python has compiled goes with the rest, so that it need not do it again."""


def flask(*words: str) -> tuple[str, ...]:
    return ("-m", "flask", "--app", "wsgi", *words)


def started(
    tmp_path: Path, *, words: tuple[str, ...] = IMPORTED, tree: Path = ROOT, **settings: str
) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")}
    environment = {
        **plain,
        "CATALOG_SECRET_KEY": SECRET_KEY,
        "CATALOG_INSTANCE_PATH": str(tmp_path),
        "CATALOG_DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}",
        **settings,
    }
    return subprocess.run(
        [sys.executable, *words], cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=30
    )


@pytest.mark.parametrize("words", [IMPORTED, flask("run", "--port", "0")])
def test_a_start_without_migrations_names_the_command(tmp_path: Path, words: tuple[str, ...]) -> None:
    ended = started(tmp_path, words=words)

    assert ended.returncode == 1
    assert ended.stderr.strip() == "The database is not up to date: run `flask --app wsgi db upgrade`."


def test_a_start_without_front_end_files_names_the_command(app: Flask, tmp_path: Path) -> None:
    app.static_folder = str(tmp_path)

    assert front_end_faults(app) == ["The front-end files are missing: run `make assets`."]


def test_a_command_that_only_speaks_of_a_demo_makes_no_demo_settings(tmp_path: Path) -> None:
    tree = Path(shutil.copytree(ROOT, tmp_path / "tree", ignore=LEFT_OUT))

    ended = started(tmp_path, words=flask("tokens", "create", "demo", "--scope", "products:read"), tree=tree)

    assert ended.stderr.startswith("Error: The database refused")
    assert not (tree / "instance" / "demo.env").exists()


def test_the_check_at_the_start_leaves_no_connection_for_forks_to_share(app: Flask) -> None:
    refuse_unless_ready(app)

    assert isinstance(db.engine.pool, QueuePool)
    assert db.engine.pool.checkedin() == 0


def test_a_setting_that_means_nothing_is_warned_about_and_does_not_stop_the_start(tmp_path: Path) -> None:
    ended = started(tmp_path, CATALOG_SESION_HOURS="3")

    assert "CATALOG_SESION_HOURS" in ended.stderr
    assert "not up to date" in ended.stderr


def test_what_is_not_configured_is_not_loaded() -> None:
    """It takes memory and tenths of a second of every process, which most never need."""
    unneeded = {"celery", "kombu", "authlib", "joserfc", "numpy"}
    told = f"import sys, catalog_app.app, catalog_app.cli; print(*sorted({unneeded} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.split() == []


def test_an_old_python_is_refused_in_one_clear_line() -> None:
    source = (ROOT / "wsgi.py").read_text(encoding="utf-8")
    pretended = "import sys; sys.version_info = (3, 10, 4)\n" + source.split('"""', 2)[2]

    ended = subprocess.run([sys.executable, "-c", pretended], cwd=ROOT, capture_output=True, text=True, check=False)

    assert ended.stderr.strip() == "The product catalog needs Python 3.11 or newer; this is 3.10."
    assert ended.returncode == 1


def test_health_needs_no_sign_in_and_tells_whether_work_may_come(app: Flask) -> None:
    client = app.test_client()

    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").get_json() == {"status": "ready"}
