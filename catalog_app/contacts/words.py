"""How the contact policy, choices and answers are said to people."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext, lazy_gettext, ngettext

from catalog_app.contacts.models import ACCEPTED, DECLINED, EVERY_CHANNEL, IN, OUT
from catalog_app.products.labels import term, terms

CHOICE_WORDS: Final[Mapping[str, Any]] = {OUT: lazy_gettext("Opted out"), IN: lazy_gettext("Agreed")}
ANSWER_WORDS: Final[Mapping[str, Any]] = {ACCEPTED: lazy_gettext("Accepted"), DECLINED: lazy_gettext("Declined")}


def channel_words(channel: str) -> str:
    """Return what people call a channel of a choice."""
    return str(gettext("Every channel")) if channel == EVERY_CHANNEL else term(channel)


def cap_words(cap: Mapping[str, Any]) -> str:
    """Return a cap as a sentence without its full stop: "At most 3 contacts by SMS in any 7 days"."""
    most = ngettext("%(num)d contact", "%(num)d contacts", cap["most"])
    days = ngettext("day", "%(num)d days", cap["days"])
    if cap["channel"] is None:
        return str(gettext("At most %(most)s through all channels together in any %(days)s", most=most, days=days))
    channel = term(cap["channel"])
    return str(gettext("At most %(most)s by %(channel)s in any %(days)s", most=most, channel=channel, days=days))


def value_words(field: str, value: Any) -> str | None:
    """Return a value of the policy as history says it, or None where it speaks for itself."""
    if field == "caps" and isinstance(value, list):
        return "; ".join(map(cap_words, value))
    return terms(value) if field == "consent_channels" and isinstance(value, list) else None
