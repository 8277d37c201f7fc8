"""One event, signed as Standard Webhooks says and handed to its address once."""

import secrets
import time
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final, Self

import orjson

from catalog_app.core.errors import FatalError
from catalog_app.core.http import AddressPolicy, Poster, PostFailedError, asked_to_wait
from catalog_app.core.sealing import NoKeyError, NotOurSealError, unseal
from catalog_app.core.wiring import settings
from catalog_app.events.webhooks.models import Webhook
from catalog_app.events.webhooks.shapes import Event

SECONDS: Final = 10
"""How long an address may take from connecting to the head of its answer."""
_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


@dataclass(frozen=True)
class Outcome:
    """What came of handing an event over. `is_gone`: the address wants nothing more, ever."""

    status: int | None = None
    error: str | None = None
    retry_after: float | None = None

    @property
    def is_delivered(self) -> bool:
        return self.error is None

    @property
    def is_gone(self) -> bool:
        return self.status == HTTPStatus.GONE


class Courier:
    """Hands events to the address of one subscription; what goes wrong is an outcome, never an error."""

    def __init__(self, webhook: Webhook) -> None:
        self._webhook_id = webhook.id
        self._fault: str | None = None
        self._poster: Poster | None = None
        self._secret: str | None = None
        try:
            self._secret = unseal(webhook.secret) if webhook.secret is not None else None
            self._poster = Poster(webhook.url, policy=policy(), seconds=SECONDS, monotonic=time.monotonic)
        except FatalError as fault:
            self._fault = str(fault)
        except (NoKeyError, NotOurSealError):
            self._fault = "its secret cannot be opened with CATALOG_ENCRYPTION_KEYS"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._poster is not None:
            self._poster.__exit__()

    def send(self, event: Event, now: datetime) -> Outcome:
        """Hand the event over. The same event has the same `webhook-id`, however often it is sent."""
        if self._poster is None:
            return Outcome(error=self._fault)
        content = orjson.dumps(event.body)
        try:
            answer = self._poster.post(content, self._headers(event, content, now))
        except PostFailedError as fault:
            return Outcome(error=fault.what)
        if answer.is_success:
            return Outcome(answer.status)
        return Outcome(answer.status, f"it answered {answer.status}", asked_to_wait(answer, now))

    def _headers(self, event: Event, content: bytes, now: datetime) -> dict[str, str]:
        from standardwebhooks import Webhook as Signer  # noqa: PLC0415  # only who sends signs

        message = message_id(self._webhook_id, event)
        headers = {"Content-Type": "application/json", "webhook-id": message}
        headers["webhook-timestamp"] = str(int(now.timestamp()))
        if self._secret is not None:
            headers["webhook-signature"] = Signer(self._secret).sign(message, now, content.decode())
        return headers


def message_id(webhook_id: int, event: Event) -> str:
    """Return what an event is called towards one subscription, the same at every try and replay."""
    return f"msg_{webhook_id}_{event.id}"


def new_secret() -> str:
    """Return a signing secret as Standard Webhooks writes it."""
    return _PREFIX + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def policy() -> AddressPolicy:
    """Return which hosts may be told of events."""
    given = settings()
    return AddressPolicy(allow_loopback=given.allow_loopback_sources, allowed_hosts=given.webhook_hosts)
