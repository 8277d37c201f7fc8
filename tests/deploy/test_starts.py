"""The start commands that the files of deploy/ hold, run as they stand there, in the order in which a machine runs them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from catalog_app.settings import ROOT
from tests.deploy.files import of_the_image, starts
from tests.doors.test_metrics import Figures, figures, value
from tests.support.databases import SECRET_KEY

PROGRAMS = Path(sys.executable).parent
PATIENCE = 40
PAUSE = Event()
"""Is waited for between two looks, and never set."""
SERVES = (
    "granian", "--interface", "wsgi", "--blocking-threads", "1", "--respawn-failed-workers", "--workers-kill-timeout", "30",
    "wsgi:app",
)  # fmt: skip
MIGRATES = ("flask", "--app", "wsgi", "db", "upgrade")
BEATS = ("flask", "--app", "wsgi", "scheduler")
WORKS = ("flask", "--app", "wsgi", "worker")
BACKUP = "exec flask --app wsgi backup /var/backups/product-catalog/catalog-$(date +%u).backup"
ROLES = {
    "Containerfile": SERVES, "compose application": SERVES, "product-catalog-web": SERVES,
    "compose scheduler": BEATS, "product-catalog-scheduler": BEATS,
    "compose worker": WORKS, "product-catalog-worker": WORKS,
    "compose migration": MIGRATES, "product-catalog-migrate": MIGRATES,
    "product-catalog-backup": ("/bin/sh", "-c", BACKUP),
}  # fmt: skip


@dataclass(frozen=True)
class Installation:
    """A folder with a database, and what programs are told of them."""

    folder: Path
    environment: dict[str, str]

    def begin(self, *words: str, **more: str) -> "subprocess.Popen[str]":
        program = str(PROGRAMS / words[0]) if (PROGRAMS / words[0]).exists() else words[0]
        environment = self.environment | more
        return subprocess.Popen(
            [program, *words[1:]],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, **more: str) -> str:
        """Run a command to its end, and return what it said."""
        with self.begin(*words, **more) as process:
            said = process.communicate(timeout=PATIENCE)[0]
        assert process.returncode == 0, said
        return said


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Return an installation whose database was made by the command of the one-shot service."""
    folder = tmp_path_factory.mktemp("installation")
    plain = {name: given for name, given in os.environ.items() if not name.startswith("CATALOG_")}
    made = Installation(
        folder,
        {
            **plain,
            "PATH": f"{PROGRAMS}{os.pathsep}{plain['PATH']}",
            "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
            "CATALOG_SECRET_KEY": SECRET_KEY,
            "CATALOG_DATABASE_URL": f"sqlite:///{folder / 'catalog.db'}",
            "CATALOG_INSTANCE_PATH": str(folder),
            "CATALOG_SCHEDULER_ENABLED": "false",
            # What nobody reads must not fill the pipe.
            "CATALOG_LOG_LEVEL": "ERROR",
        },
    )
    made.run(*MIGRATES)
    return made


def test_each_role_is_started_by_a_command_that_is_run_here() -> None:
    assert {start.where: start.words for start in starts()} == ROLES


@dataclass
class Served:
    """The application behind its start command; what it was asked is counted."""

    installation: Installation
    process: "subprocess.Popen[str]"
    port: int
    asked: int = 0

    def ask(self, path: str = "/healthz") -> str:
        """Ask over a connection of its own, so that any worker may answer; a worker that dies meanwhile is asked again."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE) as answer:
                    text: str = answer.read().decode()
            except (URLError, ConnectionError):
                assert time.monotonic() < until
                PAUSE.wait(0.02)
                continue
            self.asked += path == "/healthz"
            return text

    def told(self) -> Figures:
        return figures(self.ask("/metrics"))

    def counted(self) -> float:
        labels = {"method": "GET", "route": "/healthz", "status": "200"}
        return value(self.told(), "catalog_http_request_seconds_count", **labels)

    def workers(self) -> set[int]:
        """Return the workers that have counted something."""
        files = self.installation.folder.glob("metrics/histogram_*.db")
        return {int(number) for file in files if (number := file.stem.rpartition("_")[2]).isdigit()}

    def ask_until_there_are(self, workers: int, *, without: int = 0) -> set[int]:
        until = time.monotonic() + PATIENCE
        while len(found := self.workers() - {without}) < workers:
            assert time.monotonic() < until
            self.ask()
            PAUSE.wait(0.02)
        return found


def heard(process: "subprocess.Popen[str]", words: str) -> str:
    """Wait until a process says this, and return the line."""
    assert process.stdout is not None
    return next(line for line in process.stdout if words in line)


@contextmanager
def serving(installation: Installation) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    listens = {"GRANIAN_HOST": "127.0.0.1", "GRANIAN_PORT": str(port), "GRANIAN_WORKERS": "2"}
    with installation.begin(*SERVES, **listens) as process:
        try:
            yield Served(installation, process, port)
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


@pytest.mark.timeout(150)
def test_the_workers_of_a_node_count_together_also_when_one_is_killed_and_replaced(installation: Installation) -> None:
    (check,) = of_the_image("HEALTHCHECK")
    with serving(installation) as served:
        assert served.ask() == '{"status":"ok"}'
        assert served.ask("/readyz").startswith('{"status":"ready"')
        here = {"GRANIAN_PORT": str(served.port)}
        installation.run(*check.words, **here)
        served.asked += 1

        first, second = sorted(served.ask_until_there_are(2))
        assert {served.counted() for _ in range(10)} == {served.asked}

        os.kill(first, signal.SIGKILL)
        heard(served.process, "Respawning")
        served.ask_until_there_are(2, without=first)
        assert served.counted() == served.asked
        assert second in served.workers()
        assert first not in served.workers()
        assert value(served.told(), "catalog_database_connections_in_use") == 1, "the one that is just being told with"
        assert value(served.told(), "catalog_ready") == value(served.told(), "catalog_database_up") == 1

        served.process.terminate()
        assert served.process.wait(timeout=PATIENCE) == 0
        with installation.begin(*check.words, **here) as unhealthy:
            assert unhealthy.wait(timeout=PATIENCE) == 1


@pytest.mark.parametrize(("words", "says"), [(BEATS, "The scheduler beats"), (WORKS, "The worker takes")])
def test_what_works_beside_the_requests_begins_and_stops_when_told(
    installation: Installation, words: tuple[str, ...], says: str
) -> None:
    broker = {"CATALOG_JOB_QUEUE": "celery", "CATALOG_BROKER_URL": f"filesystem://{installation.folder}"}
    with installation.begin(*words, **(broker if words is WORKS else {})) as process:
        said = heard(process, says)
        process.terminate()
        process.communicate(timeout=PATIENCE)

    assert said
    assert process.returncode == 0


def test_the_nightly_backup_writes_the_file_of_its_day(installation: Installation) -> None:
    said = installation.run("/bin/sh", "-c", BACKUP.replace("/var/backups/product-catalog", str(installation.folder)))

    (file,) = installation.folder.glob("catalog-[1-7].backup")
    assert str(file) in said
