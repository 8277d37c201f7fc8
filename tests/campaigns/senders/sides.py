"""The other sides of the senders, each a real one: what the contract asks of every sender is asked of them."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import orjson
import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from structlog.testing import capture_logs

from catalog_app.campaigns.senders.acknowledging import Acknowledgement, acknowledge
from catalog_app.campaigns.senders.handing import hand_over
from catalog_app.campaigns.senders.leasing import Lease, lease
from tests.core.http.hostile import Asked, HostileServer, Say

LEASE_SECONDS = 120


class CrashError(BaseException):
    """The process ends at this very moment."""


class Side(Protocol):
    """One other side: what it got, in order, and whether it takes what it gets."""

    sender: str
    config: dict[str, Any]
    got: list[int]
    refuses: bool

    def run(self, campaign_id: int, now: datetime) -> None:
        """Let everything be handed over that is due at this moment."""
        ...

    def crash(self, campaign_id: int, now: datetime) -> None:
        """Let one message be handed over by a process that ends before it notes that."""
        ...


@dataclass
class Engine:
    """A campaign engine that reads the outbox."""

    sender: str = "outbox"
    config: dict[str, Any] = field(default_factory=dict)
    got: list[int] = field(default_factory=list)
    refuses: bool = False

    def lease(self, now: datetime, limit: int = 1000) -> Lease:
        leased = lease(now, sender="outbox", limit=limit, seconds=LEASE_SECONDS)
        self.got += [parcel.delivery_id for parcel in leased.parcels if not self.refuses]
        return leased

    def run(self, campaign_id: int, now: datetime) -> None:  # noqa: ARG002  # it reads what all campaigns have
        leased = self.lease(now)
        status = "failed" if self.refuses else "sent"
        if leased.parcels:
            items = [{"delivery_id": parcel.delivery_id, "status": status} for parcel in leased.parcels]
            acknowledge(Acknowledgement.check({"lease": leased.token, "items": items}), now)

    def crash(self, campaign_id: int, now: datetime) -> None:  # noqa: ARG002  # the same
        self.lease(now, limit=1)


class Pushed:
    """What is common to all to whom a sender goes by itself."""

    def run(self, campaign_id: int, now: datetime) -> None:
        hand_over(campaign_id, clock=lambda: now)

    def crash(self, campaign_id: int, now: datetime) -> None:
        asked = iter(range(100))

        def crashing() -> bool:
            # It is asked before the turn, before the first message, and before the second.
            if next(asked) == 2:
                raise CrashError
            return False

        try:
            hand_over(campaign_id, clock=lambda: now, stopping=crashing)
        except CrashError:
            return
        raise AssertionError("the process went on")


class Receiver(Pushed):
    """A server that takes webhooks."""

    sender = "webhook"

    def __init__(self) -> None:
        self.server = HostileServer()
        self.server.script = self._say
        self.config: dict[str, Any] = {"url": f"{self.server.url}/messages?key=abc"}
        self.got: list[int] = []
        self.refuses = False

    def _say(self, asked: Asked) -> Say:
        if self.refuses:
            return Say(status=400)
        self.got.append(orjson.loads(asked.body)["data"]["delivery_id"])
        return Say(status=204)


class _AnyPort(Controller):
    """Listens wherever there is room."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = int(self.server.sockets[0].getsockname()[1])
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd types half of itself


class Mailbox(Pushed):
    """A mail server. `answers` says what it answers to a recipient, and to a message; None takes it."""

    sender = "smtp"

    def __init__(self, **options: Any) -> None:
        self.mails: list[Envelope] = []
        self.got: list[int] = []
        self.refuses = False
        self.to_recipient: Callable[[str], str | None] = lambda _address: None
        self.config: dict[str, Any] = {}
        self.server = _AnyPort(self, hostname="127.0.0.1", port=0, **options)
        self.server.start()

    @property
    def port(self) -> int:
        return self.server.port

    def close(self) -> None:
        if not self.server.loop.is_closed():
            self.server.stop()

    async def handle_RCPT(  # noqa: N802  # the name that aiosmtpd asks for
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.to_recipient(address) or ("451 later" if self.refuses else None)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # the same
        self.mails.append(envelope)
        assert isinstance(envelope.content, bytes)
        self.got.append(int(envelope.content.split(b"Message-ID: <delivery-")[1].split(b".")[0]))
        return "250 OK"


class Reader(Pushed):
    """Somebody who reads the log."""

    sender = "log"

    def __init__(self) -> None:
        self.config: dict[str, Any] = {}
        self.got: list[int] = []
        self.lines: list[Any] = []
        self.refuses = False

    def run(self, campaign_id: int, now: datetime) -> None:
        with self._reading():
            super().run(campaign_id, now)

    def crash(self, campaign_id: int, now: datetime) -> None:
        with self._reading():
            super().crash(campaign_id, now)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        usual = structlog.get_config()["wrapper_class"]
        # Tests say nothing but errors; what these lines are about is said as news.
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
        try:
            with capture_logs() as lines:
                yield
        finally:
            structlog.configure(wrapper_class=usual)
        self.lines += lines
        self.got += [line["delivery"] for line in lines if line["event"] == "campaign message"]
