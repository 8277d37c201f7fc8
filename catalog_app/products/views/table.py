"""The rows of the list as HTML: the template says once how a row looks, and here each product is filled in.

A template that prints fifty rows cell by cell takes longer than everything else that the list does.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from catalog_app.products.rows import ProductRow, Whisper

Pieces = Mapping[str, str]
"""Finished HTML that rows share: "mark-" and a shape, "status-" and a status, "no_price", "no_window", "yours"."""

_Fill = Callable[[ProductRow, Pieces], str]


def filled(pattern: str, rows: Iterable[ProductRow], pieces: Pieces) -> Markup:
    """Return the pattern once for each row, its holes filled: "{name}" with the name, and so on."""
    parts, fills = _cut(pattern)
    made: list[str] = []
    for row in rows:
        parts[1::2] = [fill(row, pieces) for fill in fills]
        made += parts
    return Markup("".join(made))  # noqa: S704  # the pattern is a template's, and all that is filled in was escaped


def _cut(pattern: str) -> tuple[list[str], tuple[_Fill, ...]]:
    parts = _HOLE.split(pattern)
    return parts, tuple(_FILLS[name] for name in parts[1::2])


@lru_cache(maxsize=2_000)
def _text(text: str) -> str:
    """Return a text escaped; most texts of a list are in many rows."""
    return str(escape(text))


def _price(row: ProductRow, pieces: Pieces) -> str:
    if not row.price:
        return pieces["no_price"]
    mark = pieces[f"price-{row.price_mark}"] if row.price_mark else ""
    return f'{mark}<span class="money">{_text(row.price)}</span>'


def _system(row: ProductRow, _pieces: Pieces) -> str:
    label = row.system.label
    mark = f'<span class="system-mark" aria-hidden="true">{_text(label[:1])}</span>'
    return f'<span class="system">{mark}{_text(label)}</span>'


def _segments(row: ProductRow, _pieces: Pieces) -> str:
    more = f' <span class="count">+{row.more_segments}</span>' if row.more_segments > 0 else ""
    return f"{_text(row.segment)}{more}"


def _synced(row: ProductRow, pieces: Pieces) -> str:
    whisper = row.synced
    is_ours = whisper.mark == "pencil"
    tone = f" tone-{whisper.tone}" if whisper.tone else " tone-yours" if is_ours else ""
    ours = pieces["yours"].replace(HOLES.ours, str(row.ours)) if is_ours and whisper.moment else ""
    return f'<span class="whisper{tone}">{pieces[f"mark-{whisper.mark}"]}{_moment(whisper)}{ours}</span>'


def _moment(whisper: Whisper | None) -> str:
    if whisper is None:
        return ""
    words = _text(whisper.text)
    return f'<time datetime="{whisper.moment.isoformat()}" data-ago>{words}</time>' if whisper.moment else words


_FILLS: Final[Mapping[str, _Fill]] = {
    "id": lambda row, _: str(row.id),
    "gone": lambda row, _: ' class="unavailable"' if row.is_gone else "",
    "name": lambda row, _: _text(row.name),
    "type": lambda row, _: _text(row.product_type),
    "category": lambda row, _: _text(row.category),
    "price": _price,
    "per": lambda row, _: _text(row.per) if row.price else "",
    "system": _system,
    "external_id": lambda row, _: _text(row.external_id),
    "status": lambda row, pieces: pieces[f"status-{row.status}"],
    "window": lambda row, pieces: _text(row.window) or pieces["no_window"],
    "segments": _segments,
    "channels": lambda row, _: _text(row.channels),
    "changed": lambda row, _: _moment(row.changed),
    "synced": _synced,
}
# No other brace is a hole, whatever words a translation holds.
_HOLE: Final = re.compile(f"\\{{({'|'.join(_FILLS)})\\}}")


class Holes(NamedTuple):
    """What a template writes where something is to be filled in."""

    id: str = "{id}"
    gone: str = "{gone}"
    name: str = "{name}"
    type: str = "{type}"
    category: str = "{category}"
    price: str = "{price}"
    per: str = "{per}"
    system: str = "{system}"
    external_id: str = "{external_id}"
    status: str = "{status}"
    window: str = "{window}"
    segments: str = "{segments}"
    channels: str = "{channels}"
    changed: str = "{changed}"
    synced: str = "{synced}"
    ours: str = "{number}"


HOLES: Final = Holes()
