"""Filters of text. None makes more than it may: what would grow is measured before it is made."""

from typing import Any
from urllib.parse import quote_plus

from markupsafe import Markup, escape

from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.messages.limits import MAX_TEXT
from catalog_app.campaigns.messages.values import count_of, plain_text
from catalog_app.core.errors import Sentence


def append(value: Any, other: Any) -> str:
    return plain_text(value) + plain_text(other)


def prepend(value: Any, other: Any) -> str:
    return plain_text(other) + plain_text(value)


def capitalize(value: Any) -> str:
    return plain_text(value).capitalize()


def upcase(value: Any) -> str:
    return plain_text(value).upper()


def downcase(value: Any) -> str:
    return plain_text(value).lower()


def strip(value: Any) -> str:
    return plain_text(value).strip()


def lstrip(value: Any) -> str:
    return plain_text(value).lstrip()


def rstrip(value: Any) -> str:
    return plain_text(value).rstrip()


def squish(value: Any) -> str:
    """Return the text on one line, with one space where there were several."""
    return " ".join(plain_text(value).split())


def replace(value: Any, old: Any, new: Any = "") -> str:
    text, old, new = plain_text(value), plain_text(old), plain_text(new)
    if text.count(old) * len(new) > MAX_TEXT:
        raise TemplateError(Sentence("This replacement makes too long a text."))
    return text.replace(old, new)


def replace_first(value: Any, old: Any, new: Any = "") -> str:
    return plain_text(value).replace(plain_text(old), plain_text(new), 1)


def remove(value: Any, old: Any) -> str:
    return plain_text(value).replace(plain_text(old), "")


def remove_first(value: Any, old: Any) -> str:
    return plain_text(value).replace(plain_text(old), "", 1)


def truncate(value: Any, length: Any = 50, end: Any = "...") -> str:
    """Return the text in at most `length` characters, the end included."""
    text, tail, most = plain_text(value), plain_text(end), max(0, count_of(length))
    return text if len(text) <= most else text[: max(0, most - len(tail))] + tail[:most]


def truncatewords(value: Any, length: Any = 15, end: Any = "...") -> str:
    words, most = plain_text(value).split(), max(1, count_of(length))
    return " ".join(words) if len(words) <= most else " ".join(words[:most]) + plain_text(end)


def slice_(value: Any, start: Any, length: Any = 1) -> str:
    """Return `length` characters from `start`, which counts from 0, and from the end where it is negative."""
    text, first = plain_text(value), count_of(start)
    first = first if first >= 0 else max(0, len(text) + first)
    return text[first : first + max(0, count_of(length))]


def escape_html(value: Any) -> Markup:
    """Return the text as HTML shows it. In a template that is HTML every placed value is escaped, once."""
    return escape(plain_text(value))


def newline_to_br(value: Any) -> Markup:
    return Markup("<br>\n").join(escape(line) for line in plain_text(value).splitlines())  # its own words


def url_encode(value: Any) -> str:
    return quote_plus(plain_text(value))
