"""People and runs at the same moment: nothing is lost, nothing starves, and what was decided is what happens."""

import pytest
from flask import Flask

from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.connectors.connector import ListingProof, RecordPage
from catalog_app.sync.models import SyncChange, SyncRun, SystemState
from catalog_app.sync.planning.staging import Staging
from catalog_app.sync.runs import applying, running
from catalog_app.sync.runs.lease import Claim, LeaseLostError
from catalog_app.sync.service import ProductSyncService
from tests.sync.here import product
from tests.sync.offerings import offering

pytestmark = pytest.mark.usefixtures("app")


def planned(sync: ProductSyncService, xiva: XivaStandin) -> SyncRun:
    """Return a previewed run that renames PO-1 and PO-2 and brings a new product."""
    sync.sync_from_xiva()
    xiva.listing.change("PO-1", name="New 1")
    xiva.listing.change("PO-2", name="New 2", description="New words")
    return sync.run("xiva", dry_run=True)


def test_an_edit_after_the_plan_does_not_stop_a_run_that_needs_no_approval(
    sync: ProductSyncService, xiva: XivaStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync.sync_from_xiva()
    xiva.listing.change("PO-1", name="New 1")
    xiva.listing.change("PO-2", name="New 2", description="New words")
    number = product("PO-2").id
    real = applying.apply_plan_of

    def edited_first(run_id: int, claim: Claim) -> None:
        ProductCatalogService().patch(number, {"name": "Ours"}, expected_version=None, actor="user:lina")
        real(run_id, claim)

    monkeypatch.setattr(running, "apply_plan_of", edited_first)

    run = sync.sync_from_xiva()

    assert (run.status, run.updated, run.conflicts) == ("applied", 2, 1)
    assert product("PO-1").name == "New 1"
    assert (product("PO-2").name, product("PO-2").description) == ("Ours", "New words")


def test_a_product_made_by_hand_before_its_create_is_applied_becomes_the_synced_one(
    sync: ProductSyncService, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = applying.apply_plan_of

    def made_first(run_id: int, claim: Claim) -> None:
        values = {"external_system": "xiva", "external_product_id": "PO-7", "name": "By hand", "product_type": "data"}
        ProductCatalogService().create(values, actor="user:lina")
        real(run_id, claim)

    monkeypatch.setattr(running, "apply_plan_of", made_first)

    run = sync.sync_from_xiva()

    assert (run.status, run.created, run.updated) == ("applied", 119, 1)
    assert product("PO-7").name == "Plan 7"


def test_an_approved_create_whose_identity_is_taken_is_refused_as_no_longer_fitting(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    run = sync.run("xiva", dry_run=True)
    values = {"external_system": "xiva", "external_product_id": "PO-7", "name": "By hand", "product_type": "data"}
    ProductCatalogService().create(values, actor="user:lina")

    with pytest.raises(ConflictError, match="no longer fits"):
        sync.apply(run.id, actor="user:omar")

    assert sync.get(run.id).status == "planned"
    assert ProductCatalogService().stats().total == 1


def test_a_plan_that_is_being_applied_can_be_neither_rejected_nor_cancelled(
    sync: ProductSyncService, xiva: XivaStandin, app: Flask
) -> None:
    run = planned(sync, xiva)
    with writing() as session:
        changing = session.get_one(SyncRun, run.id)
        changing.status, changing.finished_at = "applying", None

    with pytest.raises(ConflictError):
        sync.reject(run.id, actor="user:rita")
    with pytest.raises(ConflictError, match="too late"):
        sync.cancel(run.id, actor="user:rita")


def test_a_run_that_reads_is_cancelled_before_its_next_page(
    sync: ProductSyncService, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Staging.take
    pages: list[object] = []

    def cancelled_after_the_first(self: Staging, page: RecordPage) -> None:
        real(self, page)
        pages.append(page)
        if len(pages) == 1:
            sync.cancel(self._run_id, actor="user:lina")

    monkeypatch.setattr(Staging, "take", cancelled_after_the_first)

    run = sync.sync_from_xiva()

    assert (run.status, run.fetched, run.decided_by) == ("cancelled", 50, "user:lina")
    assert db.session.query(SyncChange).count() == 0


def test_a_run_whose_lease_is_gone_at_its_end_writes_nothing_and_raises_nothing(
    sync: ProductSyncService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken_over(_self: running.Running, claim: Claim, _source: object) -> None:
        with writing() as session:
            session.get_one(SystemState, claim.system).lease_number += 1
        raise LeaseLostError("gone")

    monkeypatch.setattr(running.Running, "_carry", taken_over)

    assert sync.sync_from_xiva().status == "fetching"


def test_a_lifecycle_conflict_that_takes_products_off_sale_waits_for_a_person(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    sync.sync_from_xiva()
    catalog = ProductCatalogService()
    for number in range(30):
        catalog.lock(product(f"PO-{number}").id, ["lifecycle_status"], actor="user:lina")
        xiva.listing.change(f"PO-{number}", lifecycleStatus="Retired")
    available = catalog.stats().available

    run = sync.sync_from_xiva()

    assert run.status == "awaiting_approval"
    assert catalog.stats().available == available


def test_a_record_whose_id_cannot_be_read_keeps_every_product_from_being_withdrawn(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    sync.sync_from_xiva()
    xiva.listing.change("PO-5", id=None)

    run = sync.sync_from_xiva()

    assert (run.complete, run.withdrawn, run.rejected) == (False, 0, 1)
    assert product("PO-5").sync_state == "in_sync"


def test_what_a_source_said_without_changing_a_field_is_noted_so_that_a_release_takes_it(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    sync.sync_from_xiva()
    catalog = ProductCatalogService()
    catalog.patch(product("PO-3").id, {"name": "Ours"}, expected_version=None, actor="user:lina")
    version = product("PO-3").version
    xiva.listing.change("PO-3", name="Ours")

    run = sync.sync_from_xiva()
    assert (run.updated, run.unchanged, product("PO-3").version) == (0, 120, version)

    assert catalog.release(product("PO-3").id, ["name"], actor="user:lina").name == "Ours"
    again = sync.sync_from_xiva()
    assert db.session.query(SyncChange).where(SyncChange.run_id == again.id).count() == 0


def test_a_system_that_is_no_longer_configured_says_so_at_its_run(
    sync: ProductSyncService, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued = sync.request("xiva", actor="test")
    monkeypatch.setattr(running, "source_config", _not_configured)

    ended = sync.execute(queued.id)

    assert (ended.status, ended.error) == ("failed", "Xiva is not configured.")


def test_a_queued_run_that_breaks_does_not_block_the_others(
    sync: ProductSyncService, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = sync.request("xiva", actor="test")
    real = ProductSyncService.execute

    def breaking(self: ProductSyncService, run_id: int) -> SyncRun:
        if run_id == first.id:
            raise ConflictError("locked")
        return real(self, run_id)

    second = sync.request("xiva", actor="test")
    monkeypatch.setattr(ProductSyncService, "execute", breaking)

    assert [run.id for run in sync.execute_queued()] == [second.id]


def _not_configured(_system: object) -> None:
    raise ConflictError("Xiva is not configured.")


def test_a_product_made_by_hand_after_its_record_was_read_is_not_withdrawn_by_the_same_run(
    sync: ProductSyncService, xiva: XivaStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync.sync_from_xiva()
    xiva.listing.replace([offering(number) for number in range(121)])
    real = running.Running._plan
    by_hand = {"external_system": "xiva", "external_product_id": "PO-120", "name": "By hand", "product_type": "data"}

    def made_meanwhile(self: running.Running, claim: Claim, staging: Staging, proof: ListingProof) -> bool:
        ProductCatalogService().create(by_hand, actor="user:lina")
        return real(self, claim, staging, proof)

    monkeypatch.setattr(running.Running, "_plan", made_meanwhile)

    run = sync.sync_from_xiva()

    assert (run.status, run.withdrawn, run.created, run.updated) == ("applied", 0, 0, 1)
    assert (product("PO-120").name, product("PO-120").sync_state) == ("Plan 120", "in_sync")
