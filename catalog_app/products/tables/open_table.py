"""A file as a table, whichever kind it is: what it holds tells, never its name."""

from typing import BinaryIO, Final

from catalog_app.core.errors import Sentence
from catalog_app.products.tables.csv_table import CsvTable
from catalog_app.products.tables.ndjson_table import NdjsonTable
from catalog_app.products.tables.table import Limits, Table, TableError

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKS: Final = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
_REFUSED: Final = (
    (_OLE, Sentence("It is an old Excel workbook (XLS), or one with a password. Save it as XLSX without a password.")),
    (b"PK\x05\x06", Sentence("It is an empty archive.")),
    (b"%PDF", Sentence("It is a PDF document. Save the table as CSV, XLSX or NDJSON.")),
    (b"\x1f\x8b", Sentence("It is compressed (gzip). Unpack it first.")),
)


def open_table(
    file: BinaryIO, *, encoding: str | None = None, delimiter: str | None = None, limits: Limits | None = None
) -> Table:
    """Return a seekable file as a table; raise TableError where it is none that can be read.

    `encoding` and `delimiter` are what a person chose, for a file that does not tell them itself.
    """
    limits = limits or Limits()
    file.seek(0)
    head = file.read(4096)
    if not head.strip(_MARKS):
        raise TableError(Sentence("The file is empty."))
    for mark, words in _REFUSED:
        if head.startswith(mark):
            raise TableError(words)
    if head.startswith(_ZIP):
        # What reads workbooks is large, and a worker rarely needs it.
        from catalog_app.products.tables.xlsx_table import XlsxTable  # noqa: PLC0415

        return XlsxTable(file, limits)
    match _first_sign(head):
        case b"{":
            return NdjsonTable(file, limits, encoding=encoding)
        case b"[":
            raise TableError(
                Sentence("It is one JSON list. Write NDJSON: one object a line, without brackets and commas around.")
            )
        case b"<":
            raise TableError(Sentence("It is a web page or XML, whatever its name says. Save it as CSV or XLSX."))
        case _:
            return CsvTable(file, limits, encoding=encoding, delimiter=delimiter)


def _first_sign(head: bytes) -> bytes:
    return head.lstrip(_MARKS)[:1]
