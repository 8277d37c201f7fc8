"""XLSX: the first sheet of a workbook. Formulas count as what they were when the workbook was saved."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any, BinaryIO, Final

from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from catalog_app.core.errors import Sentence
from catalog_app.products.tables.table import (
    MAX_LINE,
    MIB,
    Kind,
    Limits,
    Line,
    TableError,
    Took,
    counted,
    headings,
    of_cells,
)
from catalog_app.products.tables.xlsx_package import Package
from catalog_app.products.tables.xlsx_workbook import Workbook, read_workbook

MAX_SHEET: Final = 448 * MIB
MAX_BLANK: Final = 500_000
"""How many blank cells may come one after another: each takes time to pass over, and an archive holds them for nothing."""
_ESCAPED: Final = re.compile("_x005F_(?=x[0-9A-Fa-f]{4}_)|_x([0-9A-Fa-f]{4})_")
_EXACT: Final = 2**53
_LETTERS: Final = 3
Row = tuple[int, list[Any]]


class XlsxTable:
    """The first sheet of a workbook. Numbers come as whole numbers or Decimals, dates as moments in UTC."""

    kind: Kind = "xlsx"

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._limits = limits
        self._package = Package(file)
        self._book = read_workbook(self._package)
        self.took = Took(sheet=self._book.sheet)
        self._heading, cells = next(self._rows(), (0, []))
        self.columns: Sequence[str] = headings(["" if cell is None else str(cell) for cell in cells], limits)

    def lines(self) -> Iterator[Line]:
        rows = islice(self._rows(), 1, None)
        return counted((of_cells(number, self.columns, cells) for number, cells in rows), self._limits)

    def _rows(self) -> Iterator[Row]:
        """Yield the rows that are not blank with their numbers."""
        sheet = _Sheet(self._book, self._limits.columns)
        for _ in self._package.feed(self._book.part, sheet, at_most=MAX_SHEET):
            rows, sheet.rows = sheet.rows, []
            yield from rows
        yield from sheet.rows


class _Sheet:
    """Makes rows of the events of a sheet; no more is kept than the rows of one step."""

    def __init__(self, book: Workbook, columns: int) -> None:
        self.rows: list[Row] = []
        self.is_done = False
        self._book, self._columns = book, columns
        self._epoch = MAC_EPOCH if book.since_1904 else WINDOWS_EPOCH
        self._number = self._place = self._length = self._blanks = 0
        self._cells: list[Any] = []
        self._parts: list[str] = []
        self._kind, self._style = "n", 0
        self._reads = self._beside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("v", "t"):
            self._reads = not self._beside
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "row":
            number = attributes.get("r", "")
            self._number = int(number) if number.isdecimal() and len(number) < _LETTERS * 3 else self._number + 1
            self._cells, self._place = [], -1
        elif name == "rPh":
            self._beside = True

    def data(self, text: str) -> None:
        if self._reads:
            self._length += len(text)
            if self._length > MAX_LINE:
                raise TableError(
                    Sentence("Line %(line)d is longer than %(most)d characters.", line=self._number, most=MAX_LINE)
                )
            self._parts.append(text)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._reads = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            if any(cell is not None for cell in self._cells):
                self.rows.append((self._number, self._cells))
            self._cells = []
        elif name == "rPh":
            self._beside = False
        elif name == "sheetData":
            self.is_done = True

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        place = _column_of(attributes.get("r", ""))
        self._place = self._place + 1 if place is None else place
        self._kind, style = attributes.get("t", "n"), attributes.get("s", "")
        self._style = int(style) if style.isdecimal() and len(style) < _LETTERS * 3 else 0
        self._parts, self._length = [], 0

    def _end_cell(self) -> None:
        value = self._value("".join(self._parts)) if self._parts else None
        if value is None:
            self._blanks += 1
            if self._blanks > MAX_BLANK:
                raise TableError(
                    Sentence("It has too many blank cells. Delete the empty rows and columns, or save it as CSV.")
                )
            return
        self._blanks = 0
        # One place more than is taken is enough to tell that there is too much.
        if self._place > self._columns:
            raise TableError(Sentence("It has more than %(most)d columns.", most=self._columns))
        while len(self._cells) <= self._place:
            self._cells.append(None)
        self._cells[self._place] = value

    def _value(self, text: str) -> Any:
        match self._kind:
            case "s":
                return self._shared(text)
            case "n":
                return self._dated(_number(text)) if self._style in self._book.date_styles else _number(text)
            case "b":
                return text.strip() == "1"
            case _:
                # What a formula gave, a text inside the cell, a moment in ISO 8601, or the name of an error.
                return _ESCAPED.sub(_unescaped, text)

    def _shared(self, text: str) -> str:
        place = int(text) if text.isdecimal() and len(text) < _LETTERS * 3 else -1
        if not 0 <= place < len(self._book.texts):
            raise TableError(Sentence("Line %(line)d names a text that the workbook does not have.", line=self._number))
        return _ESCAPED.sub(_unescaped, self._book.texts[place])

    def _dated(self, number: Any) -> Any:
        try:
            found = from_excel(float(number), self._epoch)
        except (ValueError, OverflowError):
            return number
        if isinstance(found, datetime):
            return found.replace(tzinfo=UTC)
        return found.isoformat() if isinstance(found, (date, time)) else number


def _number(text: str) -> Any:
    """Return a number with the fifteen digits that a sheet shows: it keeps 19.9 as 19.899999999999999."""
    try:
        found = float(text)
        if found == int(found) and abs(found) < _EXACT:
            return int(found)
        return Decimal(format(found, ".15g"))
    except (ValueError, OverflowError, InvalidOperation):
        return text


def _column_of(reference: str) -> int | None:
    """Return the place of the column that "AB12" names, counted from 0."""
    letters = reference.rstrip("0123456789")
    if not letters or len(letters) > _LETTERS or not letters.isascii() or not letters.isalpha():
        return None
    place = 0
    for letter in letters.upper():
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _unescaped(found: re.Match[str]) -> str:
    """Return the sign that a sheet keeps as "_x000D_", because XML has none for it; "_x005F_x000D_" is text."""
    if found[1] is None:
        return "_"
    sign = chr(int(found[1], 16))
    return sign if sign < " " or sign > "\ufffd" else found[0]
