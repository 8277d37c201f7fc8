"""Workbooks as other programs write them, and as nobody writes them by accident."""

import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from catalog_app.products.tables.writing import XLSX

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"


def sheet_of(book: Workbook) -> Worksheet:
    """Return the first sheet of a workbook."""
    first = book.worksheets[0]
    assert isinstance(first, Worksheet)
    return first


def by_openpyxl(rows: Iterable[Sequence[Any]], change: Callable[[Workbook], object] | None = None) -> io.BytesIO:
    """Return a workbook of these rows as another program writes it, with texts that cells share."""
    book = Workbook()
    first = sheet_of(book)
    for row in rows:
        first.append(list(row))
    if change is not None:
        change(book)
    file = io.BytesIO()
    book.save(file)
    return file


def with_part(name: str, content: bytes | Iterable[bytes]) -> io.BytesIO:
    """Return a workbook of ours in which one part is another, or one more."""
    file, ours = io.BytesIO(), io.BytesIO(b"".join(XLSX.write(["name"], [["A"]])))
    with ZipFile(ours) as source, ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for part in source.namelist():
            if part != name:
                archive.writestr(part, source.read(part))
        with archive.open(name, "w") as written:
            for piece in [content] if isinstance(content, bytes) else content:
                written.write(piece)
    return file


def sheet(*rows: str) -> bytes:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(rows)}</sheetData></worksheet>'.encode()
