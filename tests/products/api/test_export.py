"""The export: one moment of the whole catalogue, as lines."""

import gc
import gzip
import tracemalloc
from collections.abc import Callable

import orjson
import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.products.document import ALL_FIELDS
from catalog_app.products.export import export_lines
from catalog_app.products.filters import ProductFilters, parse_filters
from catalog_app.products.models import Product
from catalog_app.products.systems import systems
from tests.products.factories import product
from tests.support.api import Program

Stored = Callable[..., Product]


def test_every_line_is_a_product_as_the_list_shows_it(api: Program, stored: Stored) -> None:
    for number in range(5):
        stored(name=f"Ünï {number}", price="5", currency="SAR", features={"data_mb": number})

    answer = api.get("/products/export")

    assert (answer.status_code, answer.mimetype) == (200, "application/x-ndjson")
    assert "Content-Length" not in answer.headers
    lines = [orjson.loads(line) for line in answer.data.splitlines()]
    assert lines == api.results("/products/?sort=id")


def test_filters_and_fields_of_the_list_narrow_it(api: Program, stored: Stored) -> None:
    stored(product_type="voice")
    stored(product_type="data", name="Wanted")

    answer = api.get("/products/export/?product_type=data&fields=name")

    assert answer.data == b'{"name":"Wanted"}\n'
    assert api.get("/products/export/?product_type=phone").status_code == 400
    assert api.get("/products/export/?limit=5").status_code == 400


def test_it_is_packed_where_that_is_asked_for(api: Program, stored: Stored) -> None:
    stored()

    packed = api.get("/products/export/", headers={"Accept-Encoding": "gzip"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == api.get("/products/export/").data
    refused = api.get("/products/export/", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_an_empty_catalogue_is_an_empty_export(api: Program) -> None:
    assert api.get("/products/export/").data == b""


@pytest.fixture
def many(app: Flask) -> int:
    with app.app_context():
        db.session.add_all(
            product(description="x" * 500, category="Half" if number % 3 == 0 else None) for number in range(1200)
        )
        db.session.commit()
        db.session.remove()
    return 1200


def test_all_lines_are_of_one_moment_whatever_is_written_meanwhile(app: Flask, api: Program, many: int) -> None:
    with app.app_context():
        lines = export_lines(db.engine, ProductFilters(), ("id", "name"), systems(), now=utcnow())
        begun = next(lines)
        last = api.get("/products/?sort=-id&limit=1&fields=id").json["results"][0]["id"]
        api.patch(f"/products/{last}/", {"name": "Changed meanwhile"})
        api.post("/products/", {"name": "Made meanwhile", "product_type": "data"})
        rest = b"".join(lines)

    assert b"meanwhile" not in rest
    assert (begun + rest).count(b"\n") == many


def test_a_reader_that_leaves_gives_the_connection_back(app: Flask, many: int) -> None:
    with app.app_context():
        lines = export_lines(db.engine, ProductFilters(), ("id",), systems(), now=utcnow())
        before = _in_use()
        next(lines)
        assert _in_use() == before + 1

        lines.close()

        assert _in_use() == before


def _in_use() -> int:
    return int(db.engine.pool.status().rpartition(" ")[2])


def test_memory_does_not_grow_with_the_catalogue(app: Flask, many: int) -> None:
    def peak_of(filters: ProductFilters) -> int:
        gc.collect()
        tracemalloc.start()
        for _ in export_lines(db.engine, filters, ALL_FIELDS, facts, now=now):
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    with app.app_context():
        facts, now = systems(), utcnow()
        half = parse_filters({"product_type": ["data"], "category": ["half"]})
        peak_of(ProductFilters())

        assert peak_of(ProductFilters()) < 1.5 * peak_of(half)
