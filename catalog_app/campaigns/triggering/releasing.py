"""Deliveries that waited for their product: decided on from the beginning once it is back."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Final

import structlog
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, undefer

from catalog_app.campaigns.lifecycle import status_at
from catalog_app.campaigns.models import ACTIVE, HELD, Campaign, Delivery
from catalog_app.campaigns.triggering.redeciding import decide_anew
from catalog_app.campaigns.triggering.reserving import held_campaign
from catalog_app.contacts import book
from catalog_app.core.db import writing

log = structlog.get_logger()

AT_ONCE: Final = 200
"""How many share a transaction, so that nobody waits for long."""


def release(campaign_id: int, now: datetime, *, batches: int | None = None) -> int:
    """Decide on what a campaign holds, oldest first, all or so many batches; return how many are promised now.

    Nothing happens as long as the campaign does not run. Whoever comes second finds nothing left to do.
    """
    released, last = 0, 0
    for _ in count() if batches is None else range(batches):
        with writing() as session:
            held = _held(session, campaign_id, now, after=last)
            released += len(decide_anew(session, campaign_id, held, now)) if held else 0
        if not held:
            break
        last = held[-1].id
    if released:
        log.info("held deliveries released", campaign=campaign_id, deliveries=released)
    return released


def _held(session: Session, campaign_id: int, now: datetime, *, after: int) -> Sequence[Delivery]:
    """Hold the next deliveries that wait for the product, their customers and their campaign first."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None or campaign.deleted_at is not None or status_at(campaign, now) != ACTIVE:
        return ()
    waiting = _waiting(campaign_id, after)
    customers = {delivery.customer for delivery in session.scalars(waiting)}
    book.lock(session, customers)
    held_campaign(session, campaign_id)
    # Who came meanwhile is none of those who are held; the next beat finds them.
    known = waiting.where(Delivery.customer.in_(customers)).with_for_update()
    return session.scalars(known, execution_options={"populate_existing": True}).all()


def _waiting(campaign_id: int, after: int) -> Select[Delivery]:
    waiting = select(Delivery).where(Delivery.campaign_id == campaign_id, Delivery.status == HELD, Delivery.id > after)
    return waiting.order_by(Delivery.id).limit(AT_ONCE).options(undefer(Delivery.features))
