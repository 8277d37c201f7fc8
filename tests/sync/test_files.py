"""A file as a source: the same plan, approval and undo as a listing; what is wrong is told by its line."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, NotFoundError
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.service import ProductSyncService

pytestmark = pytest.mark.usefixtures("app")
OMAR = "user:omar"

HEADING = "external_product_id,name,product_type,price,currency,features,lifecycle_status\n"


def product(name: str) -> Product:
    db.session.rollback()
    db.session.expire_all()
    found = ProductCatalogService().by_identity("crm", name)
    assert found is not None
    return found


def written(folder: Path, text: str) -> Path:
    path = folder / "products.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_the_rows_of_a_csv_file_become_products_and_its_bad_rows_are_named_by_line(
    sync: ProductSyncService, tmp_path: Path
) -> None:
    path = written(
        tmp_path,
        HEADING
        + 'A-1,Plan A,data,19.90,SAR,"{""data_mb"": 5120}",launched\n'
        + "A-2,Plan B,data,free,SAR,,launched\n"
        + ",Plan C,data,,,,\n"
        + "A-4,'=Plan D,voice,,,,\n",
    )

    run = sync.read_file("crm", path, actor=OMAR)

    # Half of the rows are unusable, which a guard holds.
    assert (run.status, run.origin, run.fetched, run.rejected) == ("awaiting_approval", "file", 4, 2)
    assert sync.apply(run.id, actor=OMAR).created == 2
    assert (product("A-1").price, product("A-1").features) == (Decimal("19.90"), {"data_mb": 5120})
    assert (product("A-4").name, product("A-4").lifecycle_status) == ("=Plan D", "in_design")
    told = {change.field: change.reason for change in sync.changes(run.id, kind="rejected")}
    assert told["external_product_id"] == "line 4: Fill this in."
    assert (told["price"] or "").startswith("line 3: ")


def test_a_file_withdraws_nothing_keeps_what_people_own_and_is_taken_back_as_any_run(
    sync: ProductSyncService, tmp_path: Path
) -> None:
    rows = [{"external_product_id": f"A-{number}", "name": "Plan", "product_type": "data"} for number in range(3)]
    path = tmp_path / "products.ndjson"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    sync.read_file("crm", path, actor=OMAR)
    ProductCatalogService().patch(product("A-1").id, {"name": "Ours"}, expected_version=None, actor="user:lina")
    path.write_text(json.dumps({**rows[0], "name": "New"}) + "\n" + json.dumps({**rows[1], "name": "Theirs"}))

    run = sync.read_file("crm", path, actor=OMAR)

    assert (run.updated, run.conflicts, run.withdrawn, run.complete) == (1, 1, 0, True)
    assert (product("A-0").name, product("A-1").name, product("A-2").missing_since) == ("New", "Ours", None)
    sync.undo(run.id, actor=OMAR)
    assert product("A-0").name == "Plan"


def test_a_file_that_would_change_too_much_waits_for_a_person(sync: ProductSyncService, tmp_path: Path) -> None:
    rows = HEADING + "".join(f"A-{number},Plan,data,,,,launched\n" for number in range(10))
    sync.read_file("crm", written(tmp_path, rows), actor=OMAR)

    run = sync.read_file("crm", written(tmp_path, rows.replace("launched\n", "retired\n")), actor=OMAR)

    assert run.status == "awaiting_approval"
    with pytest.raises(ConflictError, match="import it again"):
        sync.replan(run.id, actor=OMAR)
    assert sync.apply(run.id, actor=OMAR).updated == 10


def test_a_preview_of_a_file_writes_nothing(sync: ProductSyncService, tmp_path: Path) -> None:
    path = written(tmp_path, HEADING + "A-1,Plan A,data,,,,\n")

    run = sync.read_file("crm", path, dry_run=True, actor=OMAR)

    assert (run.status, run.created) == ("planned", 1)
    assert ProductCatalogService().stats().total == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name,product_type\nPlan,data\n", "no column external_product_id"),
        (b"external_product_id,name\nA-1,\xff\xfe\n", "cannot be read"),
        (b'external_product_id,name\nA-1,"open\n', "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_fails_and_changes_nothing(
    sync: ProductSyncService, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "products.csv"
    path.write_bytes(content)

    run = sync.read_file("crm", path, actor=OMAR)

    assert (run.status, words in (run.error or "")) == ("failed", True)
    assert ProductCatalogService().stats().total == 0


def test_a_row_of_another_system_is_set_aside(sync: ProductSyncService, tmp_path: Path) -> None:
    path = tmp_path / "products.ndjson"
    row = {"external_system": "xiva", "external_product_id": "A-1", "name": "Plan", "product_type": "data"}
    path.write_text(json.dumps(row) + "\nnot json\n")

    run = sync.read_file("crm", path, actor=OMAR)

    assert (run.created, run.rejected) == (0, 2)


def test_a_file_is_given_for_a_system_that_there_is(
    sync: ProductSyncService, tmp_path: Path, xiva: XivaStandin
) -> None:
    with pytest.raises(NotFoundError):
        sync.read_file("nowhere", written(tmp_path, HEADING), actor=OMAR)

    assert xiva.count(path_ends="/productOffering/") == 0


def test_a_file_that_names_few_fields_lets_the_rest_of_what_the_source_said_stand(
    sync: ProductSyncService, xiva: XivaStandin, tmp_path: Path
) -> None:
    sync.sync_from_xiva()
    xiva.listing.change("PO-3", description="Wrong words")
    sync.undo(sync.sync_from_xiva().id, actor=OMAR)
    catalog = ProductCatalogService()
    path = tmp_path / "products.csv"
    path.write_text("external_product_id,name,product_type\nPO-3,Better,data\n")

    assert sync.read_file("xiva", path, actor=OMAR).updated == 1
    sync.sync_from_xiva()

    db.session.expire_all()
    found = catalog.by_identity("xiva", "PO-3")
    assert found is not None
    # What was taken back is not brought again by the next run of the same source values.
    assert (found.name, found.description) == ("Plan 3", None)


@pytest.mark.parametrize("column", ["x" * 300, "nul\\u0000", "half \\ud800"])
def test_a_row_whose_fields_have_impossible_names_is_set_aside_and_the_others_are_taken(
    sync: ProductSyncService, tmp_path: Path, column: str
) -> None:
    path = tmp_path / "products.ndjson"
    good = {"external_product_id": "A-1", "name": "Plan", "product_type": "data"}
    others = "".join(json.dumps({**good, "external_product_id": f"A-{number}"}) + "\n" for number in range(2, 12))
    path.write_text(f'{json.dumps(good)[:-1]}, "{column}": 1}}\n{others}')

    run = sync.read_file("crm", path, actor=OMAR)

    assert (run.status, run.created, run.rejected) == ("applied", 10, 1)


def test_the_rejected_rows_of_a_file_are_corrected_there_and_not_tried_again_here(
    sync: ProductSyncService, tmp_path: Path
) -> None:
    run = sync.read_file("crm", written(tmp_path, HEADING + "A-1,Plan A,data,free,SAR,,\n"), actor=OMAR)
    run = sync.apply(run.id, actor=OMAR)

    with pytest.raises(ConflictError, match="import it again"):
        sync.retry_rejected(run.id, actor=OMAR)
