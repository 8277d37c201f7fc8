"""`flask worker`: runs what the others send through the broker, as a process of its own."""

import os
import signal
import sys
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from catalog_app.core.commands import CatalogCommand
from catalog_app.core.db import db
from catalog_app.core.errors import FatalError
from catalog_app.core.jobs import Backlog, Errands, Job, JobTable
from catalog_app.core.readiness import schema_faults
from catalog_app.core.wiring import providers, settings
from catalog_app.sync.runs.claiming import hand_back
from catalog_app.sync.schedule.heartbeat import PURGE, STOP_WITHIN, purge_if_first
from catalog_app.sync.schedule.scheduler import STOPPING
from catalog_app.sync.service import JOB

if TYPE_CHECKING:
    from catalog_app.core.celery_worker import CeleryWorker

AT_ONCE: Final = 3
QUEUES: Final = ("jobs", "errands")
_LOOK_EVERY: Final = 1.0
_LEAVE_WITHIN: Final = 3.0
_UNCONFIGURED: Final = (
    "There is nothing to take work from: set CATALOG_JOB_QUEUE=celery and CATALOG_BROKER_URL. Without them the "
    "processes that serve, and `flask --app wsgi scheduler`, do the work themselves."
)


@click.command("worker", cls=CatalogCommand)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=AT_ONCE,
    show_default=True,
    help="How many jobs run at the same time, in threads of this process.",
)
@click.option(
    "--queue",
    "queues",
    type=click.Choice(QUEUES),
    multiple=True,
    default=QUEUES,
    show_default=True,
    help="What to take: jobs (syncs, edits, trainings), errands (webhooks, messages), or both.",
)
@with_appcontext
def worker(concurrency: int, queues: tuple[str, ...]) -> None:
    """Run what the broker brings, until the process is told to stop."""
    url = settings().broker_url
    if settings().job_queue != "celery" or url is None:
        raise FatalError(_UNCONFIGURED)
    if missing := schema_faults():
        raise FatalError(missing[0])
    db.session.remove()
    from catalog_app.core.celery_worker import CeleryWorker  # noqa: PLC0415  # loaded only where it is configured

    # The proxy means whatever application this thread has; the threads of the worker need the very one.
    app = cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001  # how Flask says it is done
    # Before any thread begins, as in scheduler.py.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    taking = CeleryWorker(app, url, at_once=concurrency, queues=[f"catalog.{name}" for name in queues])
    taking.register(_jobs())
    taking.register(_errands(taking), errands=True)
    taking.start()
    click.echo(f"The worker takes {' and '.join(queues)}, {concurrency} at once.", err=True)
    while signal.sigtimedwait(STOPPING, _LOOK_EVERY) is None:
        if not taking.is_alive():
            raise FatalError("The worker lost its broker for good; the log says why.")
    _stop(taking)


def _jobs() -> Mapping[str, Job]:
    """Return what each job does: the very functions that run in the process where there is no broker."""
    jobs: dict[str, Job] = {job.name: job.work_on for job in providers(Backlog)}
    for table in providers(JobTable):
        jobs |= table.jobs
    return jobs | {PURGE: purge_if_first}


def _errands(taking: "CeleryWorker") -> Mapping[str, Job]:
    return {errand.name: partial(errand.work_on, stopping=taking.is_stopping) for errand in providers(Errands)}


def _stop(taking: "CeleryWorker") -> None:
    """Hand back what is being read, wait a while for what is being written, and end."""
    from catalog_app.core.celery_queue import task_name  # noqa: PLC0415  # as above

    taking.stop_taking()
    handed: set[tuple[str, int]] = set()

    def hand_over() -> set[tuple[str, int]]:
        # Again and again: a run that was just begun is only seen once it has its lease.
        handed.update((task_name(JOB), run_id) for run_id in hand_back())
        return handed

    if taking.wait(seconds=STOP_WITHIN, each_time=hand_over):
        taking.end(seconds=_LEAVE_WITHIN)
    db.session.remove()
    click.echo(f"The worker has stopped; {len(handed)} runs were handed back.", err=True)
    sys.stderr.flush()
    # A thread may still wait for a page of a slow source; what it brings is refused, and nobody waits for it.
    os._exit(0)
