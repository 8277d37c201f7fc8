"""What every table is: lines of cells by column, with the number of each line, and how much of it is taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, Protocol

from catalog_app.core.errors import CatalogError, Sentence

Kind = Literal["csv", "ndjson", "xlsx"]
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
MIB: Final = 1024 * 1024
MAX_LINE: Final = MIB
"""How many characters a line of text, or a cell of one, may have."""


class TableError(CatalogError):
    """The file is no table that can be read to its end; nothing of it is taken."""


class EncodingError(TableError):
    """The letters of the file cannot be told from its bytes: a person has to say which encoding it has."""


@dataclass(frozen=True)
class Limits:
    """How much of a file is taken; more is refused as a whole, never cut off."""

    rows: int = 200_000
    columns: int = 200


@dataclass(frozen=True)
class Took:
    """How the bytes of a text were read; of a workbook, which sheet."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    @property
    def has_decimal_comma(self) -> bool:
        """Whether amounts are written 19,90: spreadsheets part cells by semicolons where the comma parts decimals."""
        return self.delimiter == ";"


class Line(NamedTuple):
    """One row: its cells by column as they stand, blank ones left out; or the reason why it cannot be read."""

    number: int
    cells: Mapping[str, Any] = NOTHING
    fault: str | None = None


class Table(Protocol):
    """A file that can be read as often as one likes, from its beginning."""

    @property
    def kind(self) -> Kind: ...
    @property
    def took(self) -> Took: ...
    @property
    def columns(self) -> Sequence[str]:
        """The headings, each once and none of them blank."""
        ...

    def lines(self) -> Iterator[Line]:
        """Yield the rows below the heading; raise TableError where the file cannot be read on, or holds too much."""
        ...


def headings(cells: Sequence[str], limits: Limits) -> tuple[str, ...]:
    """Return headings, each once: a blank one is "Column 3", the second of a kind "Price (2)"."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    if not cells:
        raise TableError(Sentence("The first line is empty. It must name the columns."))
    if len(cells) > limits.columns:
        raise TableError(Sentence("It has more than %(most)d columns.", most=limits.columns))
    names: dict[str, None] = {}
    for number, cell in enumerate(cells, start=1):
        name = base = " ".join(cell.split()) or f"Column {number}"
        again = 1
        while name in names:
            again += 1
            name = f"{base} ({again})"
        names[name] = None
    return tuple(names)


def of_cells(number: int, columns: Sequence[str], cells: Sequence[Any]) -> Line:
    """Return a row of cells in the order of the columns; more cells than columns is a fault, unless they are blank."""
    given = {name: cell for name, cell in zip(columns, cells, strict=False) if not is_blank(cell)}
    if any(not is_blank(cell) for cell in cells[len(columns) :]):
        words = Sentence(
            "It has %(cells)d cells, and the heading names %(columns)d: a separator inside a text needs quotes.",
            cells=len(cells),
            columns=len(columns),
        )
        return Line(number, given, words)
    return Line(number, given)


def is_blank(cell: Any) -> bool:
    """Return whether a cell says nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def counted(lines: Iterator[Line], limits: Limits) -> Iterator[Line]:
    """Pass lines on that hold something; raise TableError where there are more than are taken."""
    found = 0
    for line in lines:
        if not line.cells and line.fault is None:
            continue
        found += 1
        if found > limits.rows:
            raise TableError(
                Sentence("It has more than %(most)s rows. Divide it into several files.", most=f"{limits.rows:,}")
            )
        yield line
