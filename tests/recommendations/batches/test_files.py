"""Files of customers and of offers: NDJSON, CSV and Parquet, through the command `nbo batch`."""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
from click.testing import Result
from flask import Flask
from pyarrow import parquet

from catalog_app.core.db import db, writing
from catalog_app.core.errors import CatalogError
from catalog_app.events.service import revisions_of
from catalog_app.recommendations.batches import parquet_table, running
from catalog_app.recommendations.batches.columns import Block
from catalog_app.recommendations.batches.offers import FIELDS
from catalog_app.recommendations.batches.reading import blocks_of
from tests.products.factories import saved
from tests.recommendations.batches.serving import learned, serve, told

CUSTOMERS = 12
KINDS = (".ndjson", ".csv", ".parquet")


@pytest.fixture
def products(app: Flask) -> list[int]:
    with writing() as session:
        made = [
            saved(session, price="10", currency="SAR"),
            saved(session, price="30", currency="SAR", target_segments=["family"]),
            saved(session, price="20", currency="SAR", min_customer_value="100", payment_mode="postpaid"),
        ]
        return [product.id for product in made]


@pytest.fixture
def version(products: list[int]) -> int:
    return serve(learned(products))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def run(app: Flask, *arguments: Any) -> Result:
    return app.test_cli_runner().invoke(args=["nbo", "batch", *map(str, arguments)])


def test_the_same_customers_get_the_same_offers_whatever_the_kind_of_file(
    app: Flask, products: list[int], version: int, files: Path
) -> None:
    rows = [_customer(number, products) for number in range(CUSTOMERS)]
    plain = _written(files / "plain.ndjson", rows)
    run(app, plain, files / "expected.ndjson", "--top", 2)
    expected = _read(files / "expected.ndjson")
    assert {tuple(row[5:]) for row in expected} == {("full", version)}
    for source in (plain, _written(files / "in.csv", rows), _written(files / "in.parquet", rows)):
        for target in (files / f"out{suffix}" for suffix in KINDS):
            done = run(app, source, target, "--top", 2)
            assert (done.exit_code, done.stdout) == (0, "")
            found = _read(target)
            assert [(*row[:3], *row[5:]) for row in found] == [(*row[:3], *row[5:]) for row in expected]
            assert [row[3:5] for row in found] == [pytest.approx(row[3:5], rel=1e-5) for row in expected]


def test_every_line_that_cannot_be_scored_is_told_with_its_reason(app: Flask, products: list[int], files: Path) -> None:
    source, target = files / "in.ndjson", files / "out.ndjson"
    lines = [
        b'{"customer_id": "good", "age": 30}',
        b'{"customer_id": "bad-value", "customer_value": -1}',
        b"",
        b'{"customer_id": "twice", "age": 1, "age": 2}',
        b'{"age": 3}',
        b'{"customer_id": "mode", "payment_mode": "barter"}',
        b'{"customer_id": "owner", "owned": [1, "nonsense"]}',
        b'{"customer_id": "taken", "times_taken": {"1": 2}}',
        b'{"customer_id": "pigeon", "channel": "pigeon"}',
        b"[1]",
        b'{"customer_id": "also good", "customer_features": {"age": "old", "plan": {"kind": "x"}}}',
    ]
    source.write_bytes(b"\n".join(lines))
    done = run(app, source, target, "--json")
    assert done.exit_code == 0
    document = orjson.loads(done.stdout)
    assert [document[name] for name in ("customers", "rejected", "offers", "basis")] == [2, 8, 2, "value"]
    assert {row[0] for row in _read(target)} == {"good", "also good"}
    rejected = [orjson.loads(line) for line in (files / "out.rejects.ndjson").read_bytes().splitlines()]
    reasons = {one["line"]: one["reason"] for one in rejected}
    assert sorted(reasons) == [2, 4, 5, 6, 7, 8, 9, 10]
    assert reasons[2].startswith("customer_value: ")
    assert reasons[5].startswith("customer_id: ")
    assert "contacts" in reasons[8]
    run(app, _written(source, [{"customer_id": "good"}]), target)
    assert not (files / "out.rejects.ndjson").exists()


def test_a_run_that_breaks_off_leaves_what_was_there_before(
    app: Flask, products: list[int], files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = _written(files / "in.ndjson", [{"customer_id": "c"}]), files / "out.ndjson"
    target.write_text("the former offers")

    def broken(path: Path) -> Iterator[Block]:
        yield from blocks_of(path)
        raise CatalogError("The disk is gone.")

    monkeypatch.setattr(running, "blocks_of", broken)
    assert run(app, source, target).exit_code == 1
    assert target.read_text() == "the former offers"
    assert {path.name for path in files.iterdir()} == {"in.ndjson", "out.ndjson"}


def test_a_batch_is_in_the_activity_and_its_single_decisions_are_not(
    app: Flask, products: list[int], files: Path
) -> None:
    run(app, _written(files / "in.csv", [{"customer_id": "c"}]), files / "monday.csv")
    told_of = revisions_of(db.session(), running.SUBJECT, 0)
    assert [(one.action, one.subject_name, one.actor) for one in told_of] == [("scored", "monday.csv", "cli")]
    assert told_of[0].changes["customers"] == [None, 1]


def test_files_that_are_no_tables_end_with_one_line(app: Flask, products: list[int], files: Path) -> None:
    good = _written(files / "good.ndjson", [{"customer_id": "c"}])
    (files / "no_id.csv").write_text("age\n3\n")
    (files / "broken.parquet").write_bytes(b"PAR1 and nothing else")
    for source, target in (("no_id.csv", "out.csv"), ("broken.parquet", "out.csv"), (good.name, "out.pdf")):
        done = run(app, files / source, files / target)
        assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert run(app, good, files / "out.csv", "--candidates", "x").exit_code == 64
    assert not (files / "out.csv").exists()


def test_without_its_library_parquet_says_what_to_install(
    app: Flask, products: list[int], files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = _written(files / "in.parquet", [{"customer_id": "c"}])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = run(app, source, files / "out.csv")
    assert (done.exit_code, parquet_table.MISSING in done.stderr) == (1, True)


def _customer(number: int, products: list[int]) -> dict[str, Any]:
    features = {name: value for name, value in told(number).items() if name != "usage"}
    return {"customer_id": f"c-{number}", **features, "owned": products[:1] if number % 2 else []}


def _written(path: Path, rows: list[dict[str, Any]]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    match path.suffix:
        case ".ndjson":
            path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
        case ".csv":
            with path.open("w", newline="") as file:
                writer = csv.DictWriter(file, names)
                writer.writeheader()
                writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
        case _:
            parquet.write_table(pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows]), path)
    return path


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return ";".join(map(str, value)) if isinstance(value, list) else value


def _read(path: Path) -> list[list[Any]]:
    match path.suffix:
        case ".ndjson":
            return [list(orjson.loads(line).values()) for line in path.read_bytes().splitlines()]
        case ".csv":
            heading, *rows = csv.reader(path.read_text().splitlines())
            assert heading == list(FIELDS)
            return [[one[0], int(one[1]), int(one[2]), *map(float, one[3:5]), one[5], int(one[6])] for one in rows]
        case _:
            return [list(row.values()) for row in parquet.read_table(path).to_pylist()]
