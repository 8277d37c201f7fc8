"""A message as it was written for one customer, to be shown on a phone."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from catalog_app.campaigns.messages.sms import sms_length
from catalog_app.campaigns.views.rendered import Length, Shown


def shown_message(channel: str, language: str | None, message: Mapping[str, Any]) -> Shown:
    """Return the message of a delivery, or of an answer, as a phone shows it; of an HTML mail its words alone."""
    texts = {name: text for name, text in message.items() if isinstance(text, str)}
    is_html = bool(message.get("html"))
    parts = {name: Markup(text).striptags() if is_html and name == "body" else text for name, text in texts.items()}  # noqa: S704  # its tags are taken away
    length = Length.of(sms_length(texts.get("body", ""))) if channel == "sms" else None
    return Shown(channel, language or "", parts, length)
