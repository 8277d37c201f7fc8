"""Asking for a training, and looking at what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.cursor import SortKey
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, Sentence
from catalog_app.core.jobs import JobQueue
from catalog_app.core.paging import Page, page
from catalog_app.core.wiring import providers
from catalog_app.recommendations.models import CANCELLED, QUEUED, RUNNING, Training
from catalog_app.recommendations.settings import held_settings
from catalog_app.recommendations.training.nightly import queue_if_due
from catalog_app.recommendations.training.states import (
    CANCELLED_BY_HAND,
    IS_OPEN,
    found_training,
    move,
    settle_interrupted,
)
from catalog_app.recommendations.training.working import work_on

log = structlog.get_logger()

JOB: Final = "nbo-training"
_NEWEST: Final = (SortKey("id", Training.id, descending=True),)


class TrainingService:
    """What pages, the API and the command line ask of trainings."""

    def request(self, *, until: datetime | None = None, actor: str, enqueue: bool = True) -> Training:
        """Queue a training on what happened before `until` (None: until it begins), and return it.

        One that waits for the same is returned instead of a second one. One training runs at a time.
        """
        with writing() as session:
            held_settings(session)
            training = _waiting(session, until)
            if training is None:
                training = Training(requested_by=actor, requested_at=utcnow(), until=until)
                session.add(training)
                session.flush()
                log.info("training requested", training=training.id, by=actor)
        if enqueue:
            for queue in providers(JobQueue):
                queue.enqueue(JOB, training.id)
        return training

    def run_now(self, training_id: int) -> Training:
        """Run a queued training in this process, wait for it, and return it; where another one runs it stays queued."""
        settle_interrupted(utcnow())
        work_on(training_id)
        return self.get(training_id)

    def get(self, training_id: int) -> Training:
        """Return a training, or raise NotFoundError."""
        return found_training(db.session(), training_id)

    def search(self, *, limit: int, cursor: str | None = None) -> Page[Training]:
        """Return the trainings, the newest first."""
        return page(db.session(), select(Training), _NEWEST, limit, cursor)

    def going_on(self) -> Training | None:
        """Return the training that runs, or else the next one that waits; None where there is none."""
        open_ones = db.session().scalars(select(Training).where(IS_OPEN).order_by(Training.id)).all()
        return next((one for one in open_ones if one.status == RUNNING), None) or next(iter(open_ones), None)

    def cancel(self, training_id: int, *, actor: str) -> Training:
        """End a training: at once while it waits, with the end of its step while it runs.

        Raises NotFoundError, or ConflictError where it has ended.
        """
        with writing() as session:
            training = found_training(session, training_id, for_change=True)
            if training.status == QUEUED:
                move(training, CANCELLED, now=utcnow(), outcome=CANCELLED_BY_HAND)
            elif training.status == RUNNING:
                training.cancel_requested = True
            else:
                raise ConflictError(Sentence("Training %(number)d has ended already.", number=training_id))
            log.info("training cancelled", training=training_id, by=actor)
        return training


def _waiting(session: Session, until: datetime | None) -> Training | None:
    same = Training.until.is_(None) if until is None else Training.until == until
    return session.scalars(select(Training).where(Training.status == QUEUED, same).order_by(Training.id)).first()


class TrainingBacklog:
    """What is to be done about trainings, for whoever beats: jobs get lost with their process, rows do not."""

    name = JOB

    def settle(self, now: datetime) -> None:
        settle_interrupted(now)
        queue_if_due(now)

    def waiting(self) -> Sequence[int]:
        queued = select(Training.id).where(Training.status == QUEUED)
        running = select(Training.id).where(Training.status == RUNNING).limit(1)
        session = db.session()
        # One at a time: the next one is taken up when this one has ended.
        return () if session.scalar(running) else session.scalars(queued.order_by(Training.id).limit(1)).all()

    def work_on(self, row_id: int) -> None:
        work_on(row_id)
