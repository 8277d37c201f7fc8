"""A start that cannot work says so in one line, with the command that mends it."""

import os
import subprocess
import sys
from pathlib import Path

from flask import Flask

from catalog_app.core.readiness import front_end_faults
from catalog_app.settings import ROOT
from tests.support.databases import SECRET_KEY


def started(tmp_path: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")}
    environment = {
        **plain,
        "CATALOG_SECRET_KEY": SECRET_KEY,
        "CATALOG_INSTANCE_PATH": str(tmp_path),
        "CATALOG_DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}",
        **settings,
    }
    return subprocess.run(
        [sys.executable, "-c", "import wsgi"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_start_without_migrations_names_the_command(tmp_path: Path) -> None:
    ended = started(tmp_path)

    assert ended.returncode == 1
    assert ended.stderr.strip() == "The database is not up to date: run `flask --app wsgi db upgrade`."


def test_a_start_without_front_end_files_names_the_command(app: Flask, tmp_path: Path) -> None:
    app.static_folder = str(tmp_path)

    assert front_end_faults(app) == ["The front-end files are missing: run `make assets`."]


def test_a_setting_that_means_nothing_is_warned_about_and_does_not_stop_the_start(tmp_path: Path) -> None:
    ended = started(tmp_path, CATALOG_SESION_HOURS="3")

    assert "CATALOG_SESION_HOURS" in ended.stderr
    assert "not up to date" in ended.stderr


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
