"""Work that outlives a request. A job is a name and the id of a row; the row is the truth.

Delivering a job twice is harmless: whoever comes second finds the row already claimed. So a queue may be as
simple as a thread of this process.
"""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from queue import SimpleQueue
from typing import Protocol

import structlog
from flask import Flask

from catalog_app.core.db import forget_session

log = structlog.get_logger()

Job = Callable[[int], object]


class JobQueue(Protocol):
    def enqueue(self, name: str, row_id: int) -> None:
        """Have the job `name` run for the row, soon, by somebody."""
        ...


class Relay(Protocol):
    """Takes what a heartbeat finds to processes elsewhere. Where there is one, who beats works on nothing itself."""

    def hand_on(self, name: str, row_id: int, *, errand: bool = False) -> bool:
        """Have the job, or the errand, `name` done for the row; False where that was asked for a moment ago."""
        ...


@dataclass(frozen=True)
class JobTable:
    """What each job does, by its name: the same functions, whoever runs them."""

    jobs: Mapping[str, Job]


class Backlog(Protocol):
    """What a room has to be done, as its rows tell: whoever beats settles what was interrupted and takes up the rest."""

    @property
    def name(self) -> str:
        """The name of the job."""
        ...

    def settle(self, now: datetime) -> None:
        """Write down what became of rows whose process is gone."""
        ...

    def waiting(self) -> Sequence[int]:
        """Return the ids of the rows that wait to be worked on, oldest first."""
        ...

    def work_on(self, row_id: int) -> None:
        """Do what the row waits for; nothing where somebody else does it already."""
        ...


class Errands(Protocol):
    """What a room has to bring to other people's servers. That is mostly waiting, so it has hands of its own."""

    @property
    def name(self) -> str:
        """The name of the job."""
        ...

    def waiting(self, now: datetime) -> Sequence[int]:
        """Return the ids of those who may have something to be brought, the most urgent first."""
        ...

    def work_on(self, row_id: int, *, stopping: Callable[[], bool]) -> None:
        """Bring what is due, for a while; nothing where somebody else does it already."""
        ...


class InProcessQueue:
    """Runs jobs one after another in a thread of this process, each in an application context of its own."""

    def __init__(self, app: Flask, jobs: Mapping[str, Job]) -> None:
        self._app = app
        self._jobs = jobs
        self._threads: dict[int, JobThread] = {}

    def enqueue(self, name: str, row_id: int) -> None:
        if name not in self._jobs:
            raise LookupError(f"there is no job {name!r}")
        # No thread survives a fork, and a lock may be copied while it is held: each process has a thread of its own.
        self._threads.setdefault(os.getpid(), JobThread(self._run)).take(name, row_id)

    def _run(self, name: str, row_id: int) -> None:
        carry_out(self._app, name, self._jobs[name], row_id)


def carry_out(app: Flask, name: str, job: Job, row_id: int) -> None:
    """Run a job to its end in an application context of its own; what goes wrong is written down, and raised nowhere."""
    with app.app_context():
        try:
            job(row_id)
        except Exception:
            log.exception("job failed", job=name, row=row_id)
        finally:
            forget_session()


class JobThread:
    """A thread of one process that starts with its first job, and anew with the next one should it have died."""

    def __init__(self, run: Callable[[str, int], None]) -> None:
        self._run = run
        self._waiting: SimpleQueue[tuple[str, int]] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def take(self, name: str, row_id: int) -> None:
        self._waiting.put((name, row_id))
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            self._run(*self._waiting.get())
