"""What history calls the fields of campaigns and of the contact policy, and the values in them."""

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import gettext, lazy_gettext

from catalog_app.campaigns.forms_words import POLICIES, SENDERS, STATUS_WORDS
from catalog_app.campaigns.messages.parts import PARTS
from catalog_app.campaigns.terms import OWN_REASONS
from catalog_app.campaigns.views.languages import language_name
from catalog_app.campaigns.withdrawn_words import withdrawn_words
from catalog_app.core.babel import in_words
from catalog_app.products.formatting import actor_name
from catalog_app.products.labels import term

_FIELDS: Final[Mapping[str, Any]] = {
    "status": lazy_gettext("Status"),
    "owner": lazy_gettext("Owner"),
    "trigger_event": lazy_gettext("When this happens"),
    "product_id": lazy_gettext("Product"),
    "use_nbo": lazy_gettext("Chosen per customer"),
    "candidates": lazy_gettext("Candidates"),
    "product_config": lazy_gettext("Offer"),
    "product_config.price": lazy_gettext("Price offered"),
    "product_config.currency": lazy_gettext("Currency offered"),
    "product_config.discount_percent": lazy_gettext("Discount"),
    "product_config.bonus": lazy_gettext("Bonus"),
    "product_config.headline": lazy_gettext("Headline"),
    "product_config.valid_to": lazy_gettext("Offer ends"),
    "product_config.terms": lazy_gettext("Terms"),
    "audience": lazy_gettext("Audience"),
    "audience.segments": lazy_gettext("Segments"),
    "audience.exclude_segments": lazy_gettext("Not for segments"),
    "audience.min_customer_value": lazy_gettext("Customer value from"),
    "audience.max_customer_value": lazy_gettext("Customer value to"),
    "audience.rule": lazy_gettext("Rule"),
    "starts_at": lazy_gettext("Starts"),
    "ends_at": lazy_gettext("Ends"),
    "fallback_language": lazy_gettext("Language where none fits"),
    "sender": lazy_gettext("Handed over by"),
    "sender_config": lazy_gettext("How it is handed over"),
    "quiet_from": lazy_gettext("Quiet from"),
    "quiet_to": lazy_gettext("Quiet to"),
    "on_withdrawal": lazy_gettext("If it is withdrawn"),
    "limit_per_customer": lazy_gettext("Messages per customer"),
    "limit_total": lazy_gettext("Messages in total"),
    "decline_days": lazy_gettext("Days after a decline"),
    "control_group_percent": lazy_gettext("Held out"),
    "activated_at": lazy_gettext("Active since"),
    "activated_by": lazy_gettext("Activated by"),
    "completed_at": lazy_gettext("Completed"),
    "withdrawn_at": lazy_gettext("Product withdrawn since"),
    "withdrawn_because": lazy_gettext("Why it was withdrawn"),
    "faults": lazy_gettext("Errors found by pre-flight"),
    "caps": lazy_gettext("Caps"),
    "consent_channels": lazy_gettext("Only with consent"),
}
_VALUES: Final[Mapping[str, Mapping[str, Any]]] = {
    "status": STATUS_WORDS,
    "on_withdrawal": POLICIES,
    "sender": SENDERS,
}
_OWN: Final[Mapping[str, Any]] = {
    "begun": lazy_gettext("Its start has come"),
    "ended": lazy_gettext("Its end has come"),
    "withdrawn": lazy_gettext("Its product was withdrawn"),
    "address_gone": lazy_gettext("The address of its webhook wants nothing more"),
}


def field_words(field: str) -> str | None:
    """Return what people call a field of a campaign; a message is called by its channel, language and part."""
    if field.startswith("messages."):
        return _message_words(*field.split(".")[1:])
    known = _FIELDS.get(field)
    return None if known is None else str(known)


def _message_words(channel: str, language: str = "", part: str = "") -> str:
    """Return what people call a text: "Message by Email, English, subject"; the text itself has no name of its own."""
    words = [str(gettext("Message by %(channel)s", channel=term(channel)))]
    if language:
        words.append(language_name(language))
    words.extend(in_words(one.label).lower() for one in PARTS.get(channel, ()) if one.name == part and one.is_line)
    return ", ".join(words)


def value_words(field: str, value: Any) -> str | None:
    """Return a value as people say it, or None where it speaks for itself."""
    if not isinstance(value, str):
        return None
    if field == "status_reason" and value in OWN_REASONS:
        return str(_OWN[value])
    if field == "withdrawn_because":
        return withdrawn_words(value)
    if field == "activated_by":
        return actor_name(value)
    known = _VALUES.get(field, {}).get(value)
    return None if known is None else str(known)
