"""Files of customers: NDJSON, CSV or Parquet, some at a time, in memory that does not grow with the file.

`customer_id` names the customer and is all that must be there; `owned` lists products by id or as system:external id;
every other column is a feature. In CSV a list is written with semicolons.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

import numpy as np
from pydantic import TypeAdapter, ValidationError

from catalog_app.contacts.schema import CustomerId
from catalog_app.core.errors import Sentence
from catalog_app.core.strict_json import StrictJsonError, decode_quick
from catalog_app.core.text import MAX_EXACT
from catalog_app.core.wording import errors_by_field
from catalog_app.products.facts import fact_kind
from catalog_app.products.tables.cells import parted
from catalog_app.products.tables.harmless import original
from catalog_app.products.tables.open_table import open_table
from catalog_app.products.tables.table import MAX_LINE, Limits, Line, TableError
from catalog_app.recommendations.batches import parquet_table
from catalog_app.recommendations.batches.checking import OWNED
from catalog_app.recommendations.batches.columns import Block, Coded, Column, Numbers, Rejected, column_of

CUSTOMER: Final = "customer_id"
FEATURES: Final = "customer_features"
AT_ONCE: Final = 20_000
MAX_COLUMNS: Final = 502
"""As many as a customer may have attributes, the id and what they own."""
_LIMITS: Final = Limits(rows=2**63, columns=MAX_COLUMNS)
_PARQUET: Final = b"PAR1"
_HEAD: Final = 4096
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
_NO_ID: Final = Sentence("There is no column customer_id.")
LIST: Final = "list"
_NEAR: Final = 500
_TRUTHS: Final = {"true": True, "false": False}
_customer_id: Final = TypeAdapter[str](CustomerId)


def blocks_of(path: Path, *, rows: int = AT_ONCE) -> Iterator[Block]:
    """Yield the customers of a file, so many at a time; raise TableError where it cannot be read to its end."""
    with path.open("rb") as file:
        if file.read(len(_PARQUET)) != _PARQUET:
            yield from blocks_in(file, rows=rows)
            return
    line = 0
    for batch in parquet_table.batches(path, rows):
        columns = {name: parquet_table.column_of(batch.column(name)) for name in batch.schema.names}
        yield _block(np.arange(line + 1, line + 1 + len(batch)), columns)
        line += len(batch)


def blocks_in(file: BinaryIO, *, rows: int = AT_ONCE) -> Iterator[Block]:
    """Yield the same of a file of text that is open: NDJSON, or CSV where it does not begin with a brace."""
    file.seek(0)
    head = file.read(_HEAD).lstrip(_BLANK)
    if head.startswith(b"{") or not head:
        file.seek(0)
        return blocks_of_lines(json_lines(file), rows=rows)
    return _csv_blocks(file, rows)


Typed = Callable[[str, list[Any]], list[Any]]
"""Turns the cells of a named column into JSON values; None is a cell that says nothing."""


def _as_told(_name: str, cells: list[Any]) -> list[Any]:
    return cells


def blocks_of_lines(lines: Iterator[Line], *, rows: int = AT_ONCE, typed: Typed = _as_told) -> Iterator[Block]:
    """Yield blocks of lines; their cells are JSON values, unless `typed` makes them so."""
    while (gathered := _Gathered.of(islice(lines, rows))).has_any:
        yield gathered.block(typed)


def json_lines(file: BinaryIO) -> Iterator[Line]:
    """Yield each line that holds something: a strict JSON object whose `customer_features` stand beside the rest.

    Numbers are of double precision. A line longer than 1 MiB is at fault like any other that cannot be read.
    """
    number = 0
    while raw := file.readline(MAX_LINE + 1):
        number += 1
        if len(raw) > MAX_LINE:
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(MAX_LINE)
            yield Line(number, fault=Sentence("The line is longer than %(most)d bytes.", most=MAX_LINE))
        elif raw.strip(_BLANK):
            yield json_line(number, raw)


def json_line(number: int, raw: bytes) -> Line:
    try:
        found = decode_quick(raw)
    except StrictJsonError as error:
        return Line(number, fault=Sentence("The line %(fault)s.", fault=str(error)))
    return told(number, found)


def told(number: int, found: Any) -> Line:
    """Return what is told of a customer as one object: the free features are members like the others."""
    if not isinstance(found, dict):
        return Line(number, fault=Sentence("It is not an object."))
    features = found.pop(FEATURES, None)
    if features is None:
        return Line(number, found)
    if not isinstance(features, dict):
        fault = Sentence("Write this as an object.")
        return Line(number, fault=f"{FEATURES}: {fault}")
    return Line(number, {**features, **found})


def _csv_blocks(file: BinaryIO, rows: int) -> Iterator[Block]:
    table = open_table(file, limits=_LIMITS)
    if table.kind != "csv":
        raise TableError(Sentence("Save it as NDJSON, CSV or Parquet."))
    if CUSTOMER not in table.columns:
        raise TableError(_NO_ID)
    typed = partial(_typed, has_decimal_comma=table.took.has_decimal_comma)
    return blocks_of_lines(iter(table.lines()), rows=rows, typed=typed)


@dataclass(slots=True)
class _Gathered:
    """Lines as columns. They are turned few at a time, while a processor still has them near."""

    numbers: list[int] = field(default_factory=list)
    cells: dict[str, list[Any]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)

    @classmethod
    def of(cls, lines: Iterator[Line]) -> Self:
        gathered = cls()
        while some := list(islice(lines, _NEAR)):
            gathered.add(some)
        return gathered

    @property
    def has_any(self) -> bool:
        return bool(self.numbers or self.rejected)

    def add(self, lines: Sequence[Line]) -> None:
        good = [line for line in lines if line.fault is None]
        rows = [line.cells for line in good]
        for name in dict.fromkeys(chain.from_iterable(dict.fromkeys(map(tuple, rows)))):
            if name not in self.cells:
                self.cells[name] = [None] * len(self.numbers)
        for name, column in self.cells.items():
            column += [row.get(name) for row in rows]
        self.numbers += [line.number for line in good]
        self.rejected += [Rejected(line.number, str(line.fault)) for line in lines if line.fault is not None]

    def block(self, typed: Typed) -> Block:
        columns = {name: column_of(typed(name, cells)) for name, cells in self.cells.items()}
        columns.setdefault(CUSTOMER, Coded.of([None] * len(self.numbers)))
        return _block(np.array(self.numbers, np.int64), columns, self.rejected)


def _block(lines: np.ndarray[Any, Any], columns: Mapping[str, Column], rejected: Sequence[Rejected] = ()) -> Block:
    if CUSTOMER not in columns:
        raise TableError(_NO_ID)
    if len(columns) > MAX_COLUMNS:
        raise TableError(Sentence("It has more than %(most)d columns.", most=MAX_COLUMNS))
    faults: dict[int, str] = {}
    customers = _customers(_cells(columns[CUSTOMER]), faults)
    features = {name: column for name, column in columns.items() if name != CUSTOMER}
    return Block(lines, customers, features, rejected).without(faults)


def _customers(cells: Sequence[Any], faults: dict[int, str]) -> Sequence[str]:
    # Almost every id is plain, and many of them are told to be so at once; the rule is asked about the others.
    if all(type(cell) is str for cell in cells) and cells:
        together = "".join(cells)
        if together.isascii() and together.isalnum() and min(map(len, cells)) and max(map(len, cells)) <= _LONGEST:
            return cells
    return [_customer(cell, row, faults) for row, cell in enumerate(cells)]


def _customer(cell: Any, row: int, faults: dict[int, str]) -> str:
    try:
        return _customer_id.validate_python(str(cell) if type(cell) is int else cell)
    except ValidationError as error:
        faults[row] = f"{CUSTOMER}: " + " ".join(map(str, errors_by_field(error).values()))
        return ""


_LONGEST: Final = 255


def _cells(column: Column) -> Sequence[Any]:
    match column:
        case Numbers():
            whole = column.values == np.trunc(column.values)
            cells = zip(column.values.tolist(), column.told.tolist(), whole.tolist(), strict=True)
            return [(int(value) if is_whole else value) if told else None for value, told, is_whole in cells]
        case Coded():
            values = [*column.values, None]
            return [values[code] for code in column.codes.tolist()]
        case _:
            return [[] for _ in column.told]


def _typed(name: str, cells: list[str | None], *, has_decimal_comma: bool) -> list[Any]:
    """Return cells of CSV as what they look like, each different one looked at once; `customer_id` stays as it is."""
    kind = LIST if name == OWNED else fact_kind(name)
    if name == CUSTOMER or kind == "text":
        return [None if text is None else original(text) for text in cells]
    known: dict[str | None, Any] = {None: None}
    for text in dict.fromkeys(cells):
        if text is not None:
            shown = original(text)
            known[text] = parted(shown) if kind == LIST or ";" in shown else _looked_at(shown, has_decimal_comma)
    return [known[text] for text in cells]


def _looked_at(text: str, has_decimal_comma: bool) -> Any:  # noqa: FBT001  # how its file writes numbers
    if text in _TRUTHS:
        return _TRUTHS[text]
    try:
        number = float(text.replace(",", ".") if has_decimal_comma else text)
    except ValueError:
        return text
    if not isfinite(number):
        return text
    return int(number) if number.is_integer() and abs(number) <= MAX_EXACT else number
