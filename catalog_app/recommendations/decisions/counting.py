"""What a monitoring system is told of decisions: how many were made on what, and how many more than once."""

from typing import Final

from prometheus_client import Counter

from catalog_app.recommendations.models import BASES

_MADE: Final = Counter("catalog_nbo_decisions", "Decisions that were made, by what they rest on.", ("basis",))
_ANEW: Final = Counter(
    "catalog_nbo_decisions_anew", "Times that a decision was made once more, because something moved meanwhile."
)
_BY_BASIS: Final = {basis: _MADE.labels(basis) for basis in BASES}


def made(basis: str) -> None:
    """Count a decision that was written down."""
    _BY_BASIS[basis].inc()


def anew() -> None:
    """Count a decision that has to be made once more."""
    _ANEW.inc()
