"""How far the data carry: whether a training would find enough for each rung of the ladder. Counted, not learned."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from catalog_app.recommendations.models import ACCEPTED, HELD, FeedbackEvent

AFFINITY_CUSTOMERS: Final = 500
RATE_ACCEPTANCES: Final = 10
FULL_ACCEPTANCES: Final = 50


@dataclass(frozen=True)
class Readiness:
    """What there is, each no further than the rung that needs it, and what each rung needs."""

    customers: int
    acceptances: int
    needed_customers: int = AFFINITY_CUSTOMERS
    needed_rate: int = RATE_ACCEPTANCES
    needed_full: int = FULL_ACCEPTANCES


def readiness(session: Session) -> Readiness:
    """Return how many customers with holdings, and how many acceptances, were told. Two looks that end where it is enough."""
    holds = or_(FeedbackEvent.event.in_((ACCEPTED, HELD)), FeedbackEvent.owned.is_not(None))
    customers = select(FeedbackEvent.customer).where(holds).distinct().limit(AFFINITY_CUSTOMERS).subquery()
    accepted = select(FeedbackEvent.id).where(FeedbackEvent.event == ACCEPTED).limit(FULL_ACCEPTANCES).subquery()
    return Readiness(
        customers=session.execute(select(func.count()).select_from(customers)).scalar_one(),
        acceptances=session.execute(select(func.count()).select_from(accepted)).scalar_one(),
    )
