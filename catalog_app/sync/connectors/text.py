"""Text of a source, cleaned the same way everywhere: names, words of tables, external ids."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from catalog_app.core.text import clean_line, clean_text

MAX_ID_LENGTH: Final = 255
_SHOWN: Final = 60
_ZERO_WIDTH: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_GAP: Final = re.compile(r"[\s_-]+")
_UNWANTED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class CastError(ValueError):
    """A value that a cast cannot take; the message continues the sentence that begins with the value."""


def clean(value: Any) -> str:
    """Return text in NFC without space around it; raise CastError for what is no text or cannot be kept."""
    if type(value) is str and len(value) < _SHOWN:
        return _known_clean(value)
    return _cleaned(value, clean_text)


def external_id(value: Any) -> str:
    """Return an id as it is compared: NFC, trimmed, without zero-width characters; raise CastError if unusable."""
    if value is None:
        raise CastError("is missing")
    text = _cleaned(value, clean_line).translate(_ZERO_WIDTH).strip()
    if not text:
        raise CastError("is empty")
    if len(text) > MAX_ID_LENGTH:
        raise CastError(f"is longer than {MAX_ID_LENGTH} characters")
    return text


def word(value: str) -> str:
    """Return a word as tables and names are compared: without case, with one space for every gap."""
    return _known_word(value) if len(value) < _SHOWN else _word(value)


def snake(value: str) -> str:
    """Return a characteristic's name as a key: "Number of Ports" and "numberOfPorts" are number_of_ports."""
    return _known_snake(value) if len(value) < _SHOWN else _snake(value)


def slug(value: str) -> str:
    """Return lower-case letters, digits and dashes; raise CastError if nothing is left."""
    found = re.sub(r"[^\w]+|_+", "-", value.casefold()).strip("-")
    if not found:
        raise CastError("has no letter or digit")
    return found


def shown(value: Any) -> str:
    """Return a value for a message: short, and with invisible characters made visible."""
    text = ascii(value) if isinstance(value, str) and _UNWANTED.search(value) else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _word(value: str) -> str:
    return _GAP.sub(" ", value.strip()).casefold()


def _snake(value: str) -> str:
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", value.strip())
    return re.sub(r"\W+", "_", split).strip("_").casefold()


# The same few words come in every record; only short ones are remembered, so a hostile source fills no memory.
_known_word = lru_cache(maxsize=2048)(_word)
_known_snake = lru_cache(maxsize=2048)(_snake)


@lru_cache(maxsize=4096)
def _known_clean(value: str) -> str:
    return _cleaned(value, clean_text)


def _cleaned(value: Any, cleaner: Callable[[str], str]) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise CastError("is not text")
    text = str(value).strip()
    if text.isascii() and text.isprintable():
        return text
    try:
        return cleaner(text)
    except ValueError:
        raise CastError("holds characters that cannot be kept") from None
