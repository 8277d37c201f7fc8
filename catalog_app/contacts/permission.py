"""May this customer be contacted now? What they chose, the caps that all campaigns share, and the limits of one offer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from catalog_app.contacts.history import History
from catalog_app.contacts.models import EVERY_CHANNEL, OUT
from catalog_app.contacts.policy import Cap, Policy

OPTED_OUT: Final = "opted_out"
NO_CONSENT: Final = "no_consent"
CUSTOMER_LIMIT: Final = "customer_limit"
COOLDOWN: Final = "cooldown"
DECLINED: Final = "declined"
CONTACT_CAP: Final = "contact_cap"


class _Said(Protocol):
    @property
    def choice(self) -> str: ...
    @property
    def at(self) -> datetime: ...


AnyChoice = TypeVar("AnyChoice", bound=_Said)
"""A choice, whether it comes from a history or from its row."""


@dataclass(frozen=True)
class Refusal:
    """Why a customer is not contacted: a stable code, the setting that ruled, and a sentence with the values."""

    code: str
    rule: str
    message: str


@dataclass(frozen=True)
class Limits:
    """How often one campaign may offer to one customer, and how long it waits after an offer and after a no."""

    per_customer: int | None = None
    cooldown_days: int | None = None
    decline_days: int | None = None


def refusal(policy: Policy, history: History, channel: str, now: datetime) -> Refusal | None:
    """Return why the policy forbids to contact this customer through this channel at this moment; None if it does not.

    For a message that waits for the end of the quiet hours, `now` is the moment at which it goes out.
    """
    return choice_refusal(policy, history.choices, channel) or cap_refusal(policy, history, channel, now)


def ruling(choices: Mapping[str, AnyChoice], channel: str) -> AnyChoice | None:
    """Return the choice that counts for a channel: the newest of that for the channel and that for every one.

    Of two at the same moment it is the no. None where nothing was ever said.
    """
    made = [choices[name] for name in (channel, EVERY_CHANNEL) if name in choices]
    return max(made, key=lambda choice: (choice.at, choice.choice == OUT), default=None)


def choice_refusal(policy: Policy, choices: Mapping[str, AnyChoice], channel: str) -> Refusal | None:
    """Return what the customer's own choice says against this channel."""
    newest = ruling(choices, channel)
    if newest is not None and newest.choice == OUT:
        return Refusal(OPTED_OUT, "choices", f"choices: opted out of {channel} on {_moment(newest.at)}")
    if newest is None and channel in policy.consent_channels:
        return Refusal(NO_CONSENT, "consent_channels", f"consent_channels: no consent to {channel} is known")
    return None


def limit_refusal(limits: Limits, history: History, product_id: int, now: datetime) -> Refusal | None:
    """Return what the limits of one campaign say against offering this product."""
    most, waited = limits.per_customer, history.last_in_campaign
    if most is not None and history.in_campaign >= most:
        message = f"limit_per_customer: offered {history.in_campaign} of {most} times"
        return Refusal(CUSTOMER_LIMIT, "limit_per_customer", message)
    if limits.cooldown_days and waited is not None and now - waited < timedelta(days=limits.cooldown_days):
        message = f"cooldown_days: offered {_moment(waited)}, {limits.cooldown_days} days must pass"
        return Refusal(COOLDOWN, "cooldown_days", message)
    declined = history.last_declined.get(product_id)
    if limits.decline_days and declined is not None and now - declined < timedelta(days=limits.decline_days):
        message = f"decline_days: declined {_moment(declined)}, {limits.decline_days} days must pass"
        return Refusal(DECLINED, "decline_days", message)
    return None


def cap_refusal(policy: Policy, history: History, channel: str, now: datetime) -> Refusal | None:
    """Return the cap across campaigns that one more contact at this moment would break."""
    for cap in policy.caps:
        if cap.counts(channel) and _is_reached(cap, history, now):
            ways = cap.channel or "any channel"
            return Refusal(CONTACT_CAP, "caps", f"caps: {cap.most} of {cap.most} by {ways} in {cap.days} days")
    return None


def _is_reached(cap: Cap, history: History, at: datetime) -> bool:
    """Return whether some stretch of days around the moment holds as many contacts as it may.

    Most often that is the stretch that ends now. A contact that waits for the morning lies ahead, so there may be
    others.
    """
    near = [other for used, other in history.recent if cap.counts(used) and abs(other - at) < cap.span]
    return len(near) >= cap.most and any(
        sum(start <= other < start + cap.span for other in near) >= cap.most for start in _starts(near, at, cap)
    )


def _starts(near: list[datetime], at: datetime, cap: Cap) -> Iterator[datetime]:
    """Yield where the fullest stretches around the moment begin: at a contact before it, or at the moment itself."""
    yield at
    yield from (other for other in near if other <= at < other + cap.span)


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
