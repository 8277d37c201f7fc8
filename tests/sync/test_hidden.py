"""What a run writes ahead of its moment is seen by nobody, is swept where the run dies, and stands in nobody's way."""

from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

import orjson
import pytest
from flask import Flask
from sqlalchemy import select, text

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, NotFoundError
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.events.models import Revision
from catalog_app.products.counters import recount
from catalog_app.products.filters import parse_filters
from catalog_app.products.models import Product
from catalog_app.products.plans.layout import Layout
from catalog_app.products.reads import documents
from catalog_app.products.service import ProductCatalogService
from catalog_app.products.sorts import parse_sort
from catalog_app.sync.models import SystemState
from catalog_app.sync.runs import applying, layout
from catalog_app.sync.runs.claiming import end_interrupted
from catalog_app.sync.runs.lease import Claim
from catalog_app.sync.service import ProductSyncService
from tests.sync.here import product
from tests.sync.offerings import offering

pytestmark = pytest.mark.usefixtures("app")


class _KilledError(BaseException):
    """Ends a run as a signal would: nothing in it may tidy up."""


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "A_PORTION", 7)


def die(*_: object, **__: object) -> NoReturn:
    raise _KilledError


def dies_before_the_end(sync: ProductSyncService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run write ahead what it can, and end before anything is shown."""
    with monkeypatch.context() as patch:
        patch.setattr(applying, "apply_plan", die)
        with pytest.raises(_KilledError):
            sync.sync_from_xiva()
    db.session.rollback()


def hidden() -> Sequence[int]:
    db.session.rollback()
    return db.session.execute(text("SELECT id FROM product WHERE version = 0 ORDER BY id")).scalars().all()


def beside(table: str) -> int:
    return int(db.session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608  # our own names


def documents_agree() -> bool:
    """Return whether every document says what its product says, worked out from nothing but that."""
    db.session.rollback()
    kept = {row.id: row for row in db.session.execute(select(documents.DOCUMENT))}
    products = db.session.scalars(select(Product).where(Product.deleted_at.is_(None)))
    made = {product.id: documents.row_of(product) for product in products}
    return made.keys() == kept.keys() and all(as_kept(made[number]) == tuple(kept[number]) for number in made)


def as_kept(row: documents.Row) -> tuple[object, ...]:
    lists = {documents.COLUMNS.index(name) for name in ("targets", "excludes")}
    return tuple(orjson.loads(str(value)) if at in lists and value else value for at, value in enumerate(row))


def found_by(words: str) -> int:
    now = utcnow()
    filters = parse_filters({"search": [words]})
    return len(ProductCatalogService().search(filters, parse_sort(""), limit=200, cursor=None, now=now).items)


def test_nobody_sees_what_a_killed_run_wrote_ahead(sync: ProductSyncService, monkeypatch: pytest.MonkeyPatch) -> None:
    dies_before_the_end(sync, monkeypatch)

    catalog = ProductCatalogService()
    assert (catalog.stats().total, found_by("Plan"), beside("product_document")) == (0, 0, 0)
    assert db.session.query(Revision).filter_by(subject_type="product").count() == 0
    for number in hidden():
        with pytest.raises(NotFoundError):
            catalog.get(number)
        with pytest.raises(ConflictError):
            catalog.restore(number, actor="user:lina")


def test_sqlite_writes_new_products_ahead_and_postgresql_has_no_need_to(
    app: Flask, sync: ProductSyncService, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies_before_the_end(sync, monkeypatch)

    is_sqlite = app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite")
    assert len(hidden()) == (120 if is_sqlite else 0)


def test_the_next_run_sweeps_what_a_killed_one_hid_and_brings_every_product_once(
    sync: ProductSyncService, monkeypatch: pytest.MonkeyPatch, small_portions: None
) -> None:
    dies_before_the_end(sync, monkeypatch)

    run = sync.sync_from_xiva()

    assert (run.status, run.created, hidden()) == ("applied", 120, [])
    assert (ProductCatalogService().stats().total, found_by("Plan 11"), beside("product_document")) == (120, 11, 120)
    assert product("PO-7").version == 1
    assert not list(recount.faults(db.session.connection()))


def test_whoever_settles_a_dead_run_sweeps_what_it_hid(
    sync: ProductSyncService, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies_before_the_end(sync, monkeypatch)

    assert [run.status for run in end_interrupted()] == ["failed"]

    assert (hidden(), db.session.query(Product).count()) == ([], 0)
    assert db.session.get_one(SystemState, "xiva").lease_holder is None


def test_a_run_that_breaks_leaves_nothing_hidden(sync: ProductSyncService, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> NoReturn:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(applying, "apply_plan", broken)
    with pytest.raises(RuntimeError):
        sync.sync_from_xiva()

    assert hidden() == []


def test_an_identity_that_is_hidden_can_be_taken_and_the_rest_of_the_plan_is_applied(
    sync: ProductSyncService, monkeypatch: pytest.MonkeyPatch, small_portions: None
) -> None:
    real = applying._laid_out  # the moment between writing ahead and showing

    def made_meanwhile(run_id: int, claim: Claim, now: datetime) -> Layout:
        laid_out = real(run_id, claim, now)
        values = {"external_system": "xiva", "external_product_id": "PO-7", "name": "By hand", "product_type": "data"}
        ProductCatalogService().create(values, actor="user:lina")
        return laid_out

    monkeypatch.setattr(applying, "_laid_out", made_meanwhile)

    run = sync.sync_from_xiva()

    assert (run.status, run.created, run.updated, hidden()) == ("applied", 119, 1, [])
    assert [revision.action for revision in ProductCatalogService().history(product("PO-7").id)] == [
        "synced", "created"
    ]  # fmt: skip
    assert (ProductCatalogService().stats().total, found_by("Plan 7"), found_by("By hand")) == (120, 11, 0)
    assert not list(recount.faults(db.session.connection()))


def test_a_product_made_by_hand_over_a_hidden_one_tells_nothing_of_it(
    sync: ProductSyncService, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies_before_the_end(sync, monkeypatch)
    values = {"external_system": "xiva", "external_product_id": "PO-7", "name": "By hand", "product_type": "data"}

    made = ProductCatalogService().create(values, actor="user:lina")

    told = ProductCatalogService().history(made.id)
    assert [(revision.action, "deleted_at" in revision.changes) for revision in told] == [("created", False)]
    assert (found_by("Plan 7"), found_by("By hand"), made.deleted_at) == (0, 1, None)
    assert len(hidden()) in (0, 119)


def test_what_a_run_brings_changes_and_withdraws_is_kept_in_document_search_and_counts(
    sync: ProductSyncService, xiva: XivaStandin, small_portions: None
) -> None:
    sync.sync_from_xiva()
    xiva.listing.replace([offering(number) for number in range(2, 125)])
    xiva.listing.change("PO-3", name="Quite another")

    run = sync.sync_from_xiva()

    assert (run.created, run.updated, run.withdrawn) == (5, 1, 2)
    assert (found_by("Quite another"), found_by("Plan 3"), documents_agree()) == (1, 10, True)
    assert not list(recount.faults(db.session.connection()))
    undone = sync.undo(run.id, actor="user:omar")
    assert undone.undone is not None
    assert (found_by("Quite another"), found_by("Plan 3"), beside("product_document")) == (0, 11, 120)
    assert documents_agree()
    assert not list(recount.faults(db.session.connection()))
