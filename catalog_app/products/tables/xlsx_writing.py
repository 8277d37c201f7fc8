"""A workbook of one sheet, written as a stream: its texts stand in their cells, so that nothing has to be kept."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import RawIOBase
from string import ascii_uppercase
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

import orjson

from catalog_app.products.tables.harmless import harmless

MAX_ROWS: Final = 1_048_575
"""How many rows fit below the heading of a sheet."""
MAX_TEXT: Final = 32_767
"""How many characters a cell may hold; a program that finds more calls the workbook damaged."""
_ROWS_AT_ONCE: Final = 200
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")

_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPES: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TEXT, _HEAD = 1, 2

_LINKS: Final = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_STYLES: Final = (
    f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_SHEET_BEGINS: Final = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    '<sheetFormatPr defaultRowHeight="15" defaultColWidth="18"/><sheetData>'
)
_SHEET_ENDS: Final = "</sheetData></worksheet>"


class _Outgoing(RawIOBase):
    """Takes what the archive writes and hands it on; it cannot go back, and the archive does without."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def xlsx_parts(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield a table as a workbook. A text that no cell can hold is left out of its cell and named on a second sheet."""
    left_out: list[Sequence[Any]] = []
    outgoing = _Outgoing()
    with ZipFile(outgoing, "w", ZIP_DEFLATED, compresslevel=5) as archive:
        yield from _sheet(archive, outgoing, 1, (list(columns), _fitting(columns, rows, left_out)))
        sheets = ["Products"]
        if left_out:
            yield from _sheet(archive, outgoing, 2, (["Row", "Column", "Characters"], left_out))
            sheets.append("Left out")
        for name, content in _frame(sheets).items():
            archive.writestr(name, content)
    yield outgoing.taken()


def _fitting(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], left_out: list[Sequence[Any]]
) -> Iterator[Sequence[Any]]:
    for number, row in enumerate(rows, start=2):
        values = [orjson.dumps(value).decode() if isinstance(value, (list, dict)) else value for value in row]
        for place, value in enumerate(values):
            if isinstance(value, str) and len(value) >= MAX_TEXT:
                left_out.append((number, columns[place], len(value)))
                values[place] = None
        yield values


def _sheet(
    archive: ZipFile,
    outgoing: _Outgoing,
    number: int,
    table: tuple[Sequence[str], Iterable[Sequence[Any]]],
) -> Iterator[bytes]:
    columns, rows = table
    letters = [_letters(place) for place in range(len(columns))]
    with archive.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as part:
        part.write(_SHEET_BEGINS.encode())
        part.write(_row(1, columns, letters, style=_HEAD).encode())
        for count, row in enumerate(rows, start=2):
            part.write(_row(count, row, letters, style=_TEXT).encode())
            if count % _ROWS_AT_ONCE == 0:
                yield outgoing.taken()
        part.write(_SHEET_ENDS.encode())
    yield outgoing.taken()


def _row(number: int, values: Sequence[Any], letters: Sequence[str], *, style: int) -> str:
    cells = [
        _cell(f"{letter}{number}", value, style)
        for letter, value in zip(letters, values, strict=False)
        if value is not None
    ]
    return f'<row r="{number}">{"".join(cells)}</row>'


def _cell(place: str, value: Any, style: int) -> str:
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, (int, Decimal)):
        return f'<c r="{place}"><v>{value}</v></c>'
    text = escape(_NOT_IN_XML.sub(_escaped, harmless(value)))
    return f'<c r="{place}" t="inlineStr" s="{style}"><is><t xml:space="preserve">{text}</t></is></c>'


def _escaped(found: re.Match[str]) -> str:
    """Return how a workbook keeps a sign that XML has none for; and the text that reads so is marked as text."""
    return f"_x{ord(found[0]):04X}_"


def _frame(sheets: Sequence[str]) -> dict[str, str]:
    """Return the parts that say what the archive holds, for these sheets."""
    numbered = list(enumerate(sheets, start=1))
    listed = "".join(f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>' for n, name in numbered)
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n, _ in numbered
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>' for n, _ in numbered
    )
    styles = f'<Relationship Id="rId{len(sheets) + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    return {
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{links}{styles}</Relationships>'
        ),
        "xl/styles.xml": _STYLES,
        "_rels/.rels": _LINKS,
        "[Content_Types].xml": (
            f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{types}</Types>'
        ),
    }


def _letters(place: int) -> str:
    """Return the letters of a column, counted from 0: A, ... Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, len(ascii_uppercase))
        letters = ascii_uppercase[rest] + letters
    return letters
