"""Webhooks and deliveries as JSON shows them. The secret is shown once, by whoever made it, and never here."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_app.core.json_values import as_json
from catalog_app.events.feed import cursor_text
from catalog_app.events.webhooks.models import DEAD, WAITING, Webhook, WebhookDelivery
from catalog_app.events.webhooks.sending import message_id
from catalog_app.events.webhooks.shapes import Event

WEBHOOK = (
    "id", "url", "event_types", "description", "delivered", "last_success_at", "last_failure_at", "disabled_at",
    "disabled_because", "created_at", "created_by",
)  # fmt: skip
DELIVERY = (
    "id", "event_type", "status", "attempts", "next_at", "last_status", "last_error", "created_at", "ended_at",
)  # fmt: skip


def webhook_documents(session: Session, webhooks: Collection[Webhook]) -> list[dict[str, Any]]:
    """Return subscriptions with how many events wait for another try, and how many were given up."""
    counts = counts_of(session, [webhook.id for webhook in webhooks])
    return [
        {
            **{name: as_json(getattr(webhook, name)) for name in WEBHOOK},
            "format": webhook.shape,
            "is_signed": webhook.secret is not None,
            "cursor": cursor_text(webhook.position),
            WAITING: counts.get((webhook.id, WAITING), 0),
            DEAD: counts.get((webhook.id, DEAD), 0),
        }
        for webhook in webhooks
    ]


def delivery_document(delivery: WebhookDelivery) -> dict[str, Any]:
    """Return an event that was not taken at once. `cursor` is where the change feed tells of the same."""
    shown = {name: as_json(getattr(delivery, name)) for name in DELIVERY}
    event = Event(delivery.event_id, delivery.event_type, {})
    return {**shown, "webhook_id": message_id(delivery.webhook_id, event), "cursor": cursor_text(delivery.revision_id)}


def given_up(session: Session) -> int:
    """Return how many events were given up, whoever was to be told of them."""
    query = select(func.count()).select_from(WebhookDelivery).where(WebhookDelivery.status == DEAD)
    return session.execute(query).scalar_one()


def counts_of(session: Session, ids: Collection[int]) -> Mapping[tuple[int, str], int]:
    """Return by (webhook, status) how many events wait for another try, and how many were given up."""
    query = (
        select(WebhookDelivery.webhook_id, WebhookDelivery.status, func.count())
        .where(WebhookDelivery.webhook_id.in_(ids), WebhookDelivery.status.in_((WAITING, DEAD)))
        .group_by(WebhookDelivery.webhook_id, WebhookDelivery.status)
    )
    return {(webhook_id, status): count for webhook_id, status, count in session.execute(query)}
