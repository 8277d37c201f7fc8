"""Changing the contact policy, looking a customer up, and what is forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from catalog_app.contacts.choices import chosen_by
from catalog_app.contacts.customers import hasher
from catalog_app.contacts.models import Contact, ContactChoice, ContactPolicy
from catalog_app.contacts.policy import THE_POLICY, policy_row
from catalog_app.contacts.schema import PolicyInput
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import Sentence, StaleError
from catalog_app.core.retention import Over, over
from catalog_app.core.wiring import settings
from catalog_app.events.service import record_revision, revisions_of
from catalog_app.products.models import Product

SUBJECT: Final = "contact_policy"
NAME: Final = "Contact policy"
"""What history calls it."""
MOST_CONTACTS: Final = 50
A_STEP: Final = 2_000
"""How many contacts are forgotten in one transaction: other writers wait no longer than that."""


def save_policy(checked: PolicyInput, *, expected_version: int | None, actor: str) -> ContactPolicy:
    """Put another policy in place of the one that stands; it counts for every decision from now on.

    Raises StaleError where it is not at the expected version; None takes whatever stands.
    """
    now = utcnow()
    with writing() as session:
        row = _for_change(session, expected_version)
        wanted = checked.model_dump(mode="json")
        changes = {name: [getattr(row, name), value] for name, value in wanted.items() if getattr(row, name) != value}
        if not changes:
            return row
        for name in changes:
            setattr(row, name, wanted[name])
        row.updated_at, row.updated_by = now, actor
        session.flush()
        subject = (SUBJECT, THE_POLICY, NAME)
        record_revision(session, subject, changes, version=row.version, action="updated", actor=actor, at=now)
    return row


def _for_change(session: Session, expected_version: int | None) -> ContactPolicy:
    row = policy_row(session)
    session.refresh(row, with_for_update=True)
    if expected_version is not None and row.version != expected_version:
        told = revisions_of(session, SUBJECT, THE_POLICY, limit=1)
        first = told[0].actor if told else "somebody"
        raise StaleError(Sentence("%(who)s changed this policy meanwhile.", who=first), current_version=row.version)
    return row


@dataclass(frozen=True)
class Offered:
    """One contact with the name of its product."""

    contact: Contact
    product_name: str


@dataclass(frozen=True)
class Customer:
    """What is known of one customer: the choices, the newest contacts, how many there are, and those that caps count."""

    choices: Sequence[ContactChoice]
    contacts: Sequence[Offered]
    total: int
    recent: Sequence[tuple[str, datetime]]


def looked_up(session: Session, customer_id: str, *, since: datetime) -> Customer:
    """Return what is known of the customer with this id; nothing is a possible answer, since no list of ids is kept.

    `recent` are the channels and moments of the contacts since then.
    """
    key = hasher(session)(customer_id)
    own = Contact.customer == key
    named = select(Contact, Product.name).join(Product, Product.id == Contact.product_id).where(own)
    newest = session.execute(named.order_by(Contact.at.desc(), Contact.id.desc()).limit(MOST_CONTACTS))
    recent = session.execute(select(Contact.channel, Contact.at).where(own, Contact.at > since))
    return Customer(
        choices=chosen_by(session, [key]),
        contacts=[Offered(contact, name) for contact, name in newest],
        total=session.execute(select(func.count()).select_from(Contact).where(own)).scalar_one(),
        recent=[(channel, at) for channel, at in recent],
    )


def due() -> Mapping[str, Over]:
    """Return what `purge` would delete now."""
    kept_for = timedelta(days=settings().contact_retention_days)
    return {"contacts": over(Contact, kept_for, Contact.at < utcnow() - kept_for)}


def purge(now: datetime | None = None) -> Mapping[str, int]:
    """Delete the contacts that are older than the settings keep them. Safe to call at any time, by several at once."""
    old = (now or utcnow()) - timedelta(days=settings().contact_retention_days)
    session, gone = db.session(), 0
    while True:
        session.rollback()
        ids = session.scalars(select(Contact.id).where(Contact.at < old).limit(A_STEP)).all()
        if not ids:
            return {"contacts": gone}
        with writing() as transaction:
            transaction.execute(delete(Contact).where(Contact.id.in_(ids)))
        gone += len(ids)
