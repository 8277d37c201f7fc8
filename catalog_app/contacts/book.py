"""Writing contacts down, inside the transaction of whoever makes them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, or_, update
from sqlalchemy.orm import Session

from catalog_app.contacts.models import Contact
from catalog_app.core.bulk_sql import Encoder, Stored, encoders, insert_rows, is_postgresql

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


def withdraw(session: Session, delivery_ids: Collection[int]) -> None:
    """Forget the contacts of these deliveries: a promise that was taken back before it was sent is no contact."""
    if delivery_ids:
        session.connection().execute(delete(_table).where(_table.c.delivery_id.in_(sorted(delivery_ids))))


def _row(contact: NewContact, moment: Encoder) -> tuple[Stored, ...]:
    of = contact.campaign_id, contact.delivery_id
    return contact.customer, contact.product_id, *of, contact.channel, moment(contact.at)


_WRITTEN: Final = ("customer", "product_id", "campaign_id", "delivery_id", "channel", "at")
_ANSWER: Final = (
    update(_table)
    .where(
        _table.c.delivery_id == bindparam("of"),
        or_(_table.c.answered_at.is_(None), _table.c.answered_at <= bindparam("when")),
    )
    .values(answer=bindparam("said"), answered_at=bindparam("when"))
)
