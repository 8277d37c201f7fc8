"""What a training is doing, for those who look, and whether it is still wanted."""

from typing import Final

from catalog_app.core.db import writing
from catalog_app.core.errors import CatalogError
from catalog_app.recommendations.training.lease import Claim, hold
from catalog_app.recommendations.training.states import found_training

READING: Final = "reading"
FITTING: Final = "fitting"
CHECKING: Final = "checking"
FITTING_ALL: Final = "fitting_all"
SAVING: Final = "saving"
STEPS: Final = (READING, FITTING, CHECKING, FITTING_ALL, SAVING)
"""In their order: what was told is read, the earlier part learned, the later part checked, all of it learned, kept."""


class CancelledError(CatalogError):
    """A person has ended the training."""


def note(claim: Claim, step: str) -> None:
    """Write down which step begins; raise CancelledError where the training is no longer wanted.

    Raises TrainingLostError where somebody else works on it by now.
    """
    with writing() as session:
        hold(session, claim)
        training = found_training(session, claim.training_id)
        if training.cancel_requested:
            raise CancelledError("cancelled")
        training.step = step
