"""A worker: takes messages from the broker and runs their jobs in threads of this one process.

Threads and not processes, as everywhere here: most of a sync is waiting, and a process that is told to stop can hand
back what its threads work on. Whoever has cores to spare starts more workers.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import structlog
from celery.worker import WorkController, state
from flask import Flask
from pydantic import SecretStr

from catalog_app.core.celery_queue import celery_app, task_name
from catalog_app.core.jobs import Job, carry_out

log = structlog.get_logger()

AtWork = tuple[str, int]
"""A job and its row."""
_LOOK_EVERY: Final = 0.2


class CeleryWorker:
    """Runs the jobs of an application, so many at once, from the queues that are named."""

    def __init__(self, app: Flask, url: SecretStr, *, at_once: int, queues: Sequence[str]) -> None:
        self._app = app
        self._changing = threading.Lock()
        # By the thread that works on it.
        self._at_work: dict[int, AtWork] = {}
        self._is_stopping = False
        self._celery = celery_app(url, gives_up=False)
        self._at_once, self._queues = at_once, queues
        self._thread = threading.Thread(target=self._take_messages, name="celery", daemon=True)

    def register(self, jobs: Mapping[str, Job], *, errands: bool = False) -> None:
        """Let messages of these names run these functions."""
        for name, job in jobs.items():
            task = task_name(name, errand=errands)
            self._celery.task(name=task, acks_late=True, ignore_result=True)(self._run_of(task, job))

    def start(self) -> None:
        """Begin to take messages; a broker that does not answer yet is waited for."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Return whether messages are taken, or at least waited for."""
        return self._thread.is_alive()

    def is_stopping(self) -> bool:
        return self._is_stopping

    def stop_taking(self) -> None:
        """Take nothing more. What was taken and not begun is dropped here, and found by the next beat."""
        self._is_stopping = True
        # How Celery's own signal handler says it.
        state.should_stop = 0

    def wait(self, *, seconds: float, each_time: Callable[[], Collection[AtWork]]) -> bool:
        """Wait until nothing is worked on but what `each_time` says is given up; return False where time runs out."""
        until = time.monotonic() + seconds
        while not set(each_time()).issuperset(self.at_work()):
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK_EVERY)
        return True

    def end(self, *, seconds: float) -> None:
        """Give the broker what was not begun, and leave it, if that can be done in time."""
        self._thread.join(seconds)

    def at_work(self) -> Sequence[AtWork]:
        """Return the jobs that threads of this process run, with their rows."""
        with self._changing:
            return list(self._at_work.values())

    def _take_messages(self) -> None:
        controller = WorkController(
            app=self._celery,
            pool_cls="threads",
            concurrency=self._at_once,
            queues=list(self._queues),
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        controller.start()

    def _run_of(self, task: str, job: Job) -> Callable[[Any], None]:
        def run(row_id: Any) -> None:
            if isinstance(row_id, int) and not self._is_stopping:
                self._run(task, job, row_id)

        return run

    def _run(self, task: str, job: Job, row_id: int) -> None:
        thread = threading.get_ident()
        with self._changing:
            self._at_work[thread] = (task, row_id)
        try:
            carry_out(self._app, task, job, row_id)
        finally:
            with self._changing:
                self._at_work.pop(thread, None)
