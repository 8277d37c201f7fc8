"""What a receiver was told, and products that change for it to be told of."""

import json
from datetime import datetime, timedelta
from typing import Any

from standardwebhooks import Webhook as Verifier

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.events.webhooks.delivering import deliver
from catalog_app.events.webhooks.models import Webhook, WebhookDelivery
from tests.core.http.hostile import Asked, HostileServer
from tests.support.api import Program


class SetClock:
    """A clock that a test sets on; it goes by itself otherwise, so that signatures stay of today."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return utcnow() + self._ahead

    def goes_on(self, **by: float) -> None:
        self._ahead += timedelta(**by)


def subscribed(api: Program, receiver: HostileServer, **values: Any) -> dict[str, Any]:
    answer = api.post("/webhooks/", {"url": f"{receiver.url}/told?key=1", **values})
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def made(api: Program, name: str = "Weekend 5 GB") -> int:
    return int(api.post("/products/", {"name": name, "product_type": "data"}).json["id"])


def renamed(api: Program, number: int, name: str) -> None:
    assert api.patch(f"/products/{number}/", {"name": name}).status_code == 200


def verified(asked: Asked, secret: str) -> dict[str, Any]:
    """Return the body of a delivery whose signature is good; raise where it is not."""
    body: dict[str, Any] = Verifier(secret).verify(asked.body, dict(asked.headers))
    return body


def names(receiver: HostileServer) -> list[str]:
    return [json.loads(asked.body)["data"]["product"]["name"] for asked in receiver.asked]


def ids(receiver: HostileServer) -> list[str]:
    return [asked.headers["webhook-id"] for asked in receiver.asked]


def turn(webhook_id: int, clock: SetClock | None = None) -> int:
    """Deliver once, and forget what the session read."""
    try:
        return deliver(webhook_id, clock=clock or utcnow)
    finally:
        db.session.remove()


def rows() -> list[WebhookDelivery]:
    db.session().rollback()
    return list(db.session().query(WebhookDelivery).order_by(WebhookDelivery.id))


def webhook(webhook_id: int) -> Webhook:
    return db.session().get_one(Webhook, webhook_id, populate_existing=True)
