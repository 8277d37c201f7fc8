"""A file as a source: CSV, XLSX or NDJSON with the field names of the JSON API, one product a row.

It speaks for one external system, as its listing would, and goes the same way: plan, guards, approval, undo. What
people own stays theirs. A row says what it names: an empty cell says nothing of its field, null in NDJSON says that
there is none. No file tells what is gone, so none withdraws anything.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Final

import orjson

from catalog_app.core.errors import FatalError, MappingError, RuleError
from catalog_app.core.strict_json import StrictJsonError, as_sent, storable
from catalog_app.products.patch import written_fields
from catalog_app.products.schema import JSON_FIELDS, KEY_LISTS, ProductIdentity, ProductInput
from catalog_app.products.tables.cells import parted, typed
from catalog_app.products.tables.open_table import open_table
from catalog_app.products.tables.table import Limits, Line, TableError
from catalog_app.sync.connectors.casts import moment
from catalog_app.sync.connectors.connector import ListingProof, MappedRecord, RawRecord, RecordPage, RejectedRecord
from catalog_app.sync.connectors.records import fingerprint, settle

A_PAGE: Final = 500
_VERSION: Final = b"file 1"
_UNLIMITED: Final = Limits(rows=sys.maxsize)
"""An operator gives these files, on the machine itself."""


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
            with self._path.open("rb") as file:
                rows = _rows(file)
                while chunk := list(islice(rows, A_PAGE)):
                    yield self._page(chunk, seen)
        except OSError as error:
            raise FatalError(f"The file cannot be read ({type(error).__name__}). Nothing was applied.") from None
        except TableError as error:
            raise FatalError(f"The file cannot be read: {error} Nothing was applied.") from None

    def map(self, record: RawRecord) -> MappedRecord:
        """Return the row as product fields, checked; raise MappingError naming line and field where it breaks a rule."""
        try:
            values = _values(record.raw)
            ProductInput.check(values)
        except RuleError as error:
            field, message = next(iter(error.errors.items()))
            raise MappingError(field, f"line {self._lines[record.external_id]}: {message}") from None
        return MappedRecord(record.external_id, values)

    def _page(self, chunk: Iterable[Line], seen: set[str]) -> RecordPage:
        self._lines, received = {}, 0
        records: list[RawRecord] = []
        refused: list[RejectedRecord] = []
        for line in chunk:
            received += 1
            try:
                records.append(self._record(line))
            except RuleError as error:
                field, message = next(iter(error.errors.items()))
                refused.append(RejectedRecord(None, field, f"line {line.number}: {message}", _kept(line)))
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

    def _record(self, line: Line) -> RawRecord:
        if line.fault is not None:
            raise RuleError({"record": line.fault})
        row = line.cells
        system = row.get("external_system") or self._key
        if system != self._key:
            raise RuleError({"external_system": f"It belongs to {system}, and this file was given for {self._key}."})
        if row.get("external_product_id") is None:
            raise RuleError({"external_product_id": "Fill this in."})
        name = ProductIdentity.check(row["external_product_id"])
        self._lines[name] = line.number
        try:
            digest = fingerprint(as_sent(row), _VERSION)
        except StrictJsonError as error:
            raise RuleError({"record": f"It {error}."}) from None
        return RawRecord(name, digest, None, moment, _VERSION, lambda: row)


def _kept(line: Line) -> Any:
    return storable(dict(line.cells)) or line.fault


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: value for name, value in row.items() if name not in ("external_system", "external_product_id")}
    return written_fields(named)


def _rows(file: BinaryIO) -> Iterator[Line]:
    """Yield the rows of a file with what their cells say; what it holds tells which kind it is, not its name."""
    table = open_table(file, limits=_UNLIMITED)
    if table.kind == "ndjson":
        yield from table.lines()
        return
    if "external_product_id" not in table.columns:
        raise FatalError("The first line names no column external_product_id. Nothing was applied.")
    for line in table.lines():
        yield line if line.fault else _said(line)


def _said(line: Line) -> Line:
    try:
        return line._replace(cells={name: _value(name, cell) for name, cell in line.cells.items()})
    except ValueError as error:
        return line._replace(fault=str(error))


def _value(name: str, cell: Any) -> Any:
    if isinstance(cell, bool):
        return cell
    plain = typed(cell)
    if name not in JSON_FIELDS:
        return plain
    try:
        return orjson.loads(plain)
    except orjson.JSONDecodeError:
        # The rules of the field say what is wrong with any other.
        return parted(plain) if name in KEY_LISTS else plain
