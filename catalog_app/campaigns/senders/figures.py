"""What a monitoring system is told of deliveries: what waits, for how long, and what was given up."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import DEAD, HELD, LEASED, WAITING, Campaign, Delivery
from catalog_app.campaigns.senders.due import in_state
from catalog_app.campaigns.senders.registry import SENDERS
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.metrics import Sample

_OPEN: Final = ("catalog_deliveries_open", "Messages that are promised and not handed over yet.")
_DEAD: Final = ("catalog_deliveries_dead", "Messages that were given up and can be sent again by hand.")
_OLDEST: Final = (
    "catalog_deliveries_oldest_due_seconds",
    "For how long the oldest message that could be handed over has waited; 0 where none does.",
)


class DeliveryFigures:
    """Reads the figures from the database: they are the same whichever worker is asked."""

    def samples(self) -> Iterator[Sample]:
        session, now = db.session(), utcnow()
        dead = _dead(session)
        for sender in (known.name for known in SENDERS):
            for status in (WAITING, LEASED, HELD):
                count = session.scalar(select(func.count()).where(*in_state(status, (sender,)))) or 0
                yield Sample(*_OPEN, {"status": status, "sender": sender}, count)
            yield Sample(*_DEAD, {"sender": sender}, dead.get(sender, 0))
            yield Sample(*_OLDEST, {"sender": sender}, _oldest(session, sender, now))


def _dead(session: Session) -> dict[str, int]:
    # Asked by campaign, because that is how the index tells those few from the many that were sent.
    of_campaigns = Delivery.campaign_id.in_(select(Campaign.id))
    query = select(Delivery.sender, func.count()).where(of_campaigns, Delivery.status == DEAD).group_by(Delivery.sender)
    return {row.sender: row[1] for row in session.execute(query)}


def _oldest(session: Session, sender: str, now: datetime) -> float:
    due_at = session.scalar(select(func.min(Delivery.next_at)).where(*in_state(WAITING, (sender,))))
    return 0.0 if due_at is None else max(0.0, (now - due_at).total_seconds())
