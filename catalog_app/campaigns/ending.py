"""What becomes of deliveries that are still to go out when their campaign ends."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import CANCELLED, HELD, LEASED, PAUSED, WAITING, Campaign, Delivery
from catalog_app.campaigns.triggering.redeciding import end, take_back

AT_ONCE: Final = 1000
"""How many are in memory at the same time."""
_NEVER_BACK: Final = {"code": "ended", "rule": "status", "message": "The campaign ended before its product came back."}
_PAUSED: Final = {"code": "ended", "rule": "status", "message": "The campaign was ended while it was paused."}


def let_go(session: Session, campaign: Campaign, was: str, now: datetime) -> None:
    """Give up what a campaign holds that ends now; what it promised goes out, unless it `was` paused.

    Somebody paused it to stop its messages: they must not leave all at once because it ends.
    """
    held = update(Delivery).where(Delivery.campaign_id == campaign.id, Delivery.status == HELD)
    session.execute(
        held.values(status=CANCELLED, reasons=[_NEVER_BACK], ended_at=now, next_at=None),
        execution_options={"synchronize_session": False},
    )
    if was == PAUSED:
        for deliveries in _unsent(session, campaign.id):
            take_back(session, [delivery for delivery in deliveries if not delivery.attempts])
            end(deliveries, CANCELLED, [_PAUSED], now)
            session.flush()


def _unsent(session: Session, campaign_id: int) -> Iterator[Sequence[Delivery]]:
    """Yield what may be handed over yet, or once more, some at a time, held for the transaction."""
    unsent = select(Delivery).where(Delivery.campaign_id == campaign_id, Delivery.status.in_((WAITING, LEASED)))
    ordered, last = unsent.order_by(Delivery.id).limit(AT_ONCE).with_for_update(), 0
    while found := session.scalars(ordered.where(Delivery.id > last)).all():
        last = found[-1].id
        yield found
