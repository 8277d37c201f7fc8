"""What customers chose: to be contacted through a channel, or not. The newest word counts, whenever it arrives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from catalog_app.contacts.book import lock
from catalog_app.contacts.customers import hasher
from catalog_app.contacts.models import OUT, ContactChoice
from catalog_app.contacts.schema import ChoiceInput
from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.json_sql import is_among

RECORDED: Final = "recorded"
UNCHANGED: Final = "unchanged"
"""It stood there already."""
SUPERSEDED: Final = "superseded"
"""Something newer stands there."""
OUTCOMES: Final = (RECORDED, UNCHANGED, SUPERSEDED)
Key = tuple[str, str]
"""A customer (hash) and a channel."""


@dataclass(frozen=True)
class Settled:
    """What came of one choice that was told, and the row that stands now."""

    outcome: str
    stands: ContactChoice


def choose(told: Sequence[ChoiceInput], *, actor: str) -> list[Settled]:
    """Keep what customers chose, in the order in which it was told; return what came of each.

    Of two choices the later one stands, and of two at the same moment the no. A choice that is told again changes
    nothing. From the moment on when this returns, nothing is promised against it, and nothing that waits is handed
    over; what somebody has in their hands at that moment to send it may still arrive.
    """
    now = utcnow()
    with writing() as session:
        hashed = hasher(session)
        keys = [(hashed(choice.customer_id), choice.channel) for choice in told]
        lock(session, {customer for customer, _ in keys})
        rows = _rows(session, {customer for customer, _ in keys})
        return [_settled(session, rows, key, choice, actor, now) for key, choice in zip(keys, told, strict=True)]


def chosen_by(session: Session, customers: Iterable[str]) -> Sequence[ContactChoice]:
    """Return what these customers (hashes) chose, the newest first. One query."""
    wanted = select(ContactChoice).where(is_among(ContactChoice.customer, customers))
    return session.scalars(wanted.order_by(ContactChoice.at.desc(), ContactChoice.channel)).all()


def forget(customer_id: str, channel: str | None) -> None:
    """Forget what a customer chose for a channel, or for any: as if nothing had ever been said."""
    with writing() as session:
        customer = hasher(session)(customer_id)
        lock(session, [customer])
        chosen = delete(ContactChoice).where(ContactChoice.customer == customer)
        session.execute(chosen if channel is None else chosen.where(ContactChoice.channel == channel))


def _rows(session: Session, customers: Iterable[str]) -> dict[Key, ContactChoice]:
    return {(row.customer, row.channel): row for row in chosen_by(session, customers)}


def _settled(
    session: Session, rows: dict[Key, ContactChoice], key: Key, told: ChoiceInput, actor: str, now: datetime
) -> Settled:
    # A clock that is fast must not outdo what is said here a minute later.
    at = now if told.at is None else min(told.at, now)
    row = rows.get(key)
    if row is not None and (row.choice, row.at) == (told.choice, at):
        return Settled(UNCHANGED, row)
    if row is not None and _weight(row.choice, row.at) > _weight(told.choice, at):
        return Settled(SUPERSEDED, row)
    if row is None:
        row = rows[key] = ContactChoice(customer=key[0], channel=key[1])
        session.add(row)
    row.choice, row.at, row.source, row.actor = told.choice, at, told.source, actor
    return Settled(RECORDED, row)


def _weight(choice: str, at: datetime) -> tuple[datetime, bool]:
    return at, choice == OUT
