"""Results as people read them: what the numbers say, and what it takes for them to say more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from flask_babel import gettext, lazy_gettext, ngettext

from catalog_app.core.moments import figure
from catalog_app.core.proportions import Comparison, Decision
from catalog_app.core.rates import points
from catalog_app.products.labels import check_label

Tone = Literal["good", "warn", "bad", "plain"]

STATUSES: Final[Mapping[str, Any]] = {
    "sent": lazy_gettext("Sent"),
    "waiting": lazy_gettext("Waiting"),
    "leased": lazy_gettext("With the engine"),
    "held": lazy_gettext("On hold"),
    "control": lazy_gettext("Held out"),
    "refused": lazy_gettext("Refused"),
    "dead": lazy_gettext("Not delivered"),
    "cancelled": lazy_gettext("Taken back"),
}
"""The states of a delivery, from what reached somebody to what did not."""

ANSWERS: Final[Mapping[str, Any]] = {
    "delivered": lazy_gettext("Delivered"),
    "clicked": lazy_gettext("Clicked"),
    "accepted": lazy_gettext("Accepted"),
    "declined": lazy_gettext("Declined"),
}

_REASONS: Final[Mapping[str, Any]] = {
    "not_active": lazy_gettext("Campaign not active"),
    "not_started": lazy_gettext("Before the campaign began"),
    "ended": lazy_gettext("After the campaign ended"),
    "audience": lazy_gettext("Not in the audience"),
    "opted_out": lazy_gettext("Opted out"),
    "no_consent": lazy_gettext("No consent"),
    "customer_limit": lazy_gettext("Limit per customer"),
    "cooldown": lazy_gettext("Cool-down"),
    "declined": lazy_gettext("Declined before"),
    "contact_cap": lazy_gettext("Contacted often enough"),
    "quota": lazy_gettext("Quota used up"),
    "total_limit": lazy_gettext("Limit of the campaign"),
    "withdrawal": lazy_gettext("Product withdrawn"),
    "invalid_features": lazy_gettext("Customer not told rightly"),
    "control": lazy_gettext("Held out"),
    "message": lazy_gettext("Message could not be written"),
    "product": lazy_gettext("No product to offer"),
    "unknown": lazy_gettext("No reason told"),
}


@dataclass(frozen=True)
class Verdict:
    """What the numbers say in one line, and the sentence below it. `mark` is a shape, so that colour tells nothing alone."""

    tone: Tone
    mark: str
    title: str
    text: str


def reason_words(code: str) -> str:
    """Return the name of a reason: one of the campaign's own, or a check of eligibility."""
    own = _REASONS.get(code)
    return check_label(code) if own is None else str(own)


def verdict(found: Comparison) -> Verdict:
    """Return what the comparison says so far."""
    decision = found.decision
    if decision is Decision.NOTHING_SENT:
        text = gettext("Figures stand here as soon as a message was sent.")
        return Verdict("plain", "dashed-ring", gettext("Nothing was sent yet"), text)
    if decision is Decision.NO_CONTROL:
        text = gettext("Nobody is held out, so nobody can say how many would have accepted without a message. Hold out some customers to find out.")  # fmt: skip
        return Verdict("plain", "dash", gettext("Nothing to compare with"), text)
    if decision is Decision.GAIN:
        return Verdict("good", "check", gettext("The messages bring acceptances"), _told(found))
    if decision is Decision.LOSS:
        return Verdict("bad", "cross", gettext("The messages cost acceptances"), _told(found))
    return Verdict("warn", "clock", gettext("Too early to tell"), _open(found))


def _told(found: Comparison) -> str:
    """Return what a decided comparison means in customers."""
    additional, interval = found.additional, found.additional_interval
    assert additional is not None  # noqa: S101  # both sides have customers, or it would not be decided
    assert interval is not None  # noqa: S101
    count, sent = abs(round(additional)), found.target.customers
    values = {
        "count": figure(count),
        "sent": figure(sent),
        "low": figure(abs(round(interval.low))),
        "high": figure(abs(round(interval.high))),
    }
    if additional > 0:
        return str(ngettext(
            "About %(count)s customer of %(sent)s accepted because of them, between %(low)s and %(high)s.",
            "About %(count)s customers of %(sent)s accepted because of them, between %(low)s and %(high)s.",
            count, **values,
        ))  # fmt: skip
    return str(ngettext(
        "About %(count)s customer of %(sent)s would have accepted without them, between %(high)s and %(low)s.",
        "About %(count)s customers of %(sent)s would have accepted without them, between %(high)s and %(low)s.",
        count, **values,
    ))  # fmt: skip


def _open(found: Comparison) -> str:
    """Return why nothing can be said yet, and how many held-out customers it takes."""
    beginning = gettext("The difference may be chance: its interval holds zero.")
    needed, present = found.control_needed, found.control.customers
    if needed is None:
        return " ".join((beginning, gettext("Both sides accept alike so far.")))
    if needed <= present:
        enough = gettext("With as many customers, a difference like this one is found in 8 of 10 campaigns.")
        return f"{beginning} {enough}"
    most = gettext(
        "To tell a difference of %(points)s points takes about %(needed)s held-out customers; there are %(present)s.",
        points=points(found.difference or 0.0), needed=figure(_rounded(needed)), present=figure(present),
    )  # fmt: skip
    return f"{beginning} {most}"


def _rounded(number: int) -> int:
    """Return a forecast to two figures: more of them would promise what it cannot hold."""
    power = max(0, len(str(number)) - 2)
    return round(number, -power)
