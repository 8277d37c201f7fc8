"""Undo of a run: what it changed and nobody touched since goes back, and does not come again by itself."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.products.models import Product
from catalog_app.products.plans.back import Prepared
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import SyncRun
from catalog_app.sync.runs import undo
from catalog_app.sync.runs.lease import take
from catalog_app.sync.service import BusyError, ProductSyncService
from tests.sync.offerings import offering

pytestmark = pytest.mark.usefixtures("app")
LINA, OMAR = "user:lina", "user:omar"


@pytest.fixture
def sync(xiva: XivaStandin) -> ProductSyncService:
    """Return the service after a first sync."""
    service = ProductSyncService()
    service.sync_from_xiva()
    return service


def stored(number: int) -> Product:
    db.session.rollback()
    db.session.expire_all()
    found = ProductCatalogService().by_identity("xiva", f"PO-{number}")
    assert found is not None
    return found


def edited(number: int, **patch: object) -> None:
    ProductCatalogService().patch(stored(number).id, patch, expected_version=None, actor=LINA)


def test_every_field_that_a_run_changed_goes_back_with_a_revision_that_names_the_run(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    xiva.listing.change("PO-3", name="Wrong", lifecycleStatus="Retired")
    xiva.listing.change("PO-4", description="Wrong words")
    run = sync.sync_from_xiva()

    undone = sync.undo(run.id, actor=OMAR)

    assert (stored(3).name, stored(3).lifecycle_status, stored(3).status_reason) == ("Plan 3", "launched", None)
    assert (stored(4).description, stored(4).sync_state, stored(4).field_locks) == (None, "in_sync", {})
    assert undone.undone == {"restored": 4, "products": 2, "kept": [], "kept_products": 0}
    assert (undone.undone_by, undone.undone_at is not None, undone.status) == (OMAR, True, "applied")
    newest = ProductCatalogService().history(stored(4).id)[0]
    assert (newest.action, newest.run_id, newest.actor) == ("undone", run.id, OMAR)
    assert newest.changes == {"description": ["Wrong words", None]}


def test_what_was_taken_back_is_not_brought_again_until_the_source_changes_it(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    xiva.listing.change("PO-3", name="Wrong", description="Wrong words")
    sync.undo(sync.sync_from_xiva().id, actor=OMAR)

    again = sync.sync_from_xiva()
    assert (again.updated, again.unchanged, stored(3).name) == (0, 120, "Plan 3")

    xiva.listing.change("PO-3", name="Right")
    sync.sync_from_xiva()
    assert (stored(3).name, stored(3).description) == ("Right", None)


def test_a_field_that_somebody_changed_since_stays_and_is_listed(sync: ProductSyncService, xiva: XivaStandin) -> None:
    xiva.listing.change("PO-3", name="Wrong", description="Wrong words")
    run = sync.sync_from_xiva()
    edited(3, name="Ours")

    undone = sync.undo(run.id, actor=OMAR).undone or {}

    assert (stored(3).name, stored(3).description) == ("Ours", None)
    assert undone["kept"] == [{"product_id": stored(3).id, "name": "Ours", "fields": ["name"], "reason": None}]
    (change,) = sync.changes(run.id, kind="update")
    assert change.undone == {"restored": ["description"], "kept": ["name"]}


def test_a_field_that_a_later_run_changed_stays(sync: ProductSyncService, xiva: XivaStandin) -> None:
    xiva.listing.change("PO-3", name="First", description="First words")
    first = sync.sync_from_xiva()
    xiva.listing.change("PO-3", name="Second")
    sync.sync_from_xiva()

    sync.undo(first.id, actor=OMAR)

    assert (stored(3).name, stored(3).description) == ("Second", None)


def test_a_product_that_the_run_made_is_deleted_until_its_source_says_something_else(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    xiva.listing.replace([*(offering(number) for number in range(120)), offering(500)])
    run = sync.sync_from_xiva()

    sync.undo(run.id, actor=OMAR)

    assert stored(500).deleted_at is not None
    assert sync.sync_from_xiva().created == 0
    assert stored(500).deleted_at is not None
    xiva.listing.change("PO-500", name="Better")
    sync.sync_from_xiva()
    assert (stored(500).deleted_at, stored(500).name) == (None, "Better")


def test_a_product_that_the_run_made_and_somebody_edited_stays(sync: ProductSyncService, xiva: XivaStandin) -> None:
    xiva.listing.replace([*(offering(number) for number in range(120)), offering(500)])
    run = sync.sync_from_xiva()
    edited(500, category="Ours")

    undone = sync.undo(run.id, actor=OMAR).undone or {}

    assert stored(500).deleted_at is None
    assert [kept["fields"] for kept in undone["kept"]] == [["category"]]


def test_a_withdrawal_is_taken_back_and_comes_again_only_after_the_source_has_listed_the_product(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    xiva.listing.withdraw("PO-5")
    run = sync.sync_from_xiva()
    assert stored(5).sync_state == "missing"

    sync.undo(run.id, actor=OMAR)

    assert (stored(5).sync_state, stored(5).missing_since) == ("in_sync", None)
    assert sync.sync_from_xiva().withdrawn == 0
    xiva.listing.replace([offering(number) for number in range(120)])
    sync.sync_from_xiva()
    xiva.listing.withdraw("PO-5")
    assert sync.sync_from_xiva().withdrawn == 1


def test_a_conflict_that_the_run_brought_is_gone_and_the_lock_stays(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    edited(3, name="Ours")
    xiva.listing.change("PO-3", name="Theirs")
    run = sync.sync_from_xiva()
    assert stored(3).sync_state == "conflict"

    sync.undo(run.id, actor=OMAR)

    assert (stored(3).name, stored(3).sync_state, set(stored(3).field_locks)) == ("Ours", "local_edit", {"name"})


def test_half_of_two_fields_that_belong_together_does_not_go_back(sync: ProductSyncService, xiva: XivaStandin) -> None:
    xiva.listing.change("PO-3", productOfferingPrice=[])
    assert sync.sync_from_xiva().updated == 1
    (price,) = offering(3)["productOfferingPrice"]
    xiva.listing.change("PO-3", productOfferingPrice=[price])
    run = sync.sync_from_xiva()
    edited(3, price="25.00")

    undone = sync.undo(run.id, actor=OMAR).undone or {}

    assert (stored(3).price, stored(3).currency) == (Decimal(25), "SAR")
    assert "A price needs a currency." in undone["kept"][0]["reason"]


def test_what_a_person_deleted_since_stays_deleted(sync: ProductSyncService, xiva: XivaStandin) -> None:
    xiva.listing.change("PO-3", name="Wrong")
    run = sync.sync_from_xiva()
    ProductCatalogService().delete(stored(3).id, expected_version=None, actor=LINA)

    undone = sync.undo(run.id, actor=OMAR).undone or {}

    assert stored(3).deleted_at is not None
    assert undone["kept"][0]["fields"] == ["deleted_at"]


def test_a_run_is_taken_back_once_and_only_if_it_was_applied_in_the_last_thirty_days(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    preview = sync.run("xiva", dry_run=True)
    with pytest.raises(ConflictError, match="not applied"):
        sync.undo(preview.id, actor=OMAR)
    xiva.listing.change("PO-3", name="Wrong")
    run = sync.sync_from_xiva()
    with time_machine.travel(utcnow() + timedelta(days=31)), pytest.raises(ConflictError, match="30 days"):
        sync.undo(run.id, actor=OMAR)
    sync.undo(run.id, actor=OMAR)

    with pytest.raises(ConflictError, match="already"):
        sync.undo(run.id, actor=OMAR)


def test_nothing_is_taken_back_while_the_system_is_being_synced(sync: ProductSyncService, xiva: XivaStandin) -> None:
    xiva.listing.change("PO-3", name="Wrong")
    run = sync.sync_from_xiva()
    with writing() as session:
        assert take(session, "xiva", seconds=60, now=utcnow()) is not None

    with pytest.raises(BusyError):
        sync.undo(run.id, actor=OMAR)

    assert stored(3).name == "Wrong"


def test_what_somebody_changes_while_an_undo_is_worked_out_stays(
    sync: ProductSyncService, xiva: XivaStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    xiva.listing.change("PO-3", name="Wrong", description="Wrong words")
    run = sync.sync_from_xiva()
    real = undo._prepared_ahead

    def edited_meanwhile(run_id: int, now: datetime) -> Prepared:
        prepared = real(run_id, now)
        edited(3, name="Ours")
        return prepared

    monkeypatch.setattr(undo, "_prepared_ahead", edited_meanwhile)

    undone = sync.undo(run.id, actor=OMAR).undone or {}

    assert (stored(3).name, stored(3).description) == ("Ours", None)
    assert (undone["restored"], undone["kept_products"]) == (1, 1)


def test_an_undo_that_breaks_changes_nothing_and_says_so(
    sync: ProductSyncService, xiva: XivaStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    xiva.listing.change("PO-3", name="Wrong")
    run = sync.sync_from_xiva()

    def broken(*_: object) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(undo, "row_writer", broken)
    with pytest.raises(RuntimeError):
        sync.undo(run.id, actor=OMAR)

    refused = sync.get(run.id)
    assert (refused.undone_by, refused.undone_at, stored(3).name) == (None, None, "Wrong")
    assert "went wrong" in (refused.error or "")


def test_an_undo_that_a_job_never_began_is_done_by_the_next_worker(sync: ProductSyncService, xiva: XivaStandin) -> None:
    xiva.listing.change("PO-3", name="Wrong")
    run = sync.sync_from_xiva()
    with writing() as session:
        session.get_one(SyncRun, run.id).undone_by = OMAR

    assert [done.id for done in sync.execute_queued()] == [run.id]

    assert stored(3).name == "Plan 3"
    assert sync.execute_queued() == []


def test_a_field_that_somebody_has_locked_since_stays_though_its_value_is_the_same(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    xiva.listing.change("PO-3", name="Wrong")
    run = sync.sync_from_xiva()
    ProductCatalogService().lock(stored(3).id, ["name"], actor=LINA)

    sync.undo(run.id, actor=OMAR)

    assert (stored(3).name, sync.changes(run.id, kind="update")[0].undone) == (
        "Wrong",
        {"restored": [], "kept": ["name"]},
    )


def test_what_a_person_deleted_after_an_undo_stays_deleted_whatever_its_source_says(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    xiva.listing.withdraw("PO-5")
    sync.sync_from_xiva()
    xiva.listing.replace([offering(number) for number in range(120)])
    sync.undo(sync.sync_from_xiva().id, actor=OMAR)
    assert stored(5).sync_state == "missing"
    ProductCatalogService().delete(stored(5).id, expected_version=None, actor=LINA)

    xiva.listing.change("PO-5", name="Better")
    sync.sync_from_xiva()

    assert stored(5).deleted_at is not None


def test_what_customers_take_of_a_quota_while_an_undo_is_worked_out_stays_taken(
    sync: ProductSyncService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "products.csv"
    for total in (100, 150):
        path.write_text(f"external_product_id,name,product_type,quota_total\nPO-3,Plan 3,data,{total}\n")
        run = sync.read_file("xiva", path, actor=OMAR)
    real = undo._prepared_ahead

    def taken_meanwhile(run_id: int, now: datetime) -> Prepared:
        prepared = real(run_id, now)
        with writing() as session:
            taken = db.update(Product).where(Product.external_product_id == "PO-3").values(quota_left=140)
            session.connection().execute(taken)
        return prepared

    monkeypatch.setattr(undo, "_prepared_ahead", taken_meanwhile)

    sync.undo(run.id, actor=OMAR)

    assert (stored(3).quota_total, stored(3).quota_left) == (100, 90)


def test_a_conflict_says_after_an_undo_what_the_source_said_last(sync: ProductSyncService, xiva: XivaStandin) -> None:
    edited(3, name="Ours")
    xiva.listing.change("PO-3", name="Theirs")
    sync.sync_from_xiva()
    xiva.listing.change("PO-3", name="Theirs too")
    run = sync.sync_from_xiva()

    sync.undo(run.id, actor=OMAR)

    lock = stored(3).field_locks["name"]
    assert (lock["theirs"], lock["theirs_before"]) == ("Theirs too", "Plan 3")
    assert (stored(3).name, stored(3).sync_state) == ("Ours", "conflict")
    xiva.listing.change("PO-3", name="Plan 3")
    sync.sync_from_xiva()
    assert stored(3).sync_state == "local_edit"


@pytest.mark.parametrize("settled_by", ["Ours", "Plan 3"])
def test_a_conflict_that_the_source_has_ended_does_not_come_back_with_an_undo(
    sync: ProductSyncService, xiva: XivaStandin, settled_by: str
) -> None:
    edited(3, name="Ours")
    xiva.listing.change("PO-3", name="Theirs")
    sync.sync_from_xiva()
    xiva.listing.change("PO-3", name=settled_by, description="Wrong words")
    run = sync.sync_from_xiva()
    assert stored(3).sync_state == "local_edit"

    undone = sync.undo(run.id, actor=OMAR).undone or {}

    assert (stored(3).name, stored(3).description, stored(3).sync_state) == ("Ours", None, "local_edit")
    assert "theirs" not in stored(3).field_locks["name"]
    assert undone["restored"] == 1
