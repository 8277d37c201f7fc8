"""What is to be handed over now: oldest first, and quickly, however much was handed over before."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, literal, literal_column, or_, select
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import LEASED, PAUSED, WAITING, Campaign, Delivery
from catalog_app.campaigns.trial import is_counted

_STATUSES: Final = (LEASED, WAITING)
"""Both may be due: what waits, and what was leased and not heard of again. `next_at` says when, in either state."""
_IS_OPEN: Final[ColumnElement[Any]] = literal_column("delivery.status IN ('waiting', 'leased', 'held')")
"""Word for word what the index over open deliveries says of itself: only so does SQLite use it."""


def take_due(
    session: Session, now: datetime, *, sender: str, limit: int, campaign_id: int | None = None
) -> Sequence[Delivery]:
    """Return what is due, locked until the transaction ends; what another transaction holds is passed over.

    Nothing of a campaign that is paused, but what is a test.
    """
    found = [
        delivery
        for status in _STATUSES
        for delivery in session.scalars(
            select(Delivery)
            .where(*_due(now, status, (sender,), campaign_id))
            .order_by(Delivery.next_at, Delivery.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ]
    return sorted(found, key=lambda delivery: (delivery.next_at or now, delivery.id))[:limit]


def is_due(session: Session, now: datetime, *, sender: str, campaign_id: int | None = None) -> bool:
    """Return whether there is anything: who only looks needs no lock."""
    queries = (select(Delivery.id).where(*_due(now, status, (sender,), campaign_id)).limit(1) for status in _STATUSES)
    return any(session.execute(query).first() is not None for query in queries)


def campaigns_due(session: Session, now: datetime, senders: Collection[str]) -> Sequence[int]:
    """Return the campaigns that have something to be handed over by one of these senders."""
    queries = (select(Delivery.campaign_id).distinct().where(*_due(now, status, senders, None)) for status in _STATUSES)
    return sorted({campaign_id for query in queries for campaign_id in session.scalars(query)})


def in_state(status: str, senders: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of what these senders have in an open state, as the index takes them."""
    # Not a parameter: an index over some rows is used only where the statement itself says that it is about those.
    written = literal(status, literal_execute=True)
    return _IS_OPEN, Delivery.sender.in_(senders), Delivery.status == written


def _due(
    now: datetime, status: str, senders: Collection[str], campaign_id: int | None
) -> tuple[ColumnElement[bool], ...]:
    is_paused = select(Campaign.id).where(Campaign.status == PAUSED)
    # A test is handed over all the same: it is there to be looked at before the campaign goes on.
    may_leave = or_(Delivery.campaign_id.not_in(is_paused), ~is_counted())
    conditions = (*in_state(status, senders), Delivery.next_at <= now, may_leave)
    return conditions if campaign_id is None else (*conditions, Delivery.campaign_id == campaign_id)
