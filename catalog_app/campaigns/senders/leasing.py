"""Leasing what is due to one taker at a time: the campaign engine, or a process that goes to the other side itself.

A lease is a token and a time. Whoever is not heard of until then loses it, and the messages are leased again.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import DEAD, LEASED, Campaign, Delivery
from catalog_app.campaigns.senders.due import is_due, take_due
from catalog_app.campaigns.senders.parcels import Parcel
from catalog_app.campaigns.triggering.refreshing import refresh
from catalog_app.contacts.policy import policy_of
from catalog_app.contacts.quiet import not_before
from catalog_app.core.backoff import GIVE_UP_AFTER, next_try
from catalog_app.core.db import db, writing

MAX_SILENCES: Final = 10
"""How often a message may be leased and not heard of again before it is given up, a day after the first time."""
NEVER_HEARD: Final = "it was leased again and again, and never acknowledged"
_TOKEN_BYTES: Final = 16
_ROUNDS: Final = 10
"""How often it is looked for more where what was due may not go out after all."""
_deliveries: Final = Delivery.metadata.tables[Delivery.__tablename__]


@dataclass(frozen=True)
class Lease:
    """Messages for one taker until a moment; none where nothing was due."""

    token: str
    until: datetime
    parcels: Sequence[Parcel]


def lease(now: datetime, *, sender: str, limit: int, seconds: int, campaign_id: int | None = None) -> Lease:
    """Lease what is due, oldest first. Parallel takers never get the same.

    What its campaign or product no longer stands for is held or cancelled instead, and what would come in the quiet
    hours of its customer waits for their end. Each round is a write transaction of its own; there is none where
    nothing is due.
    """
    token, until = secrets.token_hex(_TOKEN_BYTES), now + timedelta(seconds=seconds)
    parcels: list[Parcel] = []
    for _ in range(_ROUNDS):
        wanted = limit - len(parcels)
        db.session().rollback()
        if not wanted or not is_due(db.session(), now, sender=sender, campaign_id=campaign_id):
            break
        with writing() as session:
            found = take_due(session, now, sender=sender, limit=wanted, campaign_id=campaign_id)
            parcels += _leased(session, found, now, token, until)
        if not found:
            break
    return Lease(token, until, parcels)


@dataclass(frozen=True, slots=True)
class _About:
    """What is asked of a campaign here: its name, and its own quiet hours."""

    id: int
    name: str
    quiet_from: str | None
    quiet_to: str | None


def _leased(
    session: Session, found: Sequence[Delivery], now: datetime, token: str, until: datetime
) -> Sequence[Parcel]:
    campaigns = _campaigns(session, {delivery.campaign_id for delivery in found})
    heard = [delivery for delivery in found if not _is_given_up(delivery, now)]
    going = refresh(session, _awake(session, heard, campaigns, now), now)
    session.flush()
    by_attempts = sorted(going, key=lambda delivery: delivery.attempts)
    for attempts, deliveries in groupby(by_attempts, key=lambda delivery: delivery.attempts):
        values = {
            "status": LEASED,
            "lease": token,
            "leased_until": until,
            # When it is due again should nobody be heard of: later each time, so that it lets others by.
            "next_at": max(until, next_try(attempts + 1, now)),
            "attempts": attempts + 1,
            "give_up_at": func.coalesce(_deliveries.c.give_up_at, now + GIVE_UP_AFTER),
        }
        which = _deliveries.c.id.in_([delivery.id for delivery in deliveries])
        session.connection().execute(update(_deliveries).where(which).values(values))
    return [
        Parcel.of(delivery, campaigns[delivery.campaign_id].name, attempt=delivery.attempts + 1) for delivery in going
    ]


def _campaigns(session: Session, campaign_ids: Collection[int]) -> Mapping[int, _About]:
    columns = (Campaign.id, Campaign.name, Campaign.quiet_from, Campaign.quiet_to)
    return {row.id: _About(*row) for row in session.execute(select(*columns).where(Campaign.id.in_(campaign_ids)))}


def _is_given_up(delivery: Delivery, now: datetime) -> bool:
    """Return whether so many takers fell silent over this one that it is given up; then it is."""
    is_last = delivery.give_up_at is not None and delivery.give_up_at <= now and delivery.attempts >= MAX_SILENCES
    if delivery.status == LEASED and is_last:
        delivery.status, delivery.ended_at, delivery.last_error = DEAD, now, NEVER_HEARD
        delivery.next_at = delivery.leased_until = None
    return delivery.status == DEAD


def _awake(
    session: Session, deliveries: Sequence[Delivery], campaigns: Mapping[int, _About], now: datetime
) -> Sequence[Delivery]:
    """Return those that come in no customer's quiet hours, and let the others wait for the end of them.

    A message may be late: it was tried again, or fetched hours after it was promised.
    """
    policy = policy_of(session)
    awake = []
    for delivery in deliveries:
        about = campaigns[delivery.campaign_id]
        quiet = about if about.quiet_from else policy
        quiet_until = not_before(quiet.quiet_from, quiet.quiet_to, delivery.time_zone or policy.time_zone, now)
        if quiet_until is None:
            awake.append(delivery)
        else:
            # As it was: what somebody leased and has not been heard of since may still be said to be sent.
            delivery.leased_until = None
            delivery.not_before = delivery.next_at = quiet_until
    return awake
