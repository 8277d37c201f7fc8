"""How one customer stands: through which channels they may be contacted, and how near the caps are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from catalog_app.contacts.models import ContactChoice
from catalog_app.contacts.permission import choice_refusal, ruling
from catalog_app.contacts.policy import Cap, Policy
from catalog_app.contacts.service import Customer
from catalog_app.products.terms import CHANNELS


@dataclass(frozen=True)
class ChannelStanding:
    """One channel: what forbids it ("opted_out", "no_consent"), and the choice that counts for it."""

    channel: str
    code: str | None
    choice: ContactChoice | None


@dataclass(frozen=True)
class CapStanding:
    """One cap, and how many contacts count for it now."""

    cap: Cap
    count: int

    @property
    def is_reached(self) -> bool:
        return self.count >= self.cap.most


@dataclass(frozen=True)
class Standing:
    customer: Customer
    channels: tuple[ChannelStanding, ...]
    caps: tuple[CapStanding, ...]


def standing_of(customer: Customer, policy: Policy, now: datetime) -> Standing:
    """Return how a customer stands at this moment."""
    choices = {row.channel: row for row in customer.choices}
    channels = []
    for channel in CHANNELS:
        against = choice_refusal(policy, choices, channel)
        channels.append(ChannelStanding(channel, against.code if against else None, ruling(choices, channel)))
    return Standing(customer, tuple(channels), tuple(_caps(customer, policy, now)))


def _caps(customer: Customer, policy: Policy, now: datetime) -> Iterator[CapStanding]:
    for cap in policy.caps:
        since = now - cap.span
        yield CapStanding(cap, sum(at > since and cap.counts(channel) for channel, at in customer.recent))
