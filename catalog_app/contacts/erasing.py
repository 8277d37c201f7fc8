"""Erasing a customer who asks for it: at once, in every room, and for good."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy import delete
from sqlalchemy.orm import Session

from catalog_app.contacts.book import lock
from catalog_app.contacts.customers import hasher
from catalog_app.contacts.models import IN, Contact, ContactChoice
from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.core.wiring import providers

log = structlog.get_logger()


class Erasure(Protocol):
    """A room that keeps something of customers."""

    def __call__(self, session: Session, customer: str, now: datetime) -> Mapping[str, int]:
        """Erase it, inside the caller's transaction that holds the customer (a hash); return how many of each kind."""
        ...


def erase(customer_id: str, *, actor: str) -> Mapping[str, int]:
    """Erase what is kept of a customer, and return how much of each kind that was. Told again it finds nothing.

    An opt-out stays, under the hash: who asks for this must not be contacted because it was forgotten.
    """
    now = utcnow()
    with writing() as session:
        customer = hasher(session)(customer_id)
        lock(session, [customer])
        gone: dict[str, int] = {}
        # The other rooms first: they may have to take back what they promised, and the contact with it.
        for room in providers(Erasure):
            gone.update(room(session, customer, now))
        consents = delete(ContactChoice).where(ContactChoice.customer == customer, ContactChoice.choice == IN)
        for kind, rows in (("contacts", delete(Contact).where(Contact.customer == customer)), ("choices", consents)):
            gone[kind] = session.connection().execute(rows).rowcount
    log.info("customer erased", by=actor, **gone)
    return gone
