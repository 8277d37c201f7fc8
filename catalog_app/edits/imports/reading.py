"""What the cells of a row say of a product, field by field, as the rules of a product take it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

import orjson

from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.text import fold
from catalog_app.edits.imports import short_forms
from catalog_app.products import terms
from catalog_app.products.field_types import MAX_INT
from catalog_app.products.labels import TERMS
from catalog_app.products.schema import AMOUNTS, JSON_FIELDS
from catalog_app.products.tables.cells import typed

CLEARS: Final = "-"
"""What a cell holds that empties its field. A text that is this very sign is written '- and is not meant by it."""

_TERMS: Final[Mapping[str, tuple[str, ...]]] = {
    "product_type": terms.PRODUCT_TYPES,
    "payment_mode": terms.PAYMENT_MODES,
    "billing_cycle": terms.BILLING_CYCLES,
    "lifecycle_status": terms.LIFECYCLE_STATUSES,
    "sync_frequency": terms.SYNC_FREQUENCIES,
}
_SWITCHES: Final = frozenset({"recurring", "tax_included", "is_available", "is_active"})
_YES: Final = frozenset({"true", "yes", "y", "1", "on", "x"})
_NO: Final = frozenset({"false", "no", "n", "0", "off"})
_NUMBERS: Final = frozenset({"id", "version"})
_MOMENTS: Final = frozenset({"valid_from", "valid_to"})
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)?")
_DOTTED: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_ZONE: Final = re.compile(r"(?:Z|[+-][0-9]{2}:?[0-9]{2})$")
_WITH_COMMA: Final = re.compile(r"(-?[0-9]+),([0-9]{1,4})")


@dataclass(frozen=True)
class Reader:
    """Reads cells. Segments may be named by their labels; `decimal_comma` is how this file writes amounts."""

    segments: Mapping[str, str] = field(default_factory=dict)
    decimal_comma: bool = False

    def values(self, cells: Mapping[str, Any]) -> dict[str, Any]:
        """Return what cells say, by the field of each; raise RuleError with a sentence for each that cannot be read."""
        values: dict[str, Any] = {}
        faults: dict[str, str] = {}
        for name, cell in cells.items():
            try:
                values[name] = self.value(name, cell)
            except ValueError as error:
                faults[name] = error.args[0] if error.args else Sentence("This cannot be read.")
        if faults:
            raise RuleError(faults)
        return values

    def value(self, name: str, cell: Any) -> Any:
        """Return what a cell says of a field, None where it empties it; raise ValueError with a sentence."""
        if isinstance(cell, str) and cell.strip() == CLEARS:
            return None
        text = typed(cell)
        if name in AMOUNTS:
            return self._amount(text.strip())
        if name in JSON_FIELDS:
            return self._structure(name, text.strip())
        return _plain(name, text)

    def _amount(self, text: str) -> str:
        return _WITH_COMMA.sub(r"\1.\2", text) if self.decimal_comma and _WITH_COMMA.fullmatch(text) else text

    def _structure(self, name: str, text: str) -> Any:
        if text[:1] in ("{", "["):
            return _json(text)
        if name in ("target_segments", "exclude_segments"):
            return short_forms.keys(text, self.segments)
        if name == "channels":
            return short_forms.keys(text, short_forms.channel_labels())
        read: Callable[[str], Any] | None = short_forms.READERS.get(name)
        if read is None:
            raise ValueError(Sentence("Write this as JSON, as an export does."))
        return read(text)


def _plain(name: str, text: str) -> Any:
    if name in _NUMBERS:
        return _whole(text.strip())
    if name in _TERMS:
        return _words(name).get(_squeezed(text), text.strip())
    if name in _SWITCHES:
        return _switch(text)
    return _moment(text.strip()) if name in _MOMENTS else text


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValueError(
            Sentence("This is not JSON: look for a bracket or a quotation mark that is missing.")
        ) from None


def _whole(text: str) -> int:
    digits = text.removeprefix("#")
    if not (
        digits.isascii() and digits.isdecimal() and len(digits) <= len(str(MAX_INT)) and 0 < int(digits) <= MAX_INT
    ):
        raise ValueError(Sentence("Use a whole number."))
    return int(digits)


def _switch(text: str) -> bool:
    said = _squeezed(text)
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise ValueError(Sentence("Write yes or no."))


def _moment(text: str) -> str:
    """Return a moment with its zone; without one it is UTC, and a date alone is where it begins."""
    if found := _DOTTED.fullmatch(text):
        text = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    zone = _ZONE.search(text) if ":" in text else None
    plain = text[: zone.start()] if zone else text
    if not _MOMENT.fullmatch(plain):
        raise ValueError(Sentence("Write a date as 2026-12-31, or with its time as 2026-12-31 23:59 (UTC)."))
    try:
        datetime.fromisoformat(plain)
    except ValueError:
        raise ValueError(Sentence("There is no such day or time.")) from None
    at = plain.replace(" ", "T") if ":" in plain else f"{plain}T00:00:00"
    return at + (zone[0] if zone else "Z")


def _squeezed(text: str) -> str:
    return re.sub(r"[\s_\-]+", "", fold(text.strip()))


@cache
def _by_key(name: str) -> Mapping[str, str]:
    return {_squeezed(value): value for value in _TERMS[name]}


def _words(name: str) -> Mapping[str, str]:
    """Return the values of a closed list by what people call them."""
    return {**{_squeezed(str(TERMS[value])): value for value in _TERMS[name]}, **_by_key(name)}
