"""What a monitoring system is told of decisions: how many were made on what, and how many more than once."""

from typing import Final

from catalog_app.core.metrics import Tally
from catalog_app.recommendations.models import BASES

_MADE: Final = Tally("catalog_nbo_decisions", "Decisions that were made, by what they rest on.", "basis", BASES)
_ANEW: Final = Tally(
    "catalog_nbo_decisions_anew", "Times that a decision was made once more, because something moved meanwhile."
)


def made(basis: str) -> None:
    """Count a decision that was written down."""
    _MADE.add(basis)


def anew() -> None:
    """Count a decision that has to be made once more."""
    _ANEW.add()
