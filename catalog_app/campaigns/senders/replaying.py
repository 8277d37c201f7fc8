"""Sending again what was given up: by hand, under the id that it had before."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from catalog_app.campaigns.changes import found
from catalog_app.campaigns.models import DEAD, WAITING, Campaign, Delivery
from catalog_app.campaigns.senders.handing import soon
from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.errors import ConflictError, NotFoundError, Sentence


def replay(delivery_id: int) -> Delivery:
    """Let a message that was given up be handed over again, as if it had not been tried; return its delivery.

    It goes out now, or after the quiet hours of its customer; what its product no longer stands for does not go out.
    Raises NotFoundError, ConflictError for one that was not given up, or of which too much was forgotten already.
    """
    now = utcnow()
    with writing() as session:
        delivery = session.get(Delivery, delivery_id, with_for_update=True)
        if delivery is None:
            raise NotFoundError(Sentence("There is no delivery %(number)s.", number=delivery_id))
        if delivery.status != DEAD:
            raise ConflictError(
                Sentence("Delivery %(number)s was not given up, so it is not sent again.", number=delivery_id)
            )
        if delivery.customer_id is None:
            raise ConflictError(
                Sentence("Delivery %(number)s is too old: its customer was forgotten.", number=delivery_id)
            )
        found(session, delivery.campaign_id)
        _wait_again(session, now, Delivery.id == delivery_id)
        session.refresh(delivery)
    soon([delivery.campaign_id])
    return delivery


def replay_dead(campaign_id: int) -> int:
    """Let everything of a campaign that was given up be handed over again; return how much that is."""
    with writing() as session:
        found(session, campaign_id)
        count = _wait_again(session, utcnow(), Delivery.campaign_id == campaign_id, Delivery.customer_id.is_not(None))
    soon([campaign_id])
    return count


def _wait_again(session: Session, now: datetime, *which: ColumnElement[bool]) -> int:
    values = {
        "status": WAITING,
        "next_at": now,
        "attempts": 0,
        "give_up_at": None,
        "ended_at": None,
        # Whoever once leased it has no more say.
        "lease": None,
        # What was given up was left with the sender that its campaign had then.
        "sender": select(Campaign.sender).where(Campaign.id == Delivery.campaign_id).scalar_subquery(),
    }
    given_up = update(Delivery.metadata.tables[Delivery.__tablename__]).where(Delivery.status == DEAD, *which)
    return session.connection().execute(given_up.values(values)).rowcount
