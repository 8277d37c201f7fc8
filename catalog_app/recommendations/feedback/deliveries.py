"""What became of deliveries is kept by whoever made them: asked for, and told, across the rooms."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from catalog_app.core.wiring import providers


@dataclass(frozen=True, slots=True)
class Delivered:
    """To which customer (a hash) a delivery went, and which product it offered."""

    customer: str
    product_id: int | None


@dataclass(frozen=True, slots=True)
class DeliveryEvent:
    """What became of a delivery: one of shown, clicked, accepted, declined."""

    delivery_id: int
    event: str
    at: datetime


class DeliveryBook(Protocol):
    """A room that makes deliveries and notes what becomes of them, and of the contacts that they are."""

    def found(self, session: Session, delivery_ids: Collection[int]) -> Mapping[int, Delivered]:
        """Return those of the deliveries that were sent, held until the transaction ends."""
        ...

    def note(self, session: Session, events: Sequence[DeliveryEvent]) -> None:
        """Write down what became of them, inside the caller's transaction; told twice, the first time counts."""
        ...


def found_deliveries(session: Session, delivery_ids: Collection[int]) -> dict[int, Delivered]:
    """Return those of the deliveries that some room has sent."""
    found: dict[int, Delivered] = {}
    if delivery_ids:
        for book in providers(DeliveryBook):
            found.update(book.found(session, delivery_ids))
    return found


def note_deliveries(session: Session, events: Sequence[DeliveryEvent]) -> None:
    """Have the room that made these deliveries note what became of them."""
    if events:
        for book in providers(DeliveryBook):
            book.note(session, events)
