"""Tables of any length in the same memory."""

import gc
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog_app.products.tables.open_table import open_table
from catalog_app.products.tables.writing import CSV, XLSX, Format

COLUMNS = ["id", "name", "features", "description"]


def rows(count: int) -> Iterator[list[Any]]:
    for number in range(count):
        yield [number, f"Plan {number}", {"data_mb": number}, "x" * 200]


@pytest.mark.parametrize("written", [CSV, XLSX], ids=lambda written: written.name)
def test_writing_and_reading_need_no_more_memory_for_more_rows(written: Format, tmp_path: Path) -> None:
    def peak(count: int) -> int:
        gc.collect()
        tracemalloc.start()
        path = tmp_path / f"{count}"
        with path.open("wb") as file:
            file.writelines(written.write(COLUMNS, rows(count)))
        with path.open("rb") as file:
            found = sum(1 for _ in open_table(file).lines())
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found == count
        return highest

    peak(10)

    assert peak(4000) < 1.5 * peak(1000)
