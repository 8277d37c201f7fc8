"""One event handed to the address of a subscription once, under an id that stays."""

from datetime import datetime
from typing import Self

import orjson

from catalog_app.core import courier
from catalog_app.core.courier import Outcome
from catalog_app.events.webhooks.models import Webhook
from catalog_app.events.webhooks.shapes import Event


class Courier:
    """Hands events to the address of one subscription; what goes wrong is an outcome, never an error."""

    def __init__(self, webhook: Webhook) -> None:
        self._webhook_id = webhook.id
        self._courier = courier.Courier(webhook.url, webhook.secret)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._courier.__exit__()

    def send(self, event: Event, now: datetime) -> Outcome:
        """Hand the event over. The same event has the same `webhook-id`, however often it is sent."""
        return self._courier.send(message_id(self._webhook_id, event), orjson.dumps(event.body), now)


def message_id(webhook_id: int, event: Event) -> str:
    """Return what an event is called towards one subscription, the same at every try and replay."""
    return f"msg_{webhook_id}_{event.id}"
