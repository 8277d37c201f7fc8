"""What other rooms and every door ask of recommendations."""

from datetime import datetime
from typing import TYPE_CHECKING

from catalog_app.core.clock import utcnow
from catalog_app.recommendations.decisions.asked import Asked, Decided

if TYPE_CHECKING:
    from catalog_app.recommendations.scoring.recommending import Recommended, Similar


def decide(asked: Asked, *, actor: str) -> Decided:
    """Return what to offer, best first; the decision is written down before this returns.

    Needs an application context. Raises RuleError for features that no model could read (NaN, infinity), and
    OperationalError where others hold the database for too long: nothing was decided then.
    """
    from catalog_app.recommendations.decisions import making  # noqa: PLC0415  # numpy, for those who ask

    return making.decide(asked, actor=actor)


def preview(asked: Asked, *, now: datetime | None = None, excluded: int = 0) -> Decided:
    """Return what would be offered, written nowhere and with nothing left to chance; `decision_id` is None.

    `excluded` says of how many products to tell why they are left out, the most valuable first.
    """
    from catalog_app.recommendations.decisions import making  # noqa: PLC0415  # numpy, for those who ask

    return making.preview(asked, now=now or utcnow(), excluded=excluded)


def recommend(asked: Asked) -> "Recommended":
    """Return what goes with what a customer has and is, of what may be offered for certain; nobody writes it down."""
    from catalog_app.recommendations.decisions import making  # noqa: PLC0415  # numpy, for those who ask

    return making.recommend(asked)


def similar(product_id: int, limit: int) -> "Similar":
    """Return what of the products on sale is like this one; raise NotFoundError where it is not there."""
    from catalog_app.recommendations.decisions import making  # noqa: PLC0415  # numpy, for those who ask

    return making.similar_to(product_id, limit)
