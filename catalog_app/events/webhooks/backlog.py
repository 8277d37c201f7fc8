"""What was not taken at once: set aside, tried again, given up. Rows of one subscription, under its claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from catalog_app.core.backoff import GIVE_UP_AFTER, next_try
from catalog_app.core.courier import Outcome
from catalog_app.events.webhooks.models import DEAD, DELIVERED, WAITING, WebhookDelivery
from catalog_app.events.webhooks.shapes import Event

ILL_FROM: Final = 10
"""How many events may wait for another try before nothing new is sent to their address."""
_NO_TRY: Final = Outcome(error="an event before it was not taken")


@dataclass(frozen=True)
class Waiting:
    """An event that is due for another try."""

    id: int
    revision_id: int
    event_id: str
    attempts: int
    give_up_at: datetime


def due(session: Session, webhook_id: int, now: datetime) -> list[Waiting]:
    """Return what is to be tried again now, oldest first."""
    columns = ("id", "revision_id", "event_id", "attempts", "give_up_at")
    query = (
        select(*(getattr(WebhookDelivery, name) for name in columns))
        .where(*_waiting(webhook_id), WebhookDelivery.next_at <= now)
        .order_by(WebhookDelivery.revision_id, WebhookDelivery.id)
        .limit(ILL_FROM)
    )
    return [Waiting(*row) for row in session.execute(query)]


def is_ill(session: Session, webhook_id: int) -> bool:
    """Return whether so much waits that nothing new is to be sent."""
    query = select(func.count()).select_from(WebhookDelivery).where(*_waiting(webhook_id))
    return session.execute(query).scalar_one() >= ILL_FROM


def set_aside(
    session: Session, webhook_id: int, revision_id: int, events: Sequence[Event], outcome: Outcome, now: datetime
) -> None:
    """Let events of one revision wait: the first was not taken, the others were not sent yet."""
    for number, event in enumerate(events):
        tried = outcome if number == 0 else _NO_TRY
        delivery = _found(session, webhook_id, event.id) or WebhookDelivery(webhook_id=webhook_id, event_id=event.id)
        delivery.revision_id, delivery.event_type = revision_id, event.type
        delivery.status, delivery.attempts = WAITING, 1 if number == 0 else 0
        delivery.next_at = next_try(1, now, asked=tried.retry_after)
        delivery.give_up_at = now + GIVE_UP_AFTER
        delivery.last_status, delivery.last_error = tried.status, tried.error
        delivery.created_at, delivery.ended_at = now, None
        session.add(delivery)


def note_try(session: Session, waiting: Waiting, outcome: Outcome, now: datetime, *, is_last: bool) -> None:
    """Write down what came of another try: the event was taken, waits on, or is given up with the last one."""
    delivery = session.get_one(WebhookDelivery, waiting.id)
    delivery.attempts = waiting.attempts + 1
    delivery.last_status, delivery.last_error = outcome.status, outcome.error
    if outcome.is_delivered or is_last:
        delivery.status, delivery.next_at, delivery.ended_at = DELIVERED if outcome.is_delivered else DEAD, None, now
    else:
        delivery.next_at = next_try(delivery.attempts, now, asked=outcome.retry_after)


def hurry(session: Session, webhook_id: int, now: datetime) -> None:
    """Make everything that waits due now: the receiver is back."""
    statement = update(WebhookDelivery).where(*_waiting(webhook_id), WebhookDelivery.next_at > now)
    session.connection().execute(statement.values(next_at=now))


def _found(session: Session, webhook_id: int, event_id: str) -> WebhookDelivery | None:
    of_event = (WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.event_id == event_id)
    return session.scalars(select(WebhookDelivery).where(*of_event)).first()


def _waiting(webhook_id: int) -> tuple[ColumnElement[bool], ...]:
    return WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.status == WAITING
