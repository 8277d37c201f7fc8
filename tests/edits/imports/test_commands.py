"""`products import` and `products export`, as scripts rely on them."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
from click.testing import Result
from flask import Flask

from tests.edits.imports.conftest import Imports, csv_of

Make = Callable[..., int]


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["products", *arguments])


def test_a_file_is_imported_and_its_bad_rows_are_told_on_stderr(
    app: Flask, make: Make, imports: Imports, tmp_path: Path
) -> None:
    number, other = make(name="One", price="1", currency="SAR"), make(name="Two")
    path = tmp_path / "prices.csv"
    path.write_bytes(csv_of("id,price,note", f"{number},2.50,x", "99999,3,x", f"{other},free,x"))

    shown = run(app, "import", str(path), "--dry-run", "--json")
    done = run(app, "import", str(path), "--json")

    assert (shown.exit_code, orjson.loads(shown.stdout)["status"]) == (0, "planned")
    document = orjson.loads(done.stdout)
    assert (done.exit_code, document["status"], document["error"]) == (0, "applied", None)
    assert [document[name] for name in ("found", "created", "updated", "unchanged", "rejected")] == [3, 0, 1, 0, 2]
    assert [(fault["line"], fault["field"], fault["value"]) for fault in document["errors"]] == [
        (3, None, None),
        (4, "price", "free"),
    ]
    assert "'note' is left out" in done.stderr
    assert imports.product(number).price == Decimal("2.5")


@pytest.mark.parametrize("name", ["products.csv", "products.xlsx", "products.ndjson"])
def test_what_was_exported_is_imported_without_a_change(app: Flask, make: Make, tmp_path: Path, name: str) -> None:
    make(name="=One", price="1", currency="SAR")
    path = tmp_path / name

    exported = run(app, "export", str(path))
    imported = run(app, "import", str(path), "--json")

    assert (exported.exit_code, exported.stdout) == (0, "")
    assert "1 products exported" in exported.stderr
    assert (imported.exit_code, orjson.loads(imported.stdout)["unchanged"]) == (0, 1)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_what_fails_exits_with_one_and_wrong_usage_with_64(app: Flask, make: Make, tmp_path: Path) -> None:
    make()
    picture, bad = tmp_path / "picture.csv", tmp_path / "bad.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\0")
    bad.write_bytes(csv_of("id,name", "0,A"))

    no_table = run(app, "import", str(picture), "--json")

    assert (no_table.exit_code, orjson.loads(no_table.stdout)["status"]) == (1, "failed")
    assert run(app, "import", str(bad)).exit_code == 1
    assert run(app, "import", str(tmp_path / "nowhere.csv")).exit_code == 64
    assert run(app, "export", str(tmp_path / "a.pdf"), "--format", "pdf").exit_code == 64
    assert run(app, "export", str(tmp_path / "a.csv"), "--fields", "secret").exit_code == 64
    assert run(app, "export", str(tmp_path / "none" / "a.csv")).exit_code == 1


def test_the_chosen_encoding_and_separator_count(app: Flask, make: Make, imports: Imports, tmp_path: Path) -> None:
    number = make()
    path = tmp_path / "arabic.csv"
    path.write_bytes(f"id;name\n{number};بيانات, شهرية\n".encode("cp1256"))

    assert run(app, "import", str(path)).exit_code == 1
    assert run(app, "import", str(path), "--encoding", "cp1256", "--delimiter", "semicolon").exit_code == 0
    assert imports.product(number).name == "بيانات, شهرية"
