"""The job of a training: taken up by whoever comes first, alone, and ended whatever happens."""

from contextlib import suppress
from typing import Final

import structlog
from sqlalchemy import select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import CatalogError
from catalog_app.core.leases import kept_alive
from catalog_app.core.outages import CommitUnansweredError
from catalog_app.recommendations.models import CANCELLED, FAILED, QUEUED, RUNNING, Training
from catalog_app.recommendations.settings import held_settings
from catalog_app.recommendations.training.lease import Claim, TrainingLostError, extension, hold, is_held, take
from catalog_app.recommendations.training.progress import CancelledError
from catalog_app.recommendations.training.states import CANCELLED_BY_HAND, found_training, move

log = structlog.get_logger()

BROKEN: Final = "Something went wrong here; the model that served still serves. The log has the rest."


def work_on(training_id: int) -> None:
    """Run a training that waits; nothing where it does not, or where another one runs."""
    claim = _taken(training_id)
    if claim is None:
        return
    # NumPy comes with the first training, not with the process.
    from catalog_app.recommendations.training.steps import train  # noqa: PLC0415  # see above

    try:
        with kept_alive(db.engine, lambda: extension(claim), seconds=claim.seconds, name=f"training-{training_id}"):
            train(training_id, claim)
    except TrainingLostError as error:
        log.warning("training was taken over", training=training_id, reason=str(error))
    except CommitUnansweredError:
        # Nobody knows what became of it; whoever beats finds it in the row.
        raise
    except CancelledError:
        _end(claim, CANCELLED, CANCELLED_BY_HAND)
    except CatalogError as error:
        _end(claim, FAILED, str(error))
    except Exception:
        _end(claim, FAILED, BROKEN)
        raise


def _taken(training_id: int) -> Claim | None:
    with writing() as session:
        # Whoever else wants to train waits here.
        held_settings(session)
        training, now = found_training(session, training_id, for_change=True), utcnow()
        running = session.scalars(select(Training).where(Training.status == RUNNING))
        if training.status != QUEUED or any(is_held(one, now=now) for one in running):
            return None
        move(training, RUNNING, now=now)
        return take(training, now=now)


def _end(claim: Claim, status: str, outcome: str) -> None:
    with suppress(TrainingLostError), writing() as session:
        hold(session, claim)
        move(found_training(session, claim.training_id), status, now=utcnow(), outcome=outcome)
    log.info("training ended", training=claim.training_id, status=status)
