"""The heartbeat of a process: it looks every few seconds at what is due, and works on it or hands it on.

Flask-APScheduler only beats; what is due stands in the database. Any number of processes may beat: a due time is taken
by one conditional UPDATE, and a run is claimed by another, so beating twice does nothing twice. Where jobs go through
a broker, whoever beats works on nothing: all that it finds is handed on to the workers (`_give`).
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from multiprocessing.util import Finalize
from typing import Final

import structlog
from flask import Flask
from flask_apscheduler import APScheduler
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, forget_session, writing
from catalog_app.core.errors import CatalogError
from catalog_app.core.jobs import Backlog, Errands, Relay
from catalog_app.core.readiness import Watched, Watcher
from catalog_app.core.retention import forget
from catalog_app.core.wiring import provide, providers, providers_of, settings
from catalog_app.products.days import note_today
from catalog_app.sync import service as sync_service
from catalog_app.sync.models import SyncRun, SystemState
from catalog_app.sync.runs.claiming import at_work, end_interrupted, hand_back
from catalog_app.sync.runs.lease import is_held
from catalog_app.sync.runs.states import TO_TAKE_UP
from catalog_app.sync.schedule import beats
from catalog_app.sync.schedule.crew import Crew
from catalog_app.sync.schedule.due import claim_due, due_systems
from catalog_app.sync.schedule.rows import corrections, ensure_rows
from catalog_app.sync.schedule.steady import Pace, SteadyScheduler
from catalog_app.sync.service import ProductSyncService

log = structlog.get_logger()

EVERY: Final = 5.0
"""Seconds between two beats of one process."""
NOTED_EVERY: Final = timedelta(seconds=15)
SILENT_AFTER: Final = timedelta(minutes=2)
PURGE: Final = "purge"
COURIERS: Final = 8
"""How many other servers one process brings things to at the same time; a slow one must not keep the others waiting."""
STOP_WITHIN: Final = 20.0
"""Seconds that a stop waits for what is being applied. What is being read is handed back at once."""


def start(app: Flask) -> None:
    """Let this process beat, unless the settings say that others do; and let /readyz tell of the beats."""
    heart = None
    with app.app_context():
        if settings().scheduler_enabled:
            heart = Heart(app)
    provide(app, Watcher, BeatWatcher(since=utcnow() if heart else None))
    if heart is not None:
        heart.start()


class Heart:
    """Beats for one process, and keeps the threads that work on what a beat took up."""

    def __init__(self, app: Flask, *, every: float = EVERY) -> None:
        self._app = app
        self._every = every
        self._crew = Crew(app)
        self._couriers = Crew(app, at_once=COURIERS)
        self._relay = next(iter(providers_of(app, Relay)), None)
        self._scheduler: APScheduler | None = None
        self._stopped = False

    def start(self) -> None:
        """Begin to beat, and stop in time when the process ends, however a server ends its processes."""
        self._app.config.update(SCHEDULER_API_ENABLED=False, SCHEDULER_TIMEZONE="UTC")
        self._scheduler = APScheduler(SteadyScheduler(pace=self._every), app=self._app)
        self._scheduler.add_job(
            id="heartbeat",
            func=self.beat,
            trigger=Pace(self._every),
            next_run_time=utcnow(),
            # A late beat is as good as one in time, and two at once are of no use.
            misfire_grace_time=None,
            max_instances=1,
            coalesce=True,
        )
        self._scheduler.start()
        # Servers that fork their workers end them without what atexit remembers; this runs in both cases, once.
        Finalize(None, self.stop, exitpriority=100)

    def beat(self) -> None:
        """Do what is due now. What fails is written down, keeps nothing else from being done, and is tried again."""
        now = utcnow()
        with self._app.app_context():
            try:
                for step in (
                    _note_beat,
                    _end_interrupted,
                    _put_rows_right,
                    _queue_what_is_due,
                    self._take_up,
                    self._take_up_others,
                    self._run_errands,
                    note_today,
                    self._purge,
                ):
                    _carefully(step, now)
            finally:
                forget_session()

    def stop(self, *, within: float = STOP_WITHIN) -> None:
        """Stop beating; hand back what is being read, and wait a while for what is being applied. Once is enough."""
        if self._stopped:
            return
        self._stopped = True
        if self._scheduler is not None and self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._crew.close()
        self._couriers.close()
        until = time.monotonic() + within
        handed: set[int] = set()
        with self._app.app_context():
            while time.monotonic() < until:
                # Again and again: a run that was just begun is only seen once it has its lease.
                handed |= set(hand_back())
                if handed.issuperset((*at_work(), *self._crew.at_work())):
                    break
                self._crew.wait(seconds=0.2)
            db.session.remove()
        self._couriers.wait(seconds=max(0.0, until - time.monotonic()))
        log.info("heartbeat stopped", handed_back=len(handed))

    def _take_up(self, now: datetime) -> None:
        """Give what waits to the crew, oldest first; what finds no hand free is found again at the next beat."""
        query = (
            select(SyncRun.id, SystemState)
            .join(SystemState, SystemState.key == SyncRun.external_system)
            .where(TO_TAKE_UP)
            .order_by(SyncRun.id)
        )
        for run_id, state in db.session().execute(query).all():
            if is_held(state, now=now):
                continue
            if self._give(sync_service.JOB, run_id, partial(ProductSyncService().execute, run_id), place=state.key):
                log.info("queued run taken up", run=run_id, system=state.key, here=self._relay is None)

    def _take_up_others(self, now: datetime) -> None:
        """Do the same for what other rooms have to be done."""
        for backlog in providers(Backlog):
            backlog.settle(now)
            for row_id in backlog.waiting():
                self._give(backlog.name, row_id, partial(backlog.work_on, row_id))

    def _run_errands(self, now: datetime) -> None:
        """Let a courier go to each server that has something to be brought; who is busy is found again."""
        for errands in providers(Errands):
            for row_id in errands.waiting(now):
                work = partial(errands.work_on, row_id, stopping=lambda: self._stopped)
                self._give(errands.name, row_id, work, errand=True)

    def _purge(self, now: datetime) -> None:
        if beats.is_daily_due(db.session(), PURGE, now):
            self._give(PURGE, 0, purge_if_first, place=PURGE)

    def _give(
        self, job: str, row_id: int, work: Callable[[], object], *, place: str | None = None, errand: bool = False
    ) -> bool:
        """Have something done that was found: by workers elsewhere, or by a free hand of this process."""
        if self._relay is not None:
            return self._relay.hand_on(job, row_id, errand=errand)
        run_id = row_id if job == sync_service.JOB else None
        crew = self._couriers if errand else self._crew
        return crew.take(place or f"{job}-{row_id}", work, run_id=run_id)


class BeatWatcher:
    """Tells /readyz how long ago any process beat.

    Silence is a fault only of a process that beats itself: that another one does not is no reason to take this one's
    pages away.
    """

    def __init__(self, *, since: datetime | None) -> None:
        self._since = since

    def watched(self) -> Watched:
        now, last = utcnow(), beats.last(db.session())
        seconds = None if last is None else max(0, round((now - last).total_seconds()))
        fault = None
        if self._since is not None and now - max(self._since, last or self._since) > SILENT_AFTER:
            fault = "The scheduler does not beat: no sync is begun. Look for its errors in the log, and start again."
        return Watched("scheduler", {"last_beat_seconds": seconds}, fault)


def _note_beat(now: datetime) -> None:
    if not beats.is_noted(db.session(), now, within=NOTED_EVERY):
        with writing() as session:
            beats.note(session, now)


def _end_interrupted(now: datetime) -> None:
    end_interrupted(now)


def _put_rows_right(now: datetime) -> None:
    if corrections(db.session(), now):
        with writing() as session:
            ensure_rows(session, now)


def _queue_what_is_due(now: datetime) -> None:
    if due_systems(db.session(), now):
        with writing() as session:
            claim_due(session, now)


def purge_if_first(_row: int = 0) -> None:
    """Delete what has been kept for long enough, unless that was done today."""
    now = utcnow()
    with writing() as session:
        if not beats.claim_daily(session, PURGE, now):
            return
    log.info("purged", **forget())


def _carefully(step: Callable[[datetime], object], now: datetime) -> None:
    try:
        db.session().rollback()
        step(now)
    except (CatalogError, SQLAlchemyError) as error:
        log.warning("beat incomplete", step=step.__name__.strip("_"), kind=type(error).__name__)
    except Exception:
        log.exception("beat broke", step=step.__name__.strip("_"))
