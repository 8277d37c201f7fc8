"""From an answer to rows: whether it is a page of records, which it holds, and whether they came before."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any

import msgspec

from catalog_app.core.errors import MappingError
from catalog_app.core.http import Answer, FetchFailedError
from catalog_app.core.strict_json import StrictJsonError, as_sent, decode, decode_part, decode_quick, storable

from .casts import MOMENTS
from .cutting import Cutter
from .deletions import deletion_mark
from .paths import PathError, compile_path, first_of
from .preset import Preset
from .proof import SeenRecords, Sight
from .records import RawRecord, RejectedRecord, Unreadable, fingerprint
from .text import MAX_ID_LENGTH, CastError, external_id, shown
from .unreadable import WRONG_PLACE, refuse_html, unreadable

_BITS = 64
_PLAIN_ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.:-]{{0,{MAX_ID_LENGTH - 1}}}")
Sent = Callable[[int], bytes | msgspec.Raw]


@dataclass(frozen=True)
class Listing:
    """The rows of one answer.

    `items` has what is looked at of each, `sent(n)` row n as it was sent, `exactly(n)` the row with every digit of its
    amounts. `body` is what surrounds the rows; they themselves may be missing in it.
    """

    items: Sequence[Any]
    body: Any
    total: int | None
    doubts: tuple[str, ...]
    sent: Sent
    exactly: Callable[[int], Any]


@dataclass
class Rows:
    """What became of the rows of a page; `sights` has one entry for each row received."""

    records: list[RawRecord] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)
    sights: list[Sight] = field(default_factory=list)
    seen_before: frozenset[str] = frozenset()


class ListingReader:
    """Reads answers by the record rules of a preset."""

    def __init__(self, preset: Preset, mapping_version: bytes) -> None:
        rules = preset.records
        flags = preset.deletions.flag.path if preset.deletions.flag else ()
        self._cutter = Cutter(rules.paths, (*rules.id, *rules.updated, *flags))
        self._paths = tuple(map(compile_path, rules.paths))
        self._id = first_of(rules.id)
        self._updated = first_of(rules.updated) if rules.updated else lambda _record: None
        self._total_header = (rules.total_header or "").lower()
        self._total = first_of(rules.total_paths) if rules.total_paths else lambda _body: None
        self._moment = MOMENTS[rules.updated_format]
        self._is_deleted = deletion_mark(preset.deletions)
        self._version = mapping_version

    def listing(self, answer: Answer) -> Listing:
        """Return the rows of an answer; raise FetchFailedError if it is not a page of records."""
        refuse_html(answer)
        try:
            cut = self._cutter.cut(answer.body)
            if cut is not None:
                total, doubts = self._told_total(answer, cut.rest)
                parts = cut.parts
                return Listing(cut.heads, cut.rest, total, doubts, parts.__getitem__, lambda row: _exact(parts[row]))
            return self._read_whole(answer)
        except StrictJsonError as fault:
            raise unreadable(answer, fault) from None

    def _read_whole(self, answer: Answer) -> Listing:
        body = decode_quick(answer.body)
        items = self._items(body)
        if items is None:
            raise FetchFailedError("its answer holds no list of records", WRONG_PLACE)
        total, doubts = self._told_total(answer, body)
        exact_rows = cache(lambda: self._items(decode(answer.body)) or [])
        return Listing(items, body, total, doubts, lambda row: as_sent(items[row]), lambda row: exact_rows()[row])

    def _items(self, body: Any) -> list[Any] | None:
        return next((found for path in self._paths if isinstance(found := path(body), list)), None)

    def rows(self, listing: Listing, room: int, seen: SeenRecords) -> Rows:
        """Return the first `room` rows as records, those without a usable id or content as rejected."""
        rows = Rows()
        looks: list[tuple[str, str]] = []
        sent, exactly_at, identified = listing.sent, listing.exactly, self._identified
        for number, raw in enumerate(listing.items[:room]):
            exactly = partial(exactly_at, number)
            try:
                record = identified(raw, sent, number, exactly)
            except MappingError as fault:
                unusable = _shown_raw(exactly())
                rows.rejected.append(self._rejected(unusable, fault))
                looks.append((f"\0{unusable!r}", ""))
                continue
            rows.records.append(record)
            looks.append((record.external_id, record.sent_hash))
        rows.sights = seen.add_all(looks)
        if rows.sights.count(Sight.NEW) < len(looks):
            rows.seen_before = _seen_before(rows, looks)
        return rows

    def record(self, raw: Any, exactly: Callable[[], Any]) -> RawRecord:
        """Return a decoded row as a record; raise MappingError if it has no usable id or content."""
        return self._identified(raw, lambda _number: as_sent(raw), 0, exactly)

    def _identified(self, raw: Any, sent: Sent, number: int, exactly: Callable[[], Any]) -> RawRecord:
        if not isinstance(raw, dict):
            raise MappingError("record", f"{shown(raw)} is not an object")
        try:
            name = self._id(raw)
            # Nearly all ids need nothing done to them; "PO-7" is one of these as well.
            if not (type(name) is str and _PLAIN_ID.fullmatch(name)):
                name = external_id(_as_decoded(name))
        except (CastError, PathError) as fault:
            raise MappingError("external_product_id", f"{shown(self._id(raw))} {fault}") from None
        try:
            digest = fingerprint(sent(number), self._version)
        except StrictJsonError as fault:
            raise MappingError("record", f"it {fault}") from None
        return RawRecord(
            name, digest, self._told_update(raw), self._moment, self._version, exactly, self._is_deleted(raw)
        )

    def _rejected(self, raw: Any, fault: MappingError) -> RejectedRecord:
        updated_at = self._updated_at(raw) if isinstance(raw, dict) else None
        return RejectedRecord(self._id_if_any(raw), fault.field, fault.message, storable(raw), updated_at)

    def _told_total(self, answer: Answer, body: Any) -> tuple[int | None, tuple[str, ...]]:
        told = answer.headers.get(self._total_header) if self._total_header else None
        told = self._total(body) if told is None else told
        if told is None:
            return None, ()
        text = str(told).strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 16):  # noqa: PLR2004  # far beyond any catalogue
            return None, (f"the source gives {shown(told)} as its total",)
        return int(text), ()

    def _told_update(self, raw: Any) -> Any:
        try:
            told = self._updated(raw)
        except PathError:
            return None
        return told if isinstance(told, (str, int, float, Decimal)) else None

    def _updated_at(self, raw: Any) -> datetime | None:
        """Return the source's own time of change, or None where it gives none that can be read."""
        told = self._told_update(raw)
        try:
            return self._moment(told) if told is not None else None
        except CastError:
            return None

    def _id_if_any(self, raw: Any) -> str | None:
        try:
            return external_id(_as_decoded(self._id(raw)))
        except (CastError, PathError):
            return None


def _seen_before(rows: Rows, looks: Sequence[tuple[str, str]]) -> frozenset[str]:
    """Return the ids of the page that came before it; one that only comes twice in it is settled there."""
    names = {record.external_id for record in rows.records}
    first: dict[str, Sight] = {}
    for (name, _content), sight in zip(looks, rows.sights, strict=True):
        first.setdefault(name, sight)
    return frozenset(name for name, sight in first.items() if sight is not Sight.NEW and name in names)


def _exact(part: msgspec.Raw) -> Any:
    try:
        return decode_part(bytes(part))
    except StrictJsonError as fault:
        # The answer is a page of records; what is wrong with one of them is no fault of the others.
        return Unreadable(bytes(part).decode("utf-8", "replace"), str(fault))


def _shown_raw(found: Any) -> Any:
    return found.text if isinstance(found, Unreadable) else found


def _as_decoded(value: Any) -> Any:
    """Return a number as `decode` has it: beyond 64 bits none is taken for a whole one."""
    return Decimal(value) if isinstance(value, int) and value.bit_length() > _BITS else value
