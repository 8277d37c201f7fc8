"""Delivering: the events of one subscription, in the order of their revisions, by one process at a time.

What an address does not take at the first try is set aside and tried again by itself, so that one event that a
receiver cannot read keeps no other from it. While more than a few wait, nothing new is sent: the receiver is ill.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.courier import Outcome
from catalog_app.core.db import db, writing
from catalog_app.events.feed import LostPositionError, check_position, horizon, read_feed
from catalog_app.events.models import Revision
from catalog_app.events.webhooks import backlog, leases
from catalog_app.events.webhooks.backlog import Waiting
from catalog_app.events.webhooks.leases import Claim, DeliveryLostError
from catalog_app.events.webhooks.models import Webhook
from catalog_app.events.webhooks.sending import Courier
from catalog_app.events.webhooks.service import to_deliver
from catalog_app.events.webhooks.shapes import Event, shape_named

log = structlog.get_logger()

_BATCH: Final = 50
_NOTED_EVERY: Final = timedelta(seconds=1)
_TURN: Final = timedelta(seconds=30)
"""How long one address is served before others get their turn."""
_GONE: Final = "The address answered 410 Gone: it wants nothing more."
_NO_EVENT: Final = Outcome(error="there is no such event any more")

Clock = Callable[[], datetime]
Stopping = Callable[[], bool]


def deliver(webhook_id: int, *, clock: Clock = utcnow, stopping: Stopping = lambda: False) -> int:
    """Deliver what a subscription has not been told yet, and return how many events its address took.

    Does nothing where another process does. Ends when nothing is left, at the first event that is not taken, after
    half a minute, or when the process is stopping; the next beat goes on.
    """
    taken = leases.take(webhook_id, clock())
    if taken is None:
        return 0
    claim, webhook = taken
    with Courier(webhook) as courier:
        turn = _Turn(claim, webhook, courier, clock, stopping)
        try:
            turn.work()
            leases.give_back(claim)
        except DeliveryLostError:
            log.warning("webhook taken over", webhook=webhook_id)
    return turn.delivered


class WebhookErrands:
    """What is to be told to the addresses of webhooks, for whoever beats."""

    name = "webhook"

    def waiting(self, now: datetime) -> Sequence[int]:
        return to_deliver(db.session(), now)

    def work_on(self, row_id: int, *, stopping: Stopping) -> None:
        deliver(row_id, stopping=stopping)


class _Turn:
    """One turn of one subscription."""

    def __init__(self, claim: Claim, webhook: Webhook, courier: Courier, clock: Clock, stopping: Stopping) -> None:
        self.delivered = 0
        self._claim = claim
        self._shape, self._wanted = shape_named(webhook.shape), frozenset(webhook.event_types)
        self._courier = courier
        self._clock = clock
        self._ends = clock() + _TURN
        self._stopping = stopping
        self._position = webhook.position
        # How many deliveries are not written down yet, and when that was last done.
        self._not_noted, self._noted_at = 0, clock()

    def work(self) -> None:
        if self._try_again() and not backlog.is_ill(_fresh(), self._claim.webhook_id):
            self._go_on()

    def _try_again(self) -> bool:
        """Try again what is due; return whether to go on with what is new."""
        for waiting in backlog.due(_fresh(), self._claim.webhook_id, self._clock()):
            if self._is_over():
                return False
            event = self._event(waiting)
            outcome = _NO_EVENT if event is None else self._send(event)
            if outcome.is_gone:
                self._disable()
                return False
            self._note_try(waiting, outcome, is_last=event is None or waiting.give_up_at <= self._clock())
            if event is not None and not outcome.is_delivered:
                return False
        return True

    def _go_on(self) -> None:
        """Send what is new until nothing is left, the time is over, or an event is not taken."""
        for revision_id, events in self._revisions():
            for number, event in enumerate(events):
                if self._is_over():
                    return self._note()
                outcome = self._send(event)
                if outcome.is_gone:
                    return self._disable()
                if not outcome.is_delivered:
                    return self._set_aside(revision_id, events[number:], outcome)
            self._position = revision_id
            if self._clock() - self._noted_at >= _NOTED_EVERY:
                self._note()
        return self._note()

    def _revisions(self) -> Iterator[tuple[int, list[Event]]]:
        """Yield each new revision with its events; no transaction is open while they are sent."""
        is_last = False
        while not is_last:
            session = _fresh()
            self._find_position(session)
            page = read_feed(session, self._shape.subject_type, after=self._position, limit=_BATCH)
            batch = [(revision.id, self._shape.events(revision, self._wanted)) for revision in page.revisions]
            session.rollback()
            yield from batch
            self._position, is_last = page.position, page.is_last

    def _find_position(self, session: Session) -> None:
        """Go on from the newest change where the position was lost with a database that came back from a backup."""
        try:
            check_position(session, self._position)
        except LostPositionError:
            self._position = horizon(session)
            log.warning("webhook position lost", webhook=self._claim.webhook_id, now_at=self._position)

    def _event(self, waiting: Waiting) -> Event | None:
        session = _fresh()
        revision = session.get(Revision, waiting.revision_id)
        events = self._shape.make(revision) if revision is not None else ()
        session.rollback()
        return next((event for event in events if event.id == waiting.event_id), None)

    def _send(self, event: Event) -> Outcome:
        outcome = self._courier.send(event, self._clock())
        if outcome.is_delivered:
            self.delivered += 1
            self._not_noted += 1
        else:
            log.info("webhook not taken", webhook=self._claim.webhook_id, message=event.id, status=outcome.status)
        return outcome

    def _is_over(self) -> bool:
        return self._stopping() or self._clock() >= self._ends

    def _note(self) -> None:
        with writing() as session:
            self._hold(session)

    def _note_try(self, waiting: Waiting, outcome: Outcome, *, is_last: bool) -> None:
        now = self._clock()
        with writing() as session:
            self._hold(session, **({} if outcome.is_delivered else {"last_failure_at": now}))
            backlog.note_try(session, waiting, outcome, now, is_last=is_last)
            if outcome.is_delivered:
                session.flush()
                backlog.hurry(session, self._claim.webhook_id, now)

    def _set_aside(self, revision_id: int, events: list[Event], outcome: Outcome) -> None:
        now = self._clock()
        self._position = revision_id
        with writing() as session:
            self._hold(session, last_failure_at=now)
            backlog.set_aside(session, self._claim.webhook_id, revision_id, events, outcome, now)

    def _disable(self) -> None:
        now = self._clock()
        log.warning("webhook disabled", webhook=self._claim.webhook_id)
        with writing() as session:
            self._hold(session, last_failure_at=now, disabled_at=now, disabled_because=_GONE)

    def _hold(self, session: Session, **values: Any) -> None:
        """Write down how far this has come. What was delivered since is delivered again if this never happens."""
        now = self._clock()
        if self._not_noted:
            values |= {"delivered": Webhook.delivered + self._not_noted, "last_success_at": now}
        leases.note(session, self._claim, now, position=self._position, **values)
        self._not_noted, self._noted_at = 0, now


def _fresh() -> Session:
    """Return the session with nothing read before."""
    session = db.session()
    session.rollback()
    return session
