"""Workbooks: those of other programs are read, ours are read by others, and no archive takes the machine down."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from catalog_app.products.tables import xlsx_package, xlsx_table
from catalog_app.products.tables.open_table import open_table
from catalog_app.products.tables.table import TableError
from catalog_app.products.tables.writing import XLSX
from tests.products.tables.workbooks import MAIN, SHEET, by_openpyxl, sheet, sheet_of, with_part
from tests.support.hostile_names import HOSTILE_NAMES

MIB = 1024 * 1024


def cells(file: io.BytesIO) -> list[dict[str, Any]]:
    return [dict(line.cells) for line in open_table(file).lines()]


def test_a_workbook_of_another_program_is_read_with_its_numbers_dates_and_switches() -> None:
    moment = datetime(2026, 12, 31, 23, 59)  # noqa: DTZ001  # a sheet knows no zones
    heading = ["name", "price", "on", "day", "moment", "blank", "code"]
    row = ["Plan ü", 19.9, True, date(2026, 5, 1), moment, None, "007"]

    found = cells(by_openpyxl([heading, row, [None] * 7, ["Other", 0.1 + 0.2, False, None, None, None, 7]]))

    assert found == [
        {
            "name": "Plan ü",
            "price": Decimal("19.9"),
            "on": True,
            "day": datetime(2026, 5, 1, tzinfo=UTC),
            "moment": moment.replace(tzinfo=UTC),
            "code": "007",
        },
        {"name": "Other", "price": Decimal("0.3"), "on": False, "code": 7},
    ]


def test_only_the_first_sheet_counts_and_formulas_count_as_what_they_were() -> None:
    def change(book: Workbook) -> None:
        sheet_of(book).title = "Plans"
        book.create_sheet("Notes").append(["not", "this"])

    file = by_openpyxl([["name"], ["=1+1"]], change)
    with_value = with_part(
        SHEET,
        sheet('<row><c t="inlineStr"><is><t>name</t></is></c></row>', '<row><c t="str"><f>1+1</f><v>2</v></c></row>'),
    )

    assert open_table(file).took.sheet == "Plans"
    assert cells(file) == []
    assert cells(with_value) == [{"name": "2"}]


def test_rich_text_is_read_as_its_letters() -> None:
    rich = CellRichText("Plan ", TextBlock(InlineFont(b=True), "bold"), " end")

    assert cells(by_openpyxl([["name"], [rich]])) == [{"name": "Plan bold end"}]


def test_another_program_reads_what_we_write() -> None:
    rows: list[list[Any]] = [[number, name, Decimal("19.90"), True, None] for number, name in enumerate(HOSTILE_NAMES)]

    book = load_workbook(io.BytesIO(b"".join(XLSX.write(["id", "name", "price", "on", "none"], rows))))

    read = list(sheet_of(book).iter_rows(min_row=2, values_only=True))
    assert [(row[0], row[2], row[3], row[4]) for row in read] == [(n, 19.9, True, None) for n in range(len(rows))]
    assert not [row[1] for row in read if str(row[1]).startswith(("=", "+", "-", "@"))]
    assert not [cell for row in sheet_of(book).iter_rows() for cell in row if cell.data_type == "f"]


def test_a_text_too_long_for_a_cell_is_left_out_and_named_on_a_second_sheet() -> None:
    book = load_workbook(io.BytesIO(b"".join(XLSX.write(["name", "more"], [["A", "x" * 40_000], ["B", "y"]]))))

    assert book.sheetnames == ["Products", "Left out"]
    assert book["Products"]["B2"].value is None
    assert [cell.value for cell in book["Left out"][2]] == [2, "more", 40_000]


def entity() -> io.BytesIO:
    laughs = "".join(
        f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "ha"}{"&l" + str(n - 1) + ";" if n else ""}">'
        for n in range(30)
    )
    return with_part(
        SHEET,
        f"<!DOCTYPE x [{laughs}]><worksheet xmlns='{MAIN}'><sheetData><row><c><v>&l29;</v></c></row></sheetData></worksheet>".encode(),
    )


def external() -> io.BytesIO:
    return with_part(
        SHEET,
        f"<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><worksheet xmlns='{MAIN}'><sheetData><row><c t='str'><v>&f;</v></c></row></sheetData></worksheet>".encode(),
    )


def pieces(begin: bytes, again: bytes, end: bytes) -> Iterator[bytes]:
    yield begin
    for _ in range(4):
        yield again * (MIB // len(again))
    yield end


def one_row() -> io.BytesIO:
    begin, end = f'<worksheet xmlns="{MAIN}"><sheetData><row>'.encode(), b"</row></sheetData></worksheet>"
    return with_part(SHEET, pieces(begin, b"<c/>", end))


def one_cell() -> io.BytesIO:
    begin, end = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row><c t="str"><v>'.encode(),
        b"</v></c></row></sheetData></worksheet>",
    )
    return with_part(SHEET, pieces(begin, b"x", end))


def far_cell() -> io.BytesIO:
    return with_part(
        SHEET, sheet('<row r="1"><c r="A1" t="str"><v>name</v></c></row>', '<row r="2"><c r="XFD2"><v>1</v></c></row>')
    )


def huge() -> io.BytesIO:
    def zeros() -> Iterator[bytes]:
        for _ in range(9):
            yield b"\0" * MIB

    return with_part("xl/media/picture.bin", zeros())


def cut() -> io.BytesIO:
    return io.BytesIO(one_row().getvalue()[:-2000])


def no_workbook() -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "an archive")
    return file


def no_such_text() -> io.BytesIO:
    return with_part(SHEET, sheet('<row><c t="s"><v>5</v></c></row>'))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (entity, "entities"),
        (external, "entities"),
        (one_row, "too many blank cells"),
        (one_cell, "longer than"),
        (far_cell, "more than 200 columns"),
        (huge, "larger than"),
        (cut, "damaged"),
        (no_workbook, "an archive, not a workbook"),
        (no_such_text, "does not have"),
        (lambda: with_part("xl/workbook.xml", b"<workbook/>"), "no sheet"),
        (lambda: with_part("xl/workbook.xml", b"<not closed"), "damaged"),
        (lambda: with_part("xl/workbook.xml", b" " * (2 * MIB)), "too large"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_hostile_archive_is_refused_in_little_memory(make: Any, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The bounds are real and too far away for a test; what happens at one does not depend on where it is.
    monkeypatch.setattr(xlsx_package, "MAX_UNPACKED", 8 * MIB)
    monkeypatch.setattr(xlsx_table, "MAX_BLANK", 20_000)
    file = make()
    tracemalloc.start()
    try:
        with pytest.raises(TableError, match=words):
            list(open_table(file).lines())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 * MIB
