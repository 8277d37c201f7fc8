"""What the contacts say to a decision: nothing at all to who does not want it, and nothing that was declined lately."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from catalog_app.contacts.customers import Hasher, hasher_of
from catalog_app.contacts.history import History, histories, history_read
from catalog_app.contacts.permission import Limits, Refusal, limit_refusal, refusal
from catalog_app.contacts.policy import Policy, policy_read
from catalog_app.core.reader import Reader


@dataclass(frozen=True)
class Contacts:
    """What the contacts say to everybody: the policy, and what turns a customer id into the hash that they know."""

    policy: Policy
    hashed: Hasher

    @classmethod
    def read(cls, reader: Reader) -> "Contacts":
        policy, salt = policy_read(reader)
        return cls(policy, hasher_of(salt))


@dataclass(frozen=True)
class Known:
    """What the contacts know of one customer (a hash), and the policy by which they are asked; nobody by default."""

    customer: str | None = None
    history: History = field(default_factory=History)
    policy: Policy = field(default_factory=Policy)

    def refused(self, channel: str | None, now: datetime) -> Refusal | None:
        """Return why the customer is offered nothing at all over this channel."""
        if self.customer is None or channel is None:
            return None
        return refusal(self.policy, self.history, channel, now)

    def declined(self, decline_days: int, now: datetime) -> dict[int, Refusal]:
        """Return the products that the customer declined lately, by number, with what is said about it."""
        limits = Limits(decline_days=decline_days)
        found = ((number, limit_refusal(limits, self.history, number, now)) for number in self.history.last_declined)
        return {number: against for number, against in found if against is not None}


def known_by(reader: Reader, contacts: Contacts, customer_id: str | None, *, now: datetime) -> Known:
    """Return what is known of the customer with this id; of nobody without one, which takes no look."""
    if customer_id is None:
        return _NOBODY
    key = contacts.hashed(customer_id)
    return Known(key, history_read(reader, key, policy=contacts.policy, now=now), contacts.policy)


def known_of(session: Session, customers: Collection[str], *, policy: Policy, now: datetime) -> Mapping[str, History]:
    """Return the past of each of these customers (hashes), with every product. Three queries, however many there are."""
    return histories(session, customers, product_ids=None, campaign_id=None, policy=policy, now=now)


_NOBODY: Final = Known()
