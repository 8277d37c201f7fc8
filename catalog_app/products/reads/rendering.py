"""From stored documents to the bytes of an answer: what the clock decides is put in, the rest is passed on as it lies."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec

from catalog_app.core.json_values import moment_text
from catalog_app.products.document import ALL_FIELDS
from catalog_app.products.reads.documents import DOCUMENT, moment_of

COLUMNS: Final = tuple(
    DOCUMENT.columns[name] for name in ("id", "sale_from", "sale_to", "quota_left", "seen_at", "seen_with", "body")
)
"""What has to be read of a document to show it, in this order."""

Marks = Mapping[str, int]
"""When a complete run last saw all that a system has, in microseconds, by the system's key."""

Shown = tuple[int, int, int, int | None, int | None, str | None, str]


def rendered(rows: Iterable[Shown], now: int, marks: Marks) -> list[str]:
    """Return whole documents as JSON text, as they are at `now`, a moment in microseconds."""
    texts = []
    for number, sale_from, sale_to, quota_left, seen_at, seen_with, body in rows:
        available = "true" if sale_from <= now < sale_to and (quota_left is None or quota_left > 0) else "false"
        left = "null" if quota_left is None else quota_left
        seen = "null" if seen_at is None else _moment(_last_seen(seen_at, seen_with, marks))
        texts.append(f'{{"id":{number},{body},"quota_left":{left},"available_now":{available},"last_synced":{seen}}}')
    return texts


def array(texts: Sequence[str], fields: tuple[str, ...] = ALL_FIELDS, more: Sequence[str] = ()) -> bytes:
    """Return documents as a JSON array: whole, or these fields only, in the order in which they are named.

    `more` names members that the texts hold besides and that are always shown, last.
    """
    whole = f"[{','.join(texts)}]".encode()
    if fields == ALL_FIELDS:
        return whole
    return _ENCODER.encode(_cutter((*fields, *more)).decode(whole))


def one(text: str, fields: tuple[str, ...] = ALL_FIELDS) -> bytes:
    """Return one document in the same way."""
    return text.encode() if fields == ALL_FIELDS else array([text], fields)[1:-1]


def _last_seen(seen_at: int, seen_with: str | None, marks: Marks) -> int:
    """Return when a complete run last saw the product.

    A run does not write products that did not change, so the system's last complete run speaks for them;
    a product that is missing was not seen by it.
    """
    return seen_at if seen_with is None else max(seen_at, marks.get(seen_with, seen_at))


@lru_cache(maxsize=1024)
def _moment(stored: int) -> str:
    return f'"{moment_text(moment_of(stored))}"'


@lru_cache(maxsize=256)
def _cutter(fields: tuple[str, ...]) -> "msgspec.json.Decoder[Any]":
    """Return what reads these members of every object in an array, and passes over the others."""
    kind = msgspec.defstruct("Cut", [(field, msgspec.Raw) for field in fields])
    return msgspec.json.Decoder(list[kind])  # type: ignore[valid-type]  # made while running


_ENCODER = msgspec.json.Encoder()
