"""Who delivers to an address now: one process at a time, proved by a number that only rises."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.orm import Session

from catalog_app.core.db import writing
from catalog_app.core.errors import CatalogError
from catalog_app.events.webhooks.models import Webhook

SECONDS: Final = 60
"""How long a claim stands without being extended; several times what one delivery may take."""


_FAR: Final = timedelta(seconds=10 * SECONDS)
"""How far ahead a claim cannot stand: further than clocks differ and than anybody waits between looking and taking."""


class DeliveryLostError(CatalogError):
    """Another process delivers to this address by now, or nobody is to any more; this one notes nothing more."""


@dataclass(frozen=True)
class Claim:
    """What this process holds: the subscription, and the number that proves it."""

    webhook_id: int
    number: int


def take(webhook_id: int, now: datetime) -> tuple[Claim, Webhook] | None:
    """Claim a subscription and return it as it stands; None where it is held, switched off, or gone."""
    with writing() as session:
        webhook = session.get(Webhook, webhook_id, with_for_update=True)
        if webhook is None or webhook.disabled_at is not None or not _is_free(webhook, now):
            return None
        webhook.lease_number += 1
        webhook.lease_expires_at = now + timedelta(seconds=SECONDS)
        return Claim(webhook_id, webhook.lease_number), webhook


def note(session: Session, claim: Claim, now: datetime, **values: Any) -> None:
    """Write down how far a claim has come, and extend it; raise DeliveryLostError where it does not stand any more."""
    extended = now + timedelta(seconds=SECONDS)
    mine = (Webhook.id == claim.webhook_id, Webhook.lease_number == claim.number)
    statement = update(Webhook).where(*mine).values(lease_expires_at=extended, **values)
    if session.connection().execute(statement).rowcount != 1:
        raise DeliveryLostError("Another process delivers to this address by now.")


def give_back(claim: Claim) -> None:
    """Let others deliver at once."""
    mine = (Webhook.id == claim.webhook_id, Webhook.lease_number == claim.number)
    with writing() as session:
        session.connection().execute(update(Webhook).where(*mine).values(lease_expires_at=None))


def is_free(now: datetime) -> ColumnElement[bool]:
    """Return the condition of subscriptions that nobody holds; a clock that was put back does not hold one for long."""
    until = Webhook.lease_expires_at
    return or_(until.is_(None), until <= now, until > now + _FAR)


def _is_free(webhook: Webhook, now: datetime) -> bool:
    until = webhook.lease_expires_at
    return until is None or not now < until <= now + _FAR
