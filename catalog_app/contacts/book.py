"""Writing contacts down, inside the transaction of whoever makes them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from catalog_app.contacts.models import Contact
from catalog_app.core.bulk_sql import (
    Encoder,
    Stored,
    encoders,
    insert_rows,
    is_postgresql,
    json_text,
    update_rows,
)
from catalog_app.core.json_sql import is_among_sent

_LOCKS: Final = 0x636F6E74
"""The first number of our advisory locks."""
_SLOTS: Final = 1_024
"""How many locks all customers share: a batch never takes more, and a server has room for a few thousand."""
_DIGITS: Final = 8
_table: Final = Contact.metadata.tables[Contact.__tablename__]


@dataclass(frozen=True, slots=True)
class NewContact:
    """An offer that was promised to a customer (a hash). `at` is when it goes out, which may lie ahead."""

    customer: str
    product_id: int
    channel: str
    at: datetime
    campaign_id: int | None = None
    delivery_id: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a customer said to an offer: "accepted" or "declined"."""

    answer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OfferAnswer:
    """What a customer answered to an offer that no delivery made; `offer` is what to write down where there is none."""

    offer: NewContact
    answer: Answer


def lock(session: Session, keys: Collection[str]) -> None:
    """Hold these customers until the transaction ends: what is read of them from now on stays true while it writes.

    To be called once in a transaction, before any row is locked; then nobody waits in a circle. On SQLite there is one
    writer anyway. On PostgreSQL customers share locks, so a large batch may hold up others that are none of its own.
    """
    connection = session.connection()
    if not is_postgresql(connection):
        return
    slots = sorted({int(key[:_DIGITS], 16) % _SLOTS for key in keys})
    connection.exec_driver_sql(
        "SELECT pg_advisory_xact_lock(%s, slot) FROM unnest(%s::integer[]) WITH ORDINALITY AS asked(slot, place)",
        (_LOCKS, slots),
    )


def record(session: Session, contacts: Sequence[NewContact]) -> None:
    """Write offers down. Raises the driver's IntegrityError where a delivery is written down already."""
    connection = session.connection()
    moment = encoders(_table, connection.dialect)["at"] or str
    insert_rows(connection, _table, _WRITTEN, [_row(contact, moment) for contact in contacts])


def answer(session: Session, answers: Mapping[int, Answer]) -> None:
    """Note what customers answered, by delivery id; a later answer takes the place of an earlier one.

    A delivery that is no contact (held out, or taken back) is passed over. Told twice it is the same.
    """
    if not answers:
        return
    rows = [{"of": number, "said": said.answer, "when": said.at} for number, said in sorted(answers.items())]
    session.connection().execute(_ANSWER, rows)


def answer_offers(session: Session, answers: Sequence[OfferAnswer], *, within: timedelta) -> None:
    """Note what customers answered to the newest offer of that product in the time before.

    Where none was written down, it is now. A later answer takes the place of an earlier one.
    """
    if not answers:
        return
    connection = session.connection()
    known = _offers_before(session, answers, within)
    fresh: list[tuple[Stored, ...]] = []
    changed: dict[int, tuple[Stored, ...]] = {}
    moment = encoders(_table, connection.dialect)["at"] or str
    for told in sorted(answers, key=lambda one: one.answer.at):
        offer, said = told.offer, told.answer
        fitting = known.get((offer.customer, offer.product_id), ())
        number = next((number for number, at in fitting if said.at - within < at <= said.at), None)
        if number is None:
            fresh.append((*_row(offer, moment), said.answer, moment(said.at)))
        else:
            changed[number] = (said.answer, moment(said.at), number)
    insert_rows(connection, _table, (*_WRITTEN, "answer", "answered_at"), fresh)
    update_rows(
        connection, _table, ("answer", "answered_at"), [changed[number] for number in sorted(changed)], versioned=False
    )


def _offers_before(
    session: Session, answers: Sequence[OfferAnswer], within: timedelta
) -> dict[tuple[str, int], list[tuple[int, datetime]]]:
    """Return the offers that may be meant, by customer and product, the newest first."""
    moments = [told.answer.at for told in answers]
    keys = json_text(sorted({told.offer.customer for told in answers}))
    asked = {"keys": keys, "since": min(moments) - within, "until": max(moments)}
    found: dict[tuple[str, int], list[tuple[int, datetime]]] = {}
    for number, customer, product_id, at in session.execute(_OFFERS, asked):
        found.setdefault((customer, product_id), []).append((number, at))
    return found


def withdraw(session: Session, delivery_ids: Collection[int]) -> None:
    """Forget the contacts of these deliveries: a promise that was taken back before it was sent is no contact."""
    if delivery_ids:
        session.connection().execute(delete(_table).where(_table.c.delivery_id.in_(sorted(delivery_ids))))


def _row(contact: NewContact, moment: Encoder) -> tuple[Stored, ...]:
    of = contact.campaign_id, contact.delivery_id
    return contact.customer, contact.product_id, *of, contact.channel, moment(contact.at)


_WRITTEN: Final = ("customer", "product_id", "campaign_id", "delivery_id", "channel", "at")
_OFFERS: Final = (
    select(_table.c.id, _table.c.customer, _table.c.product_id, _table.c.at)
    .where(
        is_among_sent(_table.c.customer, "keys"),
        _table.c.at > bindparam("since"),
        _table.c.at <= bindparam("until"),
    )
    .order_by(_table.c.at.desc(), _table.c.id.desc())
)
_ANSWER: Final = (
    update(_table)
    .where(
        _table.c.delivery_id == bindparam("of"),
        or_(_table.c.answered_at.is_(None), _table.c.answered_at <= bindparam("when")),
    )
    .values(answer=bindparam("said"), answered_at=bindparam("when"))
)
