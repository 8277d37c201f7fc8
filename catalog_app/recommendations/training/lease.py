"""Who works on a training now, proved by a number that only rises."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Update, update
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.errors import CatalogError
from catalog_app.core.processes import is_dead, this_process
from catalog_app.core.wiring import settings
from catalog_app.recommendations.models import Training


class TrainingLostError(CatalogError):
    """Somebody else works on the training by now; this process must write nothing more of it."""


@dataclass(frozen=True)
class Claim:
    """What this process holds: the training, the fencing number, and for how many seconds at a time."""

    training_id: int
    number: int
    seconds: int


def is_held(training: Training, *, now: datetime) -> bool:
    """Return whether somebody alive works on the training."""
    if training.lease_holder is None or training.lease_expires_at is None or training.lease_expires_at <= now:
        return False
    return not is_dead(training.lease_holder)


def take(training: Training, *, now: datetime) -> Claim:
    """Claim a training that the caller's transaction holds and that nobody works on."""
    seconds = settings().lease_seconds
    training.lease_holder, training.lease_number = this_process(), training.lease_number + 1
    training.lease_expires_at = now + timedelta(seconds=seconds)
    return Claim(training.id, training.lease_number, seconds)


def hold(session: Session, claim: Claim) -> None:
    """Prove inside a transaction that the claim still stands, and extend it; raise TrainingLostError if not."""
    if session.connection().execute(extension(claim)).rowcount != 1:
        words = f"Somebody else works on training {claim.training_id} by now; nothing more of it was written here."
        raise TrainingLostError(words)


def extension(claim: Claim) -> Update:
    until = utcnow() + timedelta(seconds=claim.seconds)
    return update(Training).where(*_mine(claim)).values(lease_expires_at=until)


def _mine(claim: Claim) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Training.id == claim.training_id, Training.lease_number == claim.number
