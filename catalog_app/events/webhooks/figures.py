"""What a monitoring system is told of webhooks: events that an address did not take at the first try."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import func, select

from catalog_app.core.db import db
from catalog_app.core.metrics import Sample
from catalog_app.events.webhooks.models import DEAD, WAITING, Webhook, WebhookDelivery

_EVENTS: Final = ("catalog_webhook_events", "Events that wait for another try, or were given up.")


class WebhookFigures:
    """Reads the figures from the database: they are the same whichever worker is asked."""

    def samples(self) -> Iterator[Sample]:
        session = db.session()
        told = WebhookDelivery.webhook_id.in_(select(Webhook.id)), WebhookDelivery.status.in_((WAITING, DEAD))
        query = select(WebhookDelivery.status, func.count()).where(*told).group_by(WebhookDelivery.status)
        counts: dict[str, int] = {row[0]: row[1] for row in session.execute(query)}
        for status in (WAITING, DEAD):
            yield Sample(*_EVENTS, {"status": status}, counts.get(status, 0))
