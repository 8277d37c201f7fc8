"""CSV: cells parted by commas, semicolons or tabs, in quotes where they need them (RFC 4180)."""

import csv
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, Final

from catalog_app.core.errors import Sentence
from catalog_app.products.tables.encodings import as_text, found_encoding
from catalog_app.products.tables.table import (
    MAX_LINE,
    Kind,
    Limits,
    Line,
    TableError,
    Took,
    counted,
    headings,
    of_cells,
)

DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab"}
_LOOKED_AT: Final = 20
_SEP: Final = "sep="

# One setting for the whole process, and nothing else in it reads CSV.
csv.field_size_limit(MAX_LINE)


class CsvTable:
    """A file of CSV, read with the encoding and the separator that it tells, or those that a person chose."""

    kind: Kind = "csv"

    def __init__(
        self, file: BinaryIO, limits: Limits, *, encoding: str | None = None, delimiter: str | None = None
    ) -> None:
        if delimiter is not None and delimiter not in DELIMITERS:
            raise TableError(Sentence("Choose a comma, a semicolon or a tab as the separator."))
        self._file, self._limits = file, limits
        self._encoding = found_encoding(file, encoding)
        told, self._before = self._told()
        self._delimiter = delimiter or told or self._likeliest()
        self.took = Took(self._encoding, self._delimiter)
        first = next(self._records(self._delimiter), None)
        self.columns = headings(first[1] if first else [], limits)

    def lines(self) -> Iterator[Line]:
        rows = islice(self._records(self._delimiter), 1, None)
        return counted((of_cells(number, self.columns, cells) for number, cells in rows), self._limits)

    def _told(self) -> tuple[str | None, int]:
        """Return the separator that the line `sep=;` of a spreadsheet tells, and how many lines stand before the heading."""
        with as_text(self._file, self._encoding) as text:
            first = text.readline(MAX_LINE).strip("\r\n\"'")
        if not first.lower().startswith(_SEP):
            return None, 0
        told = first[len(_SEP) :]
        return (told if told in DELIMITERS else None), 1

    def _likeliest(self) -> str:
        """Return the separator that makes a heading of several cells, and with which most rows are as wide as it."""
        return max(DELIMITERS, key=self._rank)

    def _rank(self, delimiter: str) -> tuple[bool, float, int]:
        try:
            widths = [len(cells) for _, cells in islice(self._records(delimiter, strict=False), _LOOKED_AT)]
        except TableError:
            widths = []
        if not widths:
            return False, 0.0, 0
        return widths[0] > 1, widths.count(widths[0]) / len(widths), widths[0]

    def _records(self, delimiter: str, *, strict: bool = True) -> Iterator[tuple[int, list[str]]]:
        """Yield each record that is not empty with the number of the line that it begins on."""
        with as_text(self._file, self._encoding) as text:
            for _ in range(self._before):
                text.readline(MAX_LINE)
            reader = csv.reader(text, delimiter=delimiter, strict=strict)
            begins = self._before + 1
            try:
                for cells in reader:
                    if cells:
                        yield begins, cells
                    begins = self._before + reader.line_num + 1
            except csv.Error as error:
                raise TableError(
                    Sentence("Line %(line)d cannot be read: a quotation mark is not closed there.", line=begins)
                ) from error
