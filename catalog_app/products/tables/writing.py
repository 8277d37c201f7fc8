"""Tables as bytes, row by row: a download begins at once, and needs no more memory for more rows."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from typing import Any, Final

import orjson

from catalog_app.products.tables.harmless import harmless
from catalog_app.products.tables.xlsx_writing import xlsx_parts

Rows = Iterable[Sequence[Any]]
ROWS_AT_ONCE: Final = 200
_MARK: Final = "\ufeff"


class Written(str):
    """A text that stands in a cell as it is, because it is known to run nothing."""

    __slots__ = ()


@dataclass(frozen=True)
class Format:
    """One way to write a table of texts, numbers, switches, lists and objects; None is a blank cell."""

    name: str
    content_type: str
    write: Callable[[Sequence[str], Rows], Iterator[bytes]]


def cell_text(value: Any) -> str:
    """Return a value as the text of a cell: JSON where it has parts, and harmless where it is somebody's text."""
    match value:
        case None:
            return ""
        case Written():
            return value
        case str():
            return harmless(value)
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            # A number runs nothing, whatever its sign, and people calculate with it.
            return str(value)
        case _:
            return harmless(orjson.dumps(value).decode())


def csv_lines(columns: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """Yield a table as CSV with commas, in UTF-8 with the mark by which spreadsheets know it."""
    written = StringIO(newline="")
    writer = csv.writer(written)
    written.write(_MARK)
    writer.writerow(map(cell_text, columns))
    for number, row in enumerate(rows, start=1):
        writer.writerow(map(cell_text, row))
        if number % ROWS_AT_ONCE == 0:
            yield _taken(written)
    yield _taken(written)


def _taken(written: StringIO) -> bytes:
    text = written.getvalue()
    written.seek(0)
    written.truncate()
    return text.encode()


CSV: Final = Format("csv", "text/csv; charset=utf-8", csv_lines)
XLSX: Final = Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_parts)
