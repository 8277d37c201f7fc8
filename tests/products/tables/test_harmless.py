"""No cell begins as a formula does, and every text comes back as it was."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog_app.products.tables.harmless import harmless, original
from catalog_app.products.tables.open_table import open_table
from catalog_app.products.tables.writing import CSV, XLSX, Format
from tests.support.hostile_names import HOSTILE_NAMES

SIGNS = tuple("=+-@\t\r")
# What a name or a description may hold; tabs and line breaks stand in descriptions.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\t\n'=+-@_x005F"), min_size=1)


@given(TEXTS)
@example("'=1+1")
@example("''=1+1")
@example("'quoted'")
@example("'")
@example("-")
def test_every_text_is_harmless_in_its_cell_and_comes_back_equal(text: str) -> None:
    cell = harmless(text)

    assert not cell.startswith(SIGNS)
    assert original(cell) == text


@pytest.mark.parametrize("written", [CSV, XLSX], ids=lambda written: written.name)
@given(st.lists(st.lists(TEXTS.filter(str.strip), min_size=2, max_size=2), min_size=1, max_size=5))
@example([["_x0041_", "_x005F_x0041_"], ["_x005F_", "a\ufffeb\uffff"], ['a"b,c;d', "line\nbreak"]])
def test_a_table_of_any_texts_is_read_as_it_was_written(written: Format, rows: list[list[str]]) -> None:
    table = open_table(io.BytesIO(b"".join(written.write(["a", "b"], rows))))

    found = [[original(line.cells["a"]), original(line.cells["b"])] for line in table.lines()]

    assert found == rows


def test_no_cell_of_a_csv_file_with_hostile_names_begins_as_a_formula_does() -> None:
    text = b"".join(CSV.write(["name"], [[name] for name in HOSTILE_NAMES])).decode("utf-8-sig")

    cells = [row[0] for row in csv.reader(io.StringIO(text, newline=""))][1:]

    assert not [cell for cell in cells if cell.startswith(SIGNS)]
    assert [original(cell) for cell in cells] == list(HOSTILE_NAMES)


def test_a_number_stays_one_whatever_its_sign() -> None:
    rows: list[list[Any]] = [[Decimal("-5.00"), -100, True, None, {"a": [1]}]]

    assert b"".join(CSV.write(list("abcde"), rows)).split(b"\r\n")[1] == b'-5.00,-100,true,,"{""a"":[1]}"'
    line = next(open_table(io.BytesIO(b"".join(XLSX.write(list("abcde"), rows)))).lines())
    assert line.cells == {"a": -5, "b": -100, "c": True, "e": '{"a":[1]}'}
