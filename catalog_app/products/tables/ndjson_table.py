"""NDJSON: one JSON object a line."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, BinaryIO

from catalog_app.core.errors import Sentence
from catalog_app.core.strict_json import StrictJsonError, decode_part
from catalog_app.products.tables.encodings import as_text, found_encoding
from catalog_app.products.tables.table import MAX_LINE, Kind, Limits, Line, TableError, Took, counted


class NdjsonTable:
    """A file of JSON objects, one a line. A member that is null is a cell that says "nothing", not a blank one."""

    kind: Kind = "ndjson"

    def __init__(self, file: BinaryIO, limits: Limits, *, encoding: str | None = None) -> None:
        self._file, self._limits = file, limits
        self._encoding = found_encoding(file, encoding)
        self.took = Took(self._encoding)

    @cached_property
    def columns(self) -> Sequence[str]:
        names: dict[str, None] = {}
        for line in self.lines():
            names.update(dict.fromkeys(line.cells))
            if len(names) > self._limits.columns:
                raise TableError(
                    Sentence("Its objects have more than %(most)d different members.", most=self._limits.columns)
                )
        return tuple(names)

    def lines(self) -> Iterator[Line]:
        return counted(self._lines(), self._limits)

    def _lines(self) -> Iterator[Line]:
        with as_text(self._file, self._encoding) as text:
            number = 0
            while raw := text.readline(MAX_LINE + 1):
                number += 1
                if len(raw) > MAX_LINE:
                    raise TableError(
                        Sentence("Line %(line)d is longer than %(most)d characters.", line=number, most=MAX_LINE)
                    )
                if raw.strip():
                    yield _line(number, raw)


def _line(number: int, raw: str) -> Line:
    try:
        # A lone half of a pair is no text; the decoder says so.
        found: Any = decode_part(raw.encode("utf-8", "surrogatepass"))
    except StrictJsonError as error:
        return Line(number, fault=Sentence("The line %(fault)s.", fault=str(error)))
    if not isinstance(found, dict):
        return Line(number, fault=Sentence("It is not an object."))
    return Line(number, found)
