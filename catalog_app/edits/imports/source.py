"""A file of products as a plan: each of its rows a proposal, or the reason why it is none."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from catalog_app.core.db import db
from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.strict_json import storable
from catalog_app.core.text import fold
from catalog_app.edits.imports.files import opened
from catalog_app.edits.imports.reading import Reader
from catalog_app.edits.models import IMPORT
from catalog_app.edits.planning.deciding import fault_of
from catalog_app.edits.proposals import Proposal, Proposed, Refusal
from catalog_app.products.bulk_edits import BulkItem
from catalog_app.products.field_types import MAX_INT
from catalog_app.products.segments import all_segments
from catalog_app.products.tables.cells import as_it_stands
from catalog_app.products.tables.open_table import open_table
from catalog_app.products.tables.table import Table

_LONGEST: Final = 500


class ImportSource:
    """The plans that are made of uploaded files. A request names the file, and which field each column means."""

    kind = IMPORT

    def propose(self, request: Mapping[str, Any]) -> Proposed:
        """Return a proposal for each row. What a row does not say stays; what it says is the whole value of a field."""
        session = db.session()
        segments = {fold(segment.label): segment.key for segment in all_segments(session)}
        session.rollback()
        return Proposed(self._items(request, segments))

    def _items(self, request: Mapping[str, Any], segments: Mapping[str, str]) -> Iterator[Proposal | Refusal]:
        with opened(request["file_id"]) as file:
            table = open_table(file, encoding=request.get("encoding"), delimiter=request.get("delimiter"))
            yield from proposals(table, request["columns"], segments)


def proposals(table: Table, columns: Mapping[str, str], segments: Mapping[str, str]) -> Iterator[Proposal | Refusal]:
    """Yield what the rows of a table say, by the fields that its columns mean. Raises TableError where it breaks off."""
    reader = Reader(segments, decimal_comma=table.took.has_decimal_comma)
    for line in table.lines():
        cells = {field: line.cells[heading] for heading, field in columns.items() if heading in line.cells}
        sent = {field: storable(as_it_stands(cell)[:_LONGEST]) for field, cell in cells.items()}
        fault = line.fault or _unkept(cells)
        if fault is not None:
            yield Refusal(line.number, _named(sent), None, fault, sent=sent)
            continue
        try:
            # JSON says what it means; only cells have to be read.
            item = _item(dict(cells) if table.kind == "ndjson" else reader.values(cells))
        except RuleError as error:
            field, message = fault_of(error)
            yield Refusal(line.number, _named(sent), field, message, sent=sent)
        else:
            yield Proposal(line.number, item, sets=True, sent=sent)


def _unkept(cells: Mapping[str, Any]) -> str | None:
    """Return what is wrong with cells that no database keeps as they are: NUL, or half of a letter."""
    given = dict(cells)
    return None if storable(given) == given else Sentence("It holds a character that cannot be kept.")


def _item(values: dict[str, Any]) -> BulkItem:
    number, version = (_number(name, values.pop(name, None)) for name in ("id", "version"))
    return BulkItem("patch", values, product_id=number, version=version)


def _number(name: str, value: Any) -> int | None:
    if value is None or (type(value) is int and 0 < value <= MAX_INT):
        return value
    raise RuleError({name: Sentence("Use a whole number.")})


def _named(sent: Mapping[str, str]) -> str | None:
    return sent.get("name") or sent.get("external_product_id") or (f"#{sent['id']}" if "id" in sent else None)
