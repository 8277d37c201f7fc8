"""Files as tables: what they hold tells how they are read, and what cannot be read is said."""

import io
from typing import Any

import pytest

from catalog_app.products.tables.open_table import open_table
from catalog_app.products.tables.table import EncodingError, Limits, TableError, Took


def rows(content: bytes, **options: Any) -> list[dict[str, Any]]:
    return [dict(line.cells) for line in open_table(io.BytesIO(content), **options).lines()]


@pytest.mark.parametrize(
    ("content", "took"),
    [
        (b"name,price\nA,1\n", Took("utf-8", ",")),
        (b"name;price\nA;1\n", Took("utf-8", ";")),
        (b"name\tprice\nA\t1\n", Took("utf-8", "\t")),
        ("\ufeffname;price\r\nA;1\r\n".encode(), Took("utf-8-sig", ";")),
        ("name\tprice\nA\t1\n".encode("utf-16"), Took("utf-16", "\t")),
        (b'sep=;\r\nname;price\r\n"A";1\r\n', Took("utf-8", ";")),
        (b'"name","a;b;c;d",price\nA,x,1\n', Took("utf-8", ",")),
        (b"name\nA\n", Took("utf-8", ",")),
    ],
)
def test_a_text_tells_its_letters_and_what_parts_its_cells(content: bytes, took: Took) -> None:
    table = open_table(io.BytesIO(content))

    assert (table.kind, table.took, table.columns[0]) == ("csv", took, "name")
    assert next(table.lines()).cells["name"] == "A"


def test_letters_that_cannot_be_told_are_asked_for_and_then_read() -> None:
    content = "name,category\nA,B\nPlan,بيانات\n".encode("cp1256")

    with pytest.raises(EncodingError, match="Line 3 is not UTF-8"):
        open_table(io.BytesIO(content))

    assert rows(content, encoding="cp1256")[1] == {"name": "Plan", "category": "بيانات"}


def test_a_mark_counts_more_than_a_choice() -> None:
    assert rows("\ufeffname\nÜ\n".encode(), encoding="cp1252") == [{"name": "Ü"}]


def test_each_row_bears_the_number_of_the_line_where_it_begins() -> None:
    content = b'name,description\nA,"one\ntwo"\n\nB,x\n'

    assert [line.number for line in open_table(io.BytesIO(content)).lines()] == [2, 5]


def test_headings_stand_each_once_and_none_is_blank() -> None:
    assert open_table(io.BytesIO(b"Name, ,Name,Price\n1,2,3,4\n")).columns == ("Name", "Column 2", "Name (2)", "Price")


def test_a_row_with_more_cells_than_the_heading_is_a_fault_and_stops_no_other() -> None:
    lines = list(open_table(io.BytesIO(b"name,price\nA,1,234.50\nB,2,,\nC,3\n")).lines())

    assert [bool(line.fault) for line in lines] == [True, False, False]


def test_ndjson_says_which_lines_are_no_objects() -> None:
    content = b'{"name": "A", "price": null}\nnot json\n\n[1]\n{"name": "B", "name": "C"}\n{"name": "D"}'

    table = open_table(io.BytesIO(content))
    lines = list(table.lines())

    assert (table.kind, tuple(table.columns)) == ("ndjson", ("name", "price"))
    assert [line.number for line in lines] == [1, 2, 4, 5, 6]
    assert [bool(line.fault) for line in lines] == [False, True, True, True, False]
    assert lines[0].cells == {"name": "A", "price": None}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel workbook"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"<html><table><tr><td>name</td></tr></table>", "web page"),
        (b'[{"name": "A"}]', "one object a line"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "no text"),
        ("name\nA\n".encode("utf-16-le"), "no text"),
        (b'name\n"open\n', "Line 2 cannot be read"),
        (b",,\n1,2,3\n", "first line is empty"),
        (b"a" * (2 * 1024 * 1024), "cannot be read"),
        (b'{"a": "' + b"x" * (2 * 1024 * 1024) + b'"}', "longer than"),
        (b",".join(b"c%d" % number for number in range(201)), "more than 200 columns"),
        (b"PK\x03\x04 and nothing else", "damaged"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(content: bytes, words: str) -> None:
    with pytest.raises(TableError, match=words):
        list(open_table(io.BytesIO(content)).lines())


def test_a_table_with_too_many_rows_is_refused_as_a_whole() -> None:
    with pytest.raises(TableError, match="more than 2 rows"):
        rows(b"name\nA\n\nB\nC\n", limits=Limits(rows=2))
    assert len(rows(b"name\nA\n\nB\n\n\n", limits=Limits(rows=2))) == 2
