"""Customers as the contacts know them: a hash instead of the id, the same one each time."""

import hmac
from collections.abc import Callable
from hashlib import sha256

from sqlalchemy.orm import Session

from catalog_app.contacts.models import CUSTOMER_LENGTH
from catalog_app.contacts.policy import salt_of

Hasher = Callable[[str], str]


def hasher(session: Session) -> Hasher:
    """Return what turns a customer id into the 32 hex digits under which the contacts keep it.

    The salt is the database's own: the same id is another customer elsewhere. An id is taken as it is; those of
    `CustomerId` (schema.py) are cleaned already. Whoever holds the database can still try out all phone numbers.
    """
    return hasher_of(salt_of(session))


def hasher_of(salt: bytes) -> Hasher:
    """Return the same for a salt that was read already."""
    keyed = hmac.new(salt, digestmod=sha256)

    def hashed(customer_id: str) -> str:
        one = keyed.copy()
        one.update(customer_id.encode())
        return one.hexdigest()[:CUSTOMER_LENGTH]

    return hashed
