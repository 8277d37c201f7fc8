"""A file as a source: CSV with a heading, or NDJSON, with the field names of the JSON API, one product a row.

It speaks for one external system, as its listing would, and goes the same way: plan, guards, approval, undo. What
people own stays theirs. A row says what it names: an empty cell of CSV says nothing of its field, null in NDJSON says
that there is none. No file tells what is gone, so none withdraws anything.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

import orjson

from catalog_app.core.errors import FatalError, MappingError, RuleError
from catalog_app.core.strict_json import StrictJsonError, as_sent, decode, storable
from catalog_app.products.patch import written_fields
from catalog_app.products.schema import JSON_FIELDS, ProductIdentity, ProductInput
from catalog_app.sync.connectors.casts import moment
from catalog_app.sync.connectors.connector import ListingProof, MappedRecord, RawRecord, RecordPage, RejectedRecord
from catalog_app.sync.connectors.records import fingerprint, settle

A_PAGE: Final = 500
MAX_LINE: Final = 1024 * 1024
_VERSION: Final = b"file 1"
_MADE_HARMLESS: Final = tuple(f"'{sign}" for sign in "=+-@\t\r")
"""How a cell begins that an export kept from being a formula."""

Row = tuple[int, Any]
"""The number of a line and what stands there: an object, or what could be read of it."""


class FileSource:
    """The rows of one file as records of the system `key`; what is wrong with one is told with the number of its line."""

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._key = key
        self._lines: dict[str, int] = {}
        self._pages = self._rows = 0

    @property
    def proof(self) -> ListingProof:
        """All that stands in the file has been read; nothing follows from what does not."""
        return ListingProof(
            complete=True, reasons=(), pages=self._pages, rows=self._rows, total=None, retries=0, bytes=0
        )

    def pages(self) -> Iterator[RecordPage]:
        """Yield the rows as pages of records; raise FatalError for a file that cannot be read to its end."""
        seen: set[str] = set()
        try:
            rows = _rows(self._path)
            while chunk := list(islice(rows, A_PAGE)):
                yield self._page(chunk, seen)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise FatalError(f"The file cannot be read ({type(error).__name__}). Nothing was applied.") from None

    def map(self, record: RawRecord) -> MappedRecord:
        """Return the row as product fields, checked; raise MappingError naming line and field where it breaks a rule."""
        try:
            values = _values(record.raw)
            ProductInput.check(values)
        except RuleError as error:
            field, message = next(iter(error.errors.items()))
            raise MappingError(field, f"line {self._lines[record.external_id]}: {message}") from None
        return MappedRecord(record.external_id, values)

    def _page(self, chunk: Iterable[Row], seen: set[str]) -> RecordPage:
        self._lines, received = {}, 0
        records: list[RawRecord] = []
        refused: list[RejectedRecord] = []
        for number, row in chunk:
            received += 1
            try:
                records.append(self._record(number, row))
            except RuleError as error:
                field, message = next(iter(error.errors.items()))
                refused.append(RejectedRecord(None, field, f"line {number}: {message}", storable(row)))
        kept, contradicting = settle(records)
        self._pages, self._rows = self._pages + 1, self._rows + received
        before = frozenset(record.external_id for record in records if record.external_id in seen)
        seen.update(record.external_id for record in records)
        return RecordPage(
            number=self._pages,
            records=tuple(kept),
            rejected=(*refused, *contradicting),
            received=received,
            expected_total=None,
            bytes=0,
            retries=0,
            seen_before=before,
        )

    def _record(self, number: int, row: Any) -> RawRecord:
        if not isinstance(row, dict):
            raise RuleError({"record": "It is not an object."})
        system = row.get("external_system") or self._key
        if system != self._key:
            raise RuleError({"external_system": f"It belongs to {system}, and this file was given for {self._key}."})
        if row.get("external_product_id") is None:
            raise RuleError({"external_product_id": "Fill this in."})
        name = ProductIdentity.check(row["external_product_id"])
        self._lines[name] = number
        try:
            digest = fingerprint(as_sent(row), _VERSION)
        except StrictJsonError as error:
            raise RuleError({"record": f"It {error}."}) from None
        return RawRecord(name, digest, None, moment, _VERSION, lambda: row)


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: value for name, value in row.items() if name not in ("external_system", "external_product_id")}
    return written_fields(named)


def _rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file with the numbers of their lines; what it holds tells which kind it is, not its name."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        first = lines.readline(MAX_LINE)
        lines.seek(0)
        yield from _ndjson(lines) if first.lstrip().startswith("{") else _csv(lines)


def _ndjson(lines: Iterable[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        if len(line) > MAX_LINE:
            raise FatalError(f"Line {number} is longer than {MAX_LINE} characters. Nothing was applied.")
        if not line.strip():
            continue
        try:
            yield number, decode(line.encode())
        except StrictJsonError as error:
            yield number, f"It {error}"


def _csv(lines: Iterable[str]) -> Iterator[Row]:
    reader = csv.DictReader(lines, strict=True)
    if "external_product_id" not in (reader.fieldnames or ()):
        raise FatalError("The first line names no column external_product_id. Nothing was applied.")
    for cells in reader:
        yield reader.line_num, {name: _cell(name, text) for name, text in cells.items() if name is not None and text}


def _cell(name: str, text: str) -> Any:
    plain = text[1:] if text.startswith(_MADE_HARMLESS) else text
    if name not in JSON_FIELDS:
        return plain
    try:
        return orjson.loads(plain)
    except orjson.JSONDecodeError:
        # The rules of the field say what is wrong with it.
        return plain
