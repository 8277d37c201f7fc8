"""Filters of lists, and `default`, which is for what is missing."""

from typing import Any

from liquid.undefined import is_undefined

from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.messages.limits import MAX_LIST, MAX_TEXT
from catalog_app.campaigns.messages.values import bounded, plain_text
from catalog_app.core.errors import Sentence


def default(value: Any, other: Any = "") -> Any:
    """Return the value, or `other` where there is none: nothing known, an empty text, an empty list, false."""
    return other if is_undefined(value) or value is None or value is False or value in ("", []) else value


def split(value: Any, separator: Any) -> list[str]:
    text, mark = plain_text(value), plain_text(separator)
    parts = text.split(mark, MAX_LIST) if mark else list(text[: MAX_LIST + 1])
    return bounded(parts)


def join(value: Any, separator: Any = " ") -> str:
    texts, mark = [plain_text(one) for one in _listed(value)], plain_text(separator)
    if sum(map(len, texts)) + len(mark) * len(texts) > MAX_TEXT:
        raise TemplateError(Sentence("This list makes too long a text."))
    return mark.join(texts)


def first(value: Any) -> Any:
    listed = _listed(value)
    return listed[0] if listed else None


def last(value: Any) -> Any:
    listed = _listed(value)
    return listed[-1] if listed else None


def size(value: Any) -> int:
    return len(value) if isinstance(value, list) else len(plain_text(value))


def _listed(value: Any) -> list[Any]:
    return bounded(value) if isinstance(value, list) else [plain_text(value)]
