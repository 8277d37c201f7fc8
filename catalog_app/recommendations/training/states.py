"""The states of a training and the ways between them: queued -> running -> finished | failed | cancelled.

One whose process died goes back to the queue once. Every move is made inside the caller's transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from catalog_app.core.db import db, writing
from catalog_app.core.errors import NotFoundError, Sentence
from catalog_app.recommendations.models import CANCELLED, FAILED, FINISHED, QUEUED, RUNNING, Training
from catalog_app.recommendations.settings import held_settings
from catalog_app.recommendations.training.lease import is_held

log = structlog.get_logger()

WAYS: Final[Mapping[str, frozenset[str]]] = {
    QUEUED: frozenset({RUNNING, CANCELLED}),
    RUNNING: frozenset({FINISHED, FAILED, CANCELLED, QUEUED}),
}
"""From each state, the states that may follow. From every other one there is no way on."""
_OF_SECOND_TRY: Final = 3
"""The number of a claim rises when it is taken and when it is lost: 1 is the first try, 3 the second."""
INTERRUPTED: Final = Sentence(
    "Its process ended in the middle, twice. The model that served still serves; train again."
)
CANCELLED_BY_HAND: Final = Sentence("Cancelled by hand; the model that served still serves.")
IS_OPEN: Final[ColumnElement[bool]] = Training.status.in_((QUEUED, RUNNING))


def move(training: Training, status: str, *, now: datetime, outcome: str | None = None) -> None:
    """Bring a training into a state; raise ValueError where no way leads there, which is a mistake of ours."""
    if status not in WAYS.get(training.status, ()):
        raise ValueError(f"no way leads a training from {training.status} to {status}")
    training.status, training.outcome, training.step = status, outcome, None
    if status == RUNNING:
        training.started_at = now
        return
    training.finished_at = None if status == QUEUED else now
    training.lease_holder = training.lease_expires_at = None


def found_training(session: Session, training_id: int, *, for_change: bool = False) -> Training:
    """Return the training as the database has it now, held where it is to be changed; or raise NotFoundError."""
    training = session.get(Training, training_id, populate_existing=True, with_for_update=for_change)
    if training is None:
        raise NotFoundError(Sentence("There is no training %(number)d.", number=training_id))
    return training


def settle_interrupted(now: datetime) -> Sequence[int]:
    """Write down what became of trainings whose process is gone, and return their ids: once they are tried again."""
    running = select(Training).where(Training.status == RUNNING)
    if all(is_held(training, now=now) for training in db.session().scalars(running)):
        return ()
    with writing() as session:
        held_settings(session)
        lost = [one for one in session.scalars(running.with_for_update()) if not is_held(one, now=now)]
        for training in lost:
            if training.lease_number < _OF_SECOND_TRY:
                move(training, QUEUED, now=now)
            else:
                move(training, FAILED, now=now, outcome=INTERRUPTED)
            # Whoever was only frozen finds its number gone.
            training.lease_number += 1
            log.warning("training was interrupted", training=training.id, status=training.status)
    return [training.id for training in lost]
