import multiprocessing
import sys
from queue import SimpleQueue
from threading import Event, Thread, current_thread

import pytest
from flask import Flask

from catalog_app.core.db import db
from catalog_app.core.jobs import InProcessQueue

SECONDS = 10


@pytest.fixture
def host() -> Flask:
    """Return an application for jobs that need no database."""
    application = Flask("jobs")
    application.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(application)
    return application


# A server that loads first and forks then is what this is about.
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_process_forked_after_a_job_runs_its_own_jobs(host: Flask) -> None:
    worked = Event()
    jobs = InProcessQueue(host, {"work": lambda _row: worked.set()})
    jobs.enqueue("work", 1)
    assert worked.wait(SECONDS)
    worked.clear()

    def serve() -> None:
        jobs.enqueue("work", 2)
        sys.exit(0 if worked.wait(SECONDS) else 1)

    forked = multiprocessing.get_context("fork").Process(target=serve)
    forked.start()
    forked.join(2 * SECONDS)

    assert forked.exitcode == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_job_that_ends_the_thread_does_not_end_the_queue(host: Flask) -> None:
    ended: SimpleQueue[int] = SimpleQueue()
    threads: SimpleQueue[Thread] = SimpleQueue()

    def end(_row: int) -> None:
        threads.put(current_thread())
        sys.exit()

    jobs = InProcessQueue(host, {"end": end, "work": ended.put})
    jobs.enqueue("end", 1)
    threads.get(timeout=SECONDS).join(SECONDS)

    jobs.enqueue("work", 2)

    assert ended.get(timeout=SECONDS) == 2


def test_a_job_that_fails_leaves_the_next_one_alone(host: Flask) -> None:
    ended: SimpleQueue[int] = SimpleQueue()
    jobs = InProcessQueue(host, {"fail": lambda row: 1 // (row - row), "work": ended.put})

    jobs.enqueue("fail", 1)
    jobs.enqueue("work", 2)

    assert ended.get(timeout=SECONDS) == 2
