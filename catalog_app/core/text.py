"""Text from elsewhere: what is kept, what is refused, and how it is searched."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

from catalog_app.core.errors import Sentence

MAX_DEPTH = 20
MAX_EXACT = 2**53 - 1
"""The largest whole number that every JSON reader takes exactly."""

# Control characters and lone surrogates; a text of several lines may hold line breaks and tabs.
_REFUSED_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_REFUSED_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_line(text: str) -> str:
    """Return one line of text, NFC and trimmed; raise ValueError for what no name may hold."""
    return _clean(text, layout=False)


def clean_text(text: str) -> str:
    """Return text that may hold line breaks and tabs, NFC and trimmed; raise ValueError for other control characters."""
    return _clean(text.replace("\r\n", "\n").replace("\r", "\n"), layout=True)


def fold(text: str) -> str:
    """Return text as it is searched: NFKC and casefolded, so that "ROUMING", "Rouming" and a wide form are one.

    Both databases search this form. SQLite's own LIKE folds ASCII only and would not find a Cyrillic name.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def clean_json(value: Any, depth: int = 0) -> Any:
    """Return a JSON value that both databases take and give back alike; raise ValueError for what one would refuse."""
    if depth > MAX_DEPTH:
        raise ValueError(Sentence("This is nested more than %(most)s levels deep.", most=MAX_DEPTH))
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float, Decimal)):
        return _exact(value)
    if isinstance(value, (dict, Mapping)):
        return {clean_line(str(key)): clean_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_json(item, depth + 1) for item in value]
    raise ValueError(Sentence("A %(name)s is not a JSON value.", name=type(value).__name__))


def _exact(number: Decimal | float) -> int | float:
    if isinstance(number, int):
        whole = number
    elif isfinite(number):
        whole = int(number)
    else:
        raise ValueError(Sentence("Use an ordinary number."))
    if abs(whole) > MAX_EXACT:
        raise ValueError(Sentence("This number is too large to be kept exactly."))
    return whole if whole == number else float(number)


def _clean(text: str, *, layout: bool) -> str:
    # Most text is plain: nothing in it is to be refused or composed, and that is told twenty times as fast.
    if text.isascii() and text.isprintable():
        return text.strip()
    if found := (_REFUSED_IN_TEXT if layout else _REFUSED_IN_LINE).search(text):
        raise ValueError(
            Sentence("This holds a character that cannot be kept (U+%(code)s).", code=f"{ord(found[0]):04X}")
        )
    return unicodedata.normalize("NFC", text).strip()
