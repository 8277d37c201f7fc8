"""What became of messages, as the campaign engine tells: delivered, clicked, accepted, declined."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from catalog_app.campaigns.models import CANCELLED, HELD, REFUSED
from catalog_app.campaigns.triggering.records import DELIVERY
from catalog_app.contacts import book
from catalog_app.contacts.book import Answer
from catalog_app.contacts.models import ANSWERS
from catalog_app.contacts.schema import Instant
from catalog_app.core.bulk_sql import Stored, encoders, update_rows
from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.wording import errors_by_field
from catalog_app.products.field_types import MAX_INT
from catalog_app.recommendations.feedback.deliveries import Delivered, DeliveryEvent
from catalog_app.recommendations.models import SHOWN

MAX_EVENTS: Final = 1000
CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""So much may the clock of who tells be ahead of ours."""
EVENTS: Final = ("delivered", "clicked", "accepted", "declined")
OUTCOMES: Final = ("recorded", "repeated", "not_sent", "unknown")
_UNSENT: Final = (REFUSED, HELD, CANCELLED)


class EventInput(BaseModel):
    """One thing that happened to a delivery; without `occurred_at` it happened just now."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    delivery_id: Annotated[int, Field(ge=1, le=MAX_INT)]
    event: Literal["delivered", "clicked", "accepted", "declined"]
    occurred_at: Instant | None = None


class FeedbackInput(BaseModel):
    """What happened to deliveries, in any order."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    events: Annotated[list[EventInput], Field(min_length=1, max_length=MAX_EVENTS)]

    @classmethod
    def check(cls, values: Mapping[str, Any], *, now: datetime) -> Self:
        """Return the events checked, or raise RuleError naming each at fault by its place."""
        try:
            told = cls.model_validate(values)
        except ValidationError as error:
            raise RuleError(errors_by_field(error)) from None
        ahead = [place for place, one in enumerate(told.events) if (one.occurred_at or now) > now + CLOCKS_DIFFER]
        if ahead:
            words = Sentence("This moment lies ahead of us.")
            raise RuleError({f"events.{place}.occurred_at": words for place in ahead})
        return told


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of one event: one of OUTCOMES."""

    delivery_id: int
    event: str
    outcome: str

    def as_json(self) -> dict[str, Any]:
        return {"delivery_id": self.delivery_id, "event": self.event, "outcome": self.outcome}


class CampaignDeliveries:
    """What became of deliveries, told among the feedback that recommendations take."""

    def found(self, session: Session, delivery_ids: Collection[int]) -> Mapping[int, Delivered]:
        columns = DELIVERY.c
        wanted = select(columns.id, columns.customer, columns.product_id)
        sent = wanted.where(columns.id.in_(sorted(delivery_ids)), columns.status.not_in(_UNSENT))
        held = session.execute(sent.order_by(columns.id).with_for_update())
        return {row.id: Delivered(row.customer, row.product_id) for row in held}

    def note(self, session: Session, events: Sequence[DeliveryEvent]) -> None:
        # Who was shown an offer has been reached by the message.
        words = {SHOWN: "delivered"}
        told = [
            EventInput.model_validate(
                {"delivery_id": one.delivery_id, "event": words.get(one.event, one.event), "occurred_at": None}
            ).model_copy(update={"occurred_at": one.at})
            for one in events
        ]
        _Notebook(session, told).note(told)


def tell(events: Sequence[EventInput]) -> list[Noted]:
    """Write down what happened and return what became of each event; told twice, the first time counts."""
    with writing() as session:
        return _Notebook(session, events).note(events)


class _Notebook:
    """Notes the events of one transaction."""

    def __init__(self, session: Session, events: Sequence[EventInput]) -> None:
        self._session, self._now = session, utcnow()
        columns = DELIVERY.c
        wanted = select(columns.id, columns.status, *(columns[_column(event)] for event in EVENTS))
        numbers = sorted({one.delivery_id for one in events})
        found = session.execute(wanted.where(columns.id.in_(numbers)).order_by(columns.id).with_for_update())
        self._standing: dict[int, RowMapping] = {row["id"]: row for row in found.mappings()}
        self._noted: dict[str, dict[int, datetime]] = {event: {} for event in EVENTS}

    def note(self, events: Sequence[EventInput]) -> list[Noted]:
        noted = [Noted(one.delivery_id, one.event, self._take(one)) for one in events]
        self._write()
        return noted

    def _take(self, told: EventInput) -> str:
        standing, known = self._standing.get(told.delivery_id), self._noted[told.event]
        if standing is None:
            return "unknown"
        if standing["status"] in _UNSENT:
            return "not_sent"
        if standing[_column(told.event)] is not None or told.delivery_id in known:
            return "repeated"
        known[told.delivery_id] = told.occurred_at or self._now
        return "recorded"

    def _write(self) -> None:
        connection = self._session.connection()
        known = encoders(DELIVERY, connection.dialect)
        for event, moments in self._noted.items():
            encode = known[_column(event)] or str
            rows: list[list[Stored]] = [[encode(at), number] for number, at in sorted(moments.items())]
            update_rows(connection, DELIVERY, [_column(event)], rows, versioned=False)
        answers = [(number, Answer(event, at)) for event in ANSWERS for number, at in self._noted[event].items()]
        # Who said both in one call said the later one last.
        book.answer(self._session, dict(sorted(answers, key=lambda said: said[1].at)))


def _column(event: str) -> str:
    return f"{event}_at"
