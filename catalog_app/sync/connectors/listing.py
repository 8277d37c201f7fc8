"""From an answer to rows: whether it is a page of records, which it holds, and whether they came before."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from typing import Any

from catalog_app.core.errors import MappingError
from catalog_app.core.http import Answer, FetchFailedError
from catalog_app.core.strict_json import StrictJsonError, decode, decode_quick, storable

from .casts import moment
from .paths import PathError, compile_path, first_of
from .preset import Preset
from .proof import SeenRecords, Sight
from .records import RawRecord, RejectedRecord, content_hash
from .text import CastError, external_id, shown

_ADVICE = "Check the base URL and the preset of this system: something else than its product list may answer there"


@dataclass(frozen=True)
class Listing:
    """The rows of one answer, decoded quickly; `exactly(n)` is row n with every digit of its amounts."""

    items: list[Any]
    body: Any
    total: int | None
    doubts: tuple[str, ...]
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
        self._paths = tuple(map(compile_path, rules.paths))
        self._id = first_of(rules.id)
        self._updated = first_of(rules.updated) if rules.updated else lambda _record: None
        self._total_header = (rules.total_header or "").lower()
        self._total = first_of(rules.total_paths) if rules.total_paths else lambda _body: None
        self._version = mapping_version

    def listing(self, answer: Answer) -> Listing:
        """Return the rows of an answer; raise FetchFailedError if it is not a page of records."""
        if answer.headers.get("content-type", "").lower().startswith("text/html"):
            raise FetchFailedError("it answered with an HTML page instead of records", _ADVICE)
        try:
            body = decode_quick(answer.body)
        except StrictJsonError as fault:
            raise FetchFailedError(f"its answer {fault}", _ADVICE) from None
        items = self._items(body)
        if items is None:
            raise FetchFailedError("its answer holds no list of records", _ADVICE)
        total, doubts = self._told_total(answer, body)
        exact_rows = cache(lambda: self._items(decode(answer.body)) or [])
        return Listing(items, body, total, doubts, lambda row: exact_rows()[row])

    def rows(self, listing: Listing, room: int, seen: SeenRecords) -> Rows:
        """Return the first `room` rows as records, those without a usable id or content as rejected."""
        rows = Rows()
        here: set[str] = set()
        again: set[str] = set()
        for number, raw in enumerate(listing.items[:room]):
            try:
                record = self.record(raw, partial(listing.exactly, number))
            except MappingError as fault:
                rows.rejected.append(RejectedRecord(self._id_if_any(raw), fault.field, fault.message, storable(raw)))
                rows.sights.append(seen.add(f"\0{raw!r}", ""))
                continue
            rows.records.append(record)
            sight = seen.add(record.external_id, record.source_hash)
            rows.sights.append(sight)
            if sight is not Sight.NEW and record.external_id not in here:
                again.add(record.external_id)
            here.add(record.external_id)
        rows.seen_before = frozenset(again)
        return rows

    def record(self, raw: Any, exactly: Callable[[], Any]) -> RawRecord:
        """Return a row as a record; raise MappingError if it has no usable id or content."""
        if not isinstance(raw, dict):
            raise MappingError("record", f"{shown(raw)} is not an object")
        try:
            name = external_id(self._id(raw))
        except (CastError, PathError) as fault:
            raise MappingError("external_product_id", f"{shown(self._id(raw))} {fault}") from None
        try:
            digest = content_hash(raw, self._version)
        except StrictJsonError as fault:
            raise MappingError("record", f"it {fault}") from None
        return RawRecord(name, digest, self._updated_at(raw), exactly)

    def _items(self, body: Any) -> list[Any] | None:
        return next((found for path in self._paths if isinstance(found := path(body), list)), None)

    def _told_total(self, answer: Answer, body: Any) -> tuple[int | None, tuple[str, ...]]:
        told = answer.headers.get(self._total_header) if self._total_header else None
        told = self._total(body) if told is None else told
        if told is None:
            return None, ()
        text = str(told).strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 16):  # noqa: PLR2004  # far beyond any catalogue
            return None, (f"the source gives {shown(told)} as its total",)
        return int(text), ()

    def _updated_at(self, raw: Any) -> datetime | None:
        """Return the source's own time of change, or None where it gives none that can be read."""
        try:
            value = self._updated(raw)
            return moment(value) if value is not None else None
        except (CastError, PathError):
            return None

    def _id_if_any(self, raw: Any) -> str | None:
        try:
            return external_id(self._id(raw))
        except (CastError, PathError):
            return None
