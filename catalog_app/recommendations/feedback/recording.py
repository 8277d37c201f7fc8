"""Taking events down: each once, with what it answers, in one transaction for all of a call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.contacts import book
from catalog_app.contacts.customers import hasher
from catalog_app.core.bulk_sql import Stored, encoders, insert_rows, json_text
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import Sentence
from catalog_app.core.json_sql import is_among
from catalog_app.core.write_connections import reader_of
from catalog_app.products.owned import Owned, ProductKey
from catalog_app.products.reads.owned_forms import forms
from catalog_app.recommendations.feedback.attribution import Attribution, attributed
from catalog_app.recommendations.feedback.contacting import keep_contacts
from catalog_app.recommendations.feedback.deliveries import DeliveryEvent, found_deliveries, note_deliveries
from catalog_app.recommendations.feedback.events import Faulty, Told
from catalog_app.recommendations.models import FeedbackEvent
from catalog_app.recommendations.settings import attribution_days

log = structlog.get_logger()

RECORDED: Final = "recorded"
REPEATED: Final = "repeated"
REFUSED: Final = "refused"
STATUSES: Final = (RECORDED, REPEATED, REFUSED)
_TRIES: Final = 3
_EVENT: Final = FeedbackEvent.metadata.tables[FeedbackEvent.__tablename__]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one event: one of STATUSES, what it answers, and what is wrong with it, by field."""

    event_id: str | None
    status: str
    decision_id: int | None = None
    delivery_id: int | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


def record(events: Sequence[Told | Faulty], *, now: datetime | None = None) -> list[Settled]:
    """Take down what was told and return what became of each event, in the same order.

    An event that was told before changes nothing, whatever it says now: its id is the caller's own. One at fault is
    refused, and the others are taken. Offers that were made and answered become contacts, so that limits,
    cool-downs and a no hold for campaigns too.
    """
    sound = [told for told in events if isinstance(told, Told)]
    settled = iter(_recorded(sound, now or utcnow()))
    return [
        Settled(told.event_id, REFUSED, errors=told.errors) if isinstance(told, Faulty) else next(settled)
        for told in events
    ]


def _recorded(events: Sequence[Told], now: datetime) -> list[Settled]:
    if not events:
        return []
    for attempt in range(1, _TRIES + 1):
        try:
            with writing() as session:
                return _Batch(session, events, now).take()
        except db.engine.dialect.loaded_dbapi.IntegrityError:
            # Somebody told one of these events at the same moment of another customer, who was not held; it is there
            # by now and will be found.
            if attempt == _TRIES:
                raise
    raise AssertionError("every attempt ends")


class _Batch:
    """The events of one transaction."""

    def __init__(self, session: Session, events: Sequence[Told], now: datetime) -> None:
        hashed = hasher(session)
        self._session, self._now = session, now
        self._events = [(hashed(told.customer_id), told) for told in events]
        # Deliveries before customers: one order of locks for all who hold both.
        numbers = {told.delivery_id for told in events if told.delivery_id is not None}
        self._delivered = found_deliveries(session, numbers)
        # Whoever tells the same at the same moment waits here.
        book.lock(session, {customer for customer, _ in self._events})
        self._known = _known(session, [told.event_id for told in events])
        self._products = _Products(session, events)
        self._settled: dict[str, Settled] = {}

    def take(self) -> list[Settled]:
        """Write what is new, and return what became of every event."""
        fresh = self._fresh()
        within = timedelta(days=attribution_days(self._session))
        found = attributed(self._session, list(fresh.values()), self._delivered, within=within)
        of = dict(zip(fresh, found, strict=True))
        taken = {event_id: one for event_id, one in fresh.items() if not of[event_id].errors}
        for event_id, errors in ((event_id, one.errors) for event_id, one in of.items() if one.errors):
            self._settled[event_id] = Settled(event_id, REFUSED, errors=errors)
        self._write(taken, of)
        met: set[str] = set()
        return [self._outcome(told, met, of) for _, told in self._events]

    def _fresh(self) -> dict[str, tuple[str, Told]]:
        """Return the events that are not known and whose product is ours, by id; the first of two with the same id."""
        fresh: dict[str, tuple[str, Told]] = {}
        for customer, told in self._events:
            if told.event_id in self._known or told.event_id in fresh:
                continue
            if told.product_id in self._products.ids:
                fresh[told.event_id] = customer, told
            else:
                words = Sentence("There is no product %(number)s.", number=told.product_id)
                refused = Settled(told.event_id, REFUSED, errors={"product_id": words})
                self._settled.setdefault(told.event_id, refused)
        return fresh

    def _outcome(self, told: Told, met: set[str], of: Mapping[str, Attribution]) -> Settled:
        event_id = told.event_id
        if event_id in self._settled and event_id not in of:
            return self._settled[event_id]
        if event_id in self._known:
            return Settled(event_id, REPEATED, *self._known[event_id])
        if of[event_id].errors:
            return self._settled[event_id]
        status = REPEATED if event_id in met else RECORDED
        met.add(event_id)
        return Settled(event_id, status, of[event_id].decision_id, of[event_id].delivery_id)

    def _write(self, taken: Mapping[str, tuple[str, Told]], of: Mapping[str, Attribution]) -> None:
        connection = self._session.connection()
        moment = encoders(_EVENT, connection.dialect)["occurred_at"] or str
        received = moment(self._now)
        rows = [
            self._row(customer, told, of[event_id], (moment(told.at), received))
            for event_id, (customer, told) in taken.items()
        ]
        insert_rows(connection, _EVENT, _WRITTEN, rows)
        offers = [(customer, told, of[event_id]) for event_id, (customer, told) in taken.items()]
        events = (told for _, told, _ in offers if told.delivery_id is not None)
        note_deliveries(
            self._session, [DeliveryEvent(told.delivery_id, told.event, told.at) for told in events if told.delivery_id]
        )
        keep_contacts(self._session, offers, now=self._now)

    def _row(self, customer: str, told: Told, of: Attribution, moments: tuple[Stored, Stored]) -> tuple[Stored, ...]:
        owned = None if told.owned is None else json_text(self._products.of(told.owned))
        features = None if told.features is None else json_text(told.features)
        probability = None if told.probability is None else repr(told.probability)
        answered = (told.channel or of.channel, of.decision_id, of.delivery_id)
        return (told.event_id, customer, told.product_id, told.event, *moments, *answered, features, owned, probability)


class _Products:
    """The products that events name, in whichever form, as far as they are ours. One query, however many they name."""

    def __init__(self, session: Session, events: Sequence[Told]) -> None:
        ids = {told.product_id for told in events}
        keys: set[ProductKey] = set()
        for told in events:
            if told.owned is not None:
                ids |= told.owned.ids
                keys |= told.owned.keys
        found = forms(reader_of(session), Owned(frozenset(ids), frozenset(keys)))
        self.ids = frozenset(number for number, _ in found)
        self._by_key = {key: number for number, key in found}

    def of(self, owned: Owned) -> list[int]:
        """Return the ids of these products, in order."""
        named = {self._by_key[key] for key in owned.keys if key in self._by_key}
        return sorted((owned.ids & self.ids) | named)


def _known(session: Session, event_ids: Sequence[str]) -> dict[str, tuple[int | None, int | None]]:
    """Return what events answer that were told before, by their id."""
    wanted: Any = select(FeedbackEvent.event_id, FeedbackEvent.decision_id, FeedbackEvent.delivery_id)
    found = session.execute(wanted.where(is_among(FeedbackEvent.event_id, event_ids)))
    return {event_id: (decision_id, delivery_id) for event_id, decision_id, delivery_id in found}


_WRITTEN: Final = (
    "event_id", "customer", "product_id", "event", "occurred_at", "received_at",
    "channel", "decision_id", "delivery_id", "features", "owned", "probability",
)  # fmt: skip
