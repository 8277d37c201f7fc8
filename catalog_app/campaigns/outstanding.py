"""What a campaign has promised and not handed over yet: counted before somebody ends it."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import HELD, LEASED, WAITING, Delivery


@dataclass(frozen=True)
class Outstanding:
    """`waiting` messages are handed over whatever happens; `held` ones wait for the product to come back."""

    waiting: int
    held: int


def outstanding(session: Session, campaign_id: int) -> Outstanding:
    """Return how many messages of a campaign are still to come. One query over what is open."""
    query = (
        select(Delivery.status, func.count())
        .where(Delivery.campaign_id == campaign_id, Delivery.status.in_((WAITING, LEASED, HELD)))
        .group_by(Delivery.status)
    )
    counted: dict[str, int] = {row[0]: row[1] for row in session.execute(query)}
    return Outstanding(counted.get(WAITING, 0) + counted.get(LEASED, 0), counted.get(HELD, 0))
