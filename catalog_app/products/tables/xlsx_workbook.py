"""What of a workbook must be known before its first sheet can be read: where the sheet is, its texts, its date formats."""

import posixpath
from dataclasses import dataclass, field
from typing import Final

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from catalog_app.core.errors import Sentence
from catalog_app.products.tables.table import MIB, TableError
from catalog_app.products.tables.xlsx_package import Package

_BOOK: Final = "xl/workbook.xml"
_SMALL: Final = MIB
_STYLES: Final = 8 * MIB
MAX_TEXTS: Final = 64 * MIB
MAX_KEPT: Final = 64 * MIB
"""How many characters the texts that cells share may have, each counted with what Python keeps of it besides."""
_A_TEXT: Final = 64
_AN_ELEMENT: Final = 16
_MOST_STYLES: Final = 65_536


@dataclass(frozen=True)
class Workbook:
    """The first sheet of a workbook, and what its cells refer to."""

    sheet: str
    part: str
    texts: list[str]
    date_styles: frozenset[int]
    since_1904: bool


def read_workbook(package: Package) -> Workbook:
    """Return what is needed of a workbook; raise TableError where it has no sheet, or is larger than is taken."""
    book, links = _Book(), _Links()
    package.read(_BOOK, book, at_most=_SMALL)
    package.read("xl/_rels/workbook.xml.rels", links, at_most=_SMALL)
    part = links.parts.get(book.link)
    if part is None or not package.has(part):
        raise TableError(Sentence("The workbook has no sheet."))
    texts, styles = _Texts(), _Styles()
    if (name := links.by_kind.get("sharedStrings")) and package.has(name):
        package.read(name, texts, at_most=MAX_TEXTS)
    if (name := links.by_kind.get("styles")) and package.has(name):
        package.read(name, styles, at_most=_STYLES)
    return Workbook(book.sheet, part, texts.found, frozenset(styles.dates), book.since_1904)


@dataclass
class _Part:
    is_done: bool = False

    def data(self, text: str) -> None:
        """Take no text."""

    def end(self, name: str) -> None:
        """Take no end."""


@dataclass
class _Book(_Part):
    sheet: str = ""
    link: str = ""
    since_1904: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.since_1904 = attributes.get("date1904") in ("1", "true")
        elif name == "sheet" and not self.link:
            self.sheet, self.link = attributes.get("name", "")[:100], attributes.get("id", "")


@dataclass
class _Links(_Part):
    parts: dict[str, str] = field(default_factory=dict)
    by_kind: dict[str, str] = field(default_factory=dict)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship" or attributes.get("TargetMode") == "External":
            return
        part = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
        self.parts[attributes.get("Id", "")] = part
        self.by_kind[attributes.get("Type", "").rpartition("/")[2]] = part


@dataclass
class _Texts(_Part):
    """The texts that cells share; what is only said beside them, such as how to pronounce them, is passed over."""

    found: list[str] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)
    _kept: int = 0
    _reads: bool = False
    _beside: bool = False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self._keep(_AN_ELEMENT)
        if name == "rPh":
            self._beside = True
        self._reads = name == "t" and not self._beside

    def data(self, text: str) -> None:
        if self._reads:
            self._keep(len(text))
            self._parts.append(text)

    def end(self, name: str) -> None:
        self._reads = False
        if name == "rPh":
            self._beside = False
        elif name == "si":
            self._keep(_A_TEXT)
            self.found.append("".join(self._parts))
            self._parts.clear()

    def _keep(self, characters: int) -> None:
        self._kept += characters
        if self._kept > MAX_KEPT:
            raise TableError(
                Sentence("The workbook holds more text than is taken. Save the sheet as CSV, or divide it.")
            )


@dataclass
class _Styles(_Part):
    """Which styles of cells show a number as a date."""

    dates: set[int] = field(default_factory=set)
    _formats: dict[int, str] = field(default_factory=dict)
    _inside: bool = False
    _count: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt" and len(self._formats) < _SMALL // _A_TEXT:
            self._formats[_whole(attributes.get("numFmtId"))] = attributes.get("formatCode", "")[:255]
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside:
            number = _whole(attributes.get("numFmtId"))
            if is_date_format(self._formats.get(number, BUILTIN_FORMATS.get(number))):
                self.dates.add(self._count)
            self._count += 1
            self.is_done = self._count > _MOST_STYLES

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self.is_done = True


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < len("1000000") else 0
