"""How long a message gets: tried on each sample customer, and told at its worst."""

from collections.abc import Iterator
from typing import Any, Final

from catalog_app.campaigns.messages.checks.asked import Asked
from catalog_app.campaigns.messages.checks.message import Message
from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.messages.finding import ERROR, WARNING, Finding
from catalog_app.campaigns.messages.parts import PARTS
from catalog_app.campaigns.messages.rendering import Rendered, compiled_part
from catalog_app.campaigns.messages.sms import GSM_7, UCS_2, SmsLength, outside_gsm, sms_length
from catalog_app.campaigns.messages.using import replaced
from catalog_app.core.errors import Sentence

MAX_SEGMENTS: Final = 10
"""More are refused by many networks, and paid for one by one by all."""

MAX_USSD: Final = 182
"""What one screen of USSD holds in GSM-7; UCS-2 takes two bytes of its 160 for each."""
MAX_USSD_UCS_2: Final = 80

_BODY: Final = "body"
_NAME, _SHORT_NAME = "product.name", "product.short_name"
_PLAIN: Final = {
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{NO-BREAK SPACE}": " ",
    "\N{NARROW NO-BREAK SPACE}": " ",
}
"""What text programs put in by themselves, and what a telephone writes."""


def lengths(asked: Asked, message: Message) -> Iterator[Finding]:
    """Yield how many segments an SMS takes, what puts it into UCS-2, and a USSD that one screen does not hold.

    A message that cannot be rendered for a sample customer is an error, with its place.
    """
    try:
        tried = [(context, message.rendered(context)) for context in message.contexts(asked)]
    except TemplateError as error:
        yield message.fault(error)
        return
    if message.channel == "sms" and tried:
        yield from _sms(message, tried)
    if message.channel == "ussd" and any(_is_over_ussd(sms_length(one.parts[_BODY])) for _, one in tried):
        sentence = Sentence("One screen does not hold this for every customer (%(most)s characters).", most=MAX_USSD)
        yield message.finding(WARNING, "ussd_too_long", sentence, part=_BODY)


def _sms(message: Message, tried: list[tuple[dict[str, Any], Rendered]]) -> Iterator[Finding]:
    all_lengths = [one.sms for _, one in tried if one.sms is not None]
    counts = [length.segments for length in all_lengths]
    worst, least = max(counts), min(counts)
    if worst > MAX_SEGMENTS:
        words = {"count": worst, "most": MAX_SEGMENTS}
        sentence = Sentence("The SMS takes up to %(count)s segments; more than %(most)s do not arrive.", **words)
        yield message.finding(ERROR, "sms_too_long", sentence, part=_BODY)
        return
    if worst == 1:
        return
    yield _with_short_name(message, tried, worst, least) or message.finding(
        WARNING, "sms_segments", _segments(worst, least), part=_BODY
    )
    if any(length.encoding == UCS_2 for length in all_lengths):
        yield from _ucs_2(message, tried, worst)


def _segments(worst: int, least: int, saved: int = 0) -> Sentence:
    if worst == least and saved:
        return Sentence(
            "The SMS is %(count)s segments for every customer. The short name saves %(saved)s characters.",
            count=worst,
            saved=saved,
        )
    if saved:
        return Sentence(
            "The SMS is up to %(count)s segments. The short name saves %(saved)s characters.", count=worst, saved=saved
        )
    if worst == least:
        return Sentence("The SMS is %(count)s segments for every customer.", count=worst)
    return Sentence("The SMS is up to %(count)s segments.", count=worst)


def _with_short_name(
    message: Message, tried: list[tuple[dict[str, Any], Rendered]], worst: int, least: int
) -> Finding | None:
    """Return the finding that says how many characters the short name saves, where it saves a segment."""
    part = message.parts[_BODY]
    place = next((use.place for use in part.uses if use.name == _NAME), None)
    if place is None or not all("short_name" in context["product"] for context, _ in tried):
        return None
    shorter = replaced(part.source, place, _SHORT_NAME)
    found = _tried(message, tried, shorter)
    if found is None or max(length.segments for length in found) >= worst:
        return None
    before = max(one.sms.characters for _, one in tried if one.sms is not None)
    saved = before - max(length.characters for length in found)
    return message.finding(
        WARNING,
        "short_name",
        _segments(worst, least, saved),
        part=_BODY,
        line=place.line,
        column=place.column,
        suggestion=_SHORT_NAME,
        replacement=shorter,
    )


def _ucs_2(message: Message, tried: list[tuple[dict[str, Any], Rendered]], worst: int) -> Iterator[Finding]:
    """Yield what puts a text into UCS-2 that would be shorter without it."""
    source = message.parts[_BODY].source
    plain = "".join(_PLAIN.get(one, one) for one in source)
    found = _tried(message, tried, plain) if plain != source else None
    if found is None or any(length.encoding != GSM_7 for length in found):
        return
    count = max(length.segments for length in found)
    if count < worst:
        sentence = Sentence(
            "Outside GSM-7: %(characters)s. Without these the SMS takes %(count)s of its %(worst)s segments.",
            characters=" ".join(outside_gsm(source)),
            count=count,
            worst=worst,
        )
        yield message.finding(WARNING, "outside_gsm", sentence, part=_BODY, replacement=plain)


def _tried(message: Message, tried: list[tuple[dict[str, Any], Rendered]], text: str) -> list[SmsLength] | None:
    """Return how long the message would be with another text, None where that cannot be said."""
    try:
        other = compiled_part(message.channel, PARTS[message.channel][0], text)
        if other is None:
            return None
        again = [message.rendered(context, **{_BODY: other}).sms for context, _ in tried]
    except TemplateError:
        return None
    return [length for length in again if length is not None]


def _is_over_ussd(length: SmsLength) -> bool:
    return length.characters > (MAX_USSD if length.encoding == GSM_7 else MAX_USSD_UCS_2)
