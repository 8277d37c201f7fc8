"""Messages signed as Standard Webhooks says, handed to one address: once each, and what came of it."""

import secrets
import time
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final, Self
from urllib.parse import urlsplit

from catalog_app.core.errors import FatalError, RuleError, Sentence
from catalog_app.core.http import AddressPolicy, Origin, Poster, PostFailedError, asked_to_wait
from catalog_app.core.sealing import NoKeyError, NotOurSealError, unseal
from catalog_app.core.wiring import settings

SECONDS: Final = 10
"""How long an address may take from connecting to the head of its answer."""
MAX_URL: Final = 2000
_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


@dataclass(frozen=True)
class Outcome:
    """What came of handing a message over. `is_gone`: the address wants nothing more, ever."""

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
    """Hands messages to one address; what goes wrong is an outcome, never an error. Not for several threads at once.

    `sealed` is the sealed secret that signs them; None where they are not signed.
    """

    def __init__(self, url: str, sealed: str | None) -> None:
        self._fault: str | None = None
        self._poster: Poster | None = None
        self._secret: str | None = None
        try:
            self._secret = unseal(sealed) if sealed is not None else None
            self._poster = Poster(url, policy=webhook_policy(), seconds=SECONDS, monotonic=time.monotonic)
        except FatalError as fault:
            self._fault = str(fault)
        except (NoKeyError, NotOurSealError):
            self._fault = "its secret cannot be opened with CATALOG_ENCRYPTION_KEYS"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._poster is not None:
            self._poster.__exit__()

    def send(self, message_id: str, content: bytes, now: datetime) -> Outcome:
        """Hand a JSON message over; `message_id` is the same whenever the same is sent."""
        if self._poster is None:
            return Outcome(error=self._fault)
        try:
            answer = self._poster.post(content, self._headers(message_id, content, now))
        except PostFailedError as fault:
            return Outcome(error=fault.what)
        if answer.is_success:
            return Outcome(answer.status)
        return Outcome(answer.status, f"it answered {answer.status}", asked_to_wait(answer, now))

    def _headers(self, message_id: str, content: bytes, now: datetime) -> dict[str, str]:
        from standardwebhooks import Webhook as Signer  # noqa: PLC0415  # only who sends signs

        headers = {"Content-Type": "application/json", "webhook-id": message_id}
        headers["webhook-timestamp"] = str(int(now.timestamp()))
        if self._secret is not None:
            headers["webhook-signature"] = Signer(self._secret).sign(message_id, now, content.decode())
        return headers


def new_secret() -> str:
    """Return a signing secret as Standard Webhooks writes it."""
    return _PREFIX + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def webhook_policy() -> AddressPolicy:
    """Return which hosts may be told of anything."""
    given = settings()
    return AddressPolicy(allow_loopback=given.allow_loopback_sources, allowed_hosts=given.webhook_hosts)


def checked_url(url: str, *, field: str = "url") -> str:
    """Return an address that messages may be sent to; raise RuleError for any other.

    Decided again, on the very address, each time that something is sent.
    """
    try:
        if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
            raise RuleError(
                {field: Sentence("Use an http or https address of at most %(most)s plain characters.", most=MAX_URL)}
            )
        origin = Origin.of(url)
        if urlsplit(url).fragment:
            raise RuleError({field: Sentence("Leave out what follows the #; it is never sent.")})
        webhook_policy().resolve(origin.host, origin.port)
    except FatalError as fault:
        raise RuleError({field: f"{str(fault)[:1].upper()}{str(fault)[1:]}."}) from None
    except (OSError, ValueError):
        # A name that nobody knows yet may be known when something is sent.
        pass
    return url
