"""A program served as in production, by one worker of one thread, and what its requests cost.

Ours and the limit are served by granian; the peer by gunicorn, as its framework usually is.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from itertools import count
from socket import create_server
from typing import Literal

from benchmarks.processes import cpu_seconds
from catalog_app.settings import ROOT

START_SECONDS = 30.0
ENOUGH_CPU = 0.6
"""Seconds to measure for: the kernel counts CPU in hundredths."""
LONGEST_SECONDS = 20.0
WARM_UP = 30
BATCH = 20


@dataclass
class Served:
    """A running server. `database` is the process of a database server, whose work counts as the server's."""

    process: int
    port: int
    database: int | None
    start_seconds: float
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
        """Ask over the one connection that stays open."""
        self._connection.request("GET", path, headers={**self.headers, **headers})
        answer = self._connection.getresponse()
        return answer, answer.read()

    def cost(self, paths: Iterator[str], *, status: int = HTTPStatus.OK, batch: int = BATCH, **headers: str) -> float:
        """Return the milliseconds of CPU that one request takes, counted over many."""
        warm_up = min(WARM_UP, batch * 2)
        return self.cost_of(lambda: self._expect(next(paths), status, headers), warm_up=warm_up, batch=batch)

    def cost_of(self, ask: Callable[[], None], *, warm_up: int = 1, batch: int = BATCH) -> float:
        """Return the milliseconds of CPU that one call makes the server spend."""
        for _ in range(warm_up):
            ask()
        begun, until = self.cpu(), time.monotonic() + LONGEST_SECONDS
        for asked in count(batch, batch):
            for _ in range(batch):
                ask()
            spent = self.cpu() - begun
            if spent >= ENOUGH_CPU or time.monotonic() > until:
                return spent / asked * 1000
        raise AssertionError("counting does not end")

    def _expect(self, path: str, status: int, headers: Mapping[str, str]) -> None:
        answer, body = self.get(path, **headers)
        if answer.status != status:
            raise AssertionError(f"{path} answered {answer.status}: {body[:500]!r}")

    def cpu(self) -> float:
        """Return the seconds of CPU that the server and its database have used so far."""
        return cpu_seconds(self.process) + (cpu_seconds(self.database) if self.database is not None else 0.0)


@contextmanager
def served(
    target: str,
    environment: Mapping[str, str],
    *,
    database: int | None,
    headers: Mapping[str, str] | None = None,
    workers: int = 1,
    by: Literal["granian", "gunicorn"] = "granian",
) -> Iterator[Served]:
    """Serve a WSGI program with these variables, and nothing of our own environment that it would read."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")}
    port = free_port()
    options = _granian(port, workers) if by == "granian" else _gunicorn(port, workers)
    command = [sys.executable, "-m", by, *options, target]
    begun = time.perf_counter()
    with subprocess.Popen(  # noqa: S603  # our own program
        command, cwd=ROOT, env={**inherited, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            await_answer(port)
            yield Served(process.pid, port, database, time.perf_counter() - begun, headers or {})
        finally:
            process.terminate()


def _granian(port: int, workers: int) -> Sequence[str]:
    return (
        "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers),
        "--blocking-threads", "1", "--workers-kill-timeout", "5", "--log-level", "error",
    )  # fmt: skip


def _gunicorn(port: int, workers: int) -> Sequence[str]:
    # One thread that keeps its connection; gunicorn's plain worker would make a new one for each request.
    one_thread = ("--worker-class", "gthread", "--threads", "1", "--keep-alive", "60", "--no-control-socket")
    return ("--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--log-level", "error", *one_thread)


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def await_answer(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except (OSError, HTTPException):
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return
        finally:
            connection.close()
