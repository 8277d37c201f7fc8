from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from flask import Flask

from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError, NotFoundError
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.events.models import Revision
from catalog_app.products.models import Product, Segment
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.service import ProductSyncService
from tests.sync.here import product
from tests.sync.offerings import offering

pytestmark = pytest.mark.usefixtures("app")


def written_versions() -> dict[int, int]:
    db.session.rollback()
    return {row.id: row.version for row in db.session.scalars(db.select(Product)).all()}


def test_every_page_is_read_and_every_product_arrives_with_its_price_and_features(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    run = sync.sync_from_xiva()

    assert (run.status, run.fetched, run.created, run.complete) == ("applied", 120, 120, True)
    last = product("PO-119")
    assert (last.price, last.currency, last.billing_cycle) == (Decimal("19.90"), "SAR", "monthly")
    assert (last.lifecycle_status, last.sync_state, last.features["data_mb"]) == ("launched", "in_sync", 5120)
    assert xiva.count(path_ends="/productOffering/") >= 3


def test_a_second_sync_of_an_unchanged_source_writes_no_product_row(sync: ProductSyncService) -> None:
    sync.sync_from_xiva()
    before = written_versions()
    revisions = db.session.query(Revision).count()

    again = sync.sync_from_xiva()

    assert (again.created, again.updated, again.unchanged, again.withdrawn) == (0, 0, 120, 0)
    assert written_versions() == before
    assert db.session.query(Revision).count() == revisions


def test_only_what_changed_at_the_source_is_written(sync: ProductSyncService, xiva: XivaStandin) -> None:
    sync.sync_from_xiva()
    before = written_versions()
    xiva.listing.change("PO-7", name="Plan 7 new")

    run = sync.sync_from_xiva()

    changed = {key for key, version in written_versions().items() if version != before[key]}
    assert (run.updated, run.unchanged) == (1, 119)
    assert changed == {product("PO-7").id}
    (change,) = sync.changes(run.id, kind="update")
    assert (change.before, change.after) == ({"name": "Plan 7"}, {"name": "Plan 7 new"})


def test_a_changed_record_without_a_changed_field_counts_as_unchanged(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    sync.sync_from_xiva()
    xiva.listing.change("PO-7", version="2.0")

    run = sync.sync_from_xiva()

    assert (run.updated, run.unchanged) == (0, 120)


def test_an_edit_by_a_person_survives_a_sync_and_becomes_a_conflict_when_the_source_moves(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    sync.sync_from_xiva()
    edited = product("PO-3")
    ProductCatalogService().patch(edited.id, {"name": "Ours"}, expected_version=None, actor="user:lina")
    assert product("PO-3").sync_state == "local_edit"

    xiva.listing.change("PO-3", name="Theirs", description="New words")
    run = sync.sync_from_xiva()

    now = product("PO-3")
    assert (now.name, now.description, now.sync_state) == ("Ours", "New words", "conflict")
    assert run.conflicts == 1
    assert now.field_locks["name"]["theirs"] == "Theirs"


def test_a_conflict_is_settled_either_way(sync: ProductSyncService, xiva: XivaStandin) -> None:
    sync.sync_from_xiva()
    catalog = ProductCatalogService()
    for number in (3, 4):
        catalog.patch(product(f"PO-{number}").id, {"name": "Ours"}, expected_version=None, actor="user:lina")
        xiva.listing.change(f"PO-{number}", name="Theirs")
    sync.sync_from_xiva()

    catalog.keep_ours(product("PO-3").id, ["name"], actor="user:lina")
    catalog.release(product("PO-4").id, ["name"], actor="user:lina")

    assert (product("PO-3").name, product("PO-3").sync_state) == ("Ours", "local_edit")
    assert (product("PO-4").name, product("PO-4").sync_state) == ("Theirs", "in_sync")
    again = sync.sync_from_xiva()
    assert (again.updated, again.conflicts) == (0, 0)


def test_a_product_the_source_no_longer_has_is_withdrawn_and_comes_back_by_itself(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    sync.sync_from_xiva()
    xiva.listing.withdraw("PO-5")
    run = sync.sync_from_xiva()
    assert run.withdrawn == 1
    gone = product("PO-5")
    assert (gone.sync_state, gone.missing_since is None, gone.lifecycle_status) == ("missing", False, "launched")

    xiva.listing.replace([offering(number) for number in range(120)])
    run = sync.sync_from_xiva()

    assert (run.updated, product("PO-5").sync_state, product("PO-5").missing_since) == (1, "in_sync", None)


@pytest.mark.parametrize("fault", [Fault.IGNORE_OFFSET, Fault.REPEAT_FIRST_PAGE, Fault.LYING_TOTAL])
def test_a_listing_that_is_not_proved_complete_withdraws_nothing(
    sync: ProductSyncService, xiva: XivaStandin, fault: Fault
) -> None:
    sync.sync_from_xiva()
    xiva.listing.withdraw("PO-119")
    xiva.fault = fault

    run = sync.sync_from_xiva()

    assert (run.complete, run.withdrawn) == (False, 0)
    assert run.proof


@pytest.mark.parametrize("fault", [Fault.HTML_WITH_200, Fault.REFUSE_LOGIN])
def test_a_source_that_fails_for_good_ends_the_run_and_changes_nothing(
    sync: ProductSyncService, xiva: XivaStandin, fault: Fault
) -> None:
    sync.sync_from_xiva()
    before = written_versions()
    xiva.listing.change("PO-1", name="Never taken")
    xiva.void_access_tokens()
    xiva.fault = fault

    run = sync.sync_from_xiva()

    assert run.status == "failed"
    assert run.error
    assert xiva.password not in run.error
    assert written_versions() == before


def test_a_token_that_expires_in_the_middle_is_renewed(sync: ProductSyncService, xiva: XivaStandin) -> None:
    xiva.fault = Fault.TOKEN_EXPIRES_MID_LISTING

    run = sync.sync_from_xiva()

    assert (run.status, run.created) == ("applied", 120)


def test_an_empty_answer_waits_for_a_person_and_withdraws_nothing(sync: ProductSyncService, xiva: XivaStandin) -> None:
    sync.sync_from_xiva()
    xiva.fault = Fault.EMPTY_LISTING

    run = sync.sync_from_xiva()

    assert (run.status, run.withdrawn) == ("awaiting_approval", 120)
    assert product("PO-1").sync_state == "in_sync"


def test_a_plan_that_takes_too_much_off_sale_waits_and_is_applied_exactly_as_shown(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    sync.sync_from_xiva()
    for number in range(20):
        xiva.listing.change(f"PO-{number}", lifecycleStatus="Retired")
    run = sync.sync_from_xiva()
    assert run.status == "awaiting_approval"
    assert run.held_because == [{"guard": "withdraw", "count": 20, "of": 120, "percent": 16.7, "limit": 10}]
    assert run.held_in_words == [
        "20 of 120 products that Xiva offers would stop being offered: 16.7 %, the guard is 10 %."
    ]
    planned = {change.external_product_id: change.after for change in sync.changes(run.id, kind="update")}

    applied = sync.apply(run.id, actor="user:omar")

    assert (applied.status, applied.decided_by) == ("applied", "user:omar")
    assert product("PO-0").lifecycle_status == "retired"
    assert product("PO-0").status_reason == "source"
    assert set(planned) == {f"PO-{number}" for number in range(20)}


def test_a_waiting_plan_is_refused_when_a_product_moved_underneath(sync: ProductSyncService, xiva: XivaStandin) -> None:
    sync.sync_from_xiva()
    for number in range(20):
        xiva.listing.change(f"PO-{number}", lifecycleStatus="Retired")
    run = sync.sync_from_xiva()
    ProductCatalogService().patch(product("PO-2").id, {"name": "Moved"}, expected_version=None, actor="user:lina")

    with pytest.raises(ConflictError, match="no longer fits"):
        sync.apply(run.id, actor="user:omar")

    assert product("PO-0").lifecycle_status == "launched"


def test_a_rejected_plan_changes_nothing_and_cannot_be_applied_later(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    sync.sync_from_xiva()
    xiva.fault = Fault.EMPTY_LISTING
    run = sync.sync_from_xiva()

    assert sync.reject(run.id, actor="user:omar").status == "rejected"

    with pytest.raises(ConflictError):
        sync.apply(run.id, actor="user:omar")


def test_a_newer_run_supersedes_a_plan_that_waits(sync: ProductSyncService, xiva: XivaStandin) -> None:
    sync.sync_from_xiva()
    xiva.fault = Fault.EMPTY_LISTING
    waiting = sync.sync_from_xiva()
    xiva.behave()

    sync.sync_from_xiva()

    assert sync.get(waiting.id).status == "superseded"


def test_a_preview_shows_the_plan_and_writes_no_product(sync: ProductSyncService) -> None:
    run = sync.run("xiva", dry_run=True)

    assert (run.status, run.created) == ("planned", 120)
    assert ProductCatalogService().stats().total == 0
    assert sync.apply(run.id, actor="user:omar").status == "applied"
    assert ProductCatalogService().stats().total == 120


def test_an_unusable_record_is_set_aside_with_its_reason_and_the_rest_is_applied(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    sync.sync_from_xiva()
    xiva.listing.change("PO-1", lifecycleStatus="Sort of active")
    xiva.listing.change("PO-2", name="Plan 2 new")

    run = sync.sync_from_xiva()

    assert (run.status, run.rejected, run.updated, run.withdrawn) == ("applied", 1, 1, 0)
    (rejected,) = sync.changes(run.id, kind="rejected")
    assert (rejected.external_product_id, rejected.field) == ("PO-1", "lifecycle_status")
    assert "Sort of active" in (rejected.reason or "")
    assert product("PO-1").lifecycle_status == "launched"


def test_a_product_that_a_person_deleted_stays_deleted(sync: ProductSyncService, xiva: XivaStandin) -> None:
    sync.sync_from_xiva()
    ProductCatalogService().delete(product("PO-9").id, expected_version=None, actor="user:lina")
    xiva.listing.change("PO-9", name="Still selling it")

    run = sync.sync_from_xiva()

    assert (run.created, run.updated) == (0, 0)
    assert product("PO-9").deleted_at is not None


def test_a_segment_that_only_a_source_knows_is_created_and_marked(sync: ProductSyncService, xiva: XivaStandin) -> None:
    xiva.listing.change("PO-1", marketSegment=[{"id": "night-owls", "name": "Night owls"}])

    sync.sync_from_xiva()

    segment = db.session.get(Segment, "night-owls")
    assert segment is not None
    assert segment.is_undefined


def test_each_synced_change_leaves_a_revision_that_names_its_run(sync: ProductSyncService, xiva: XivaStandin) -> None:
    sync.sync_from_xiva()
    xiva.listing.change("PO-7", name="Plan 7 new")
    run = sync.sync_from_xiva()

    newest = ProductCatalogService().history(product("PO-7").id)[0]

    assert (newest.run_id, newest.actor, newest.changes) == (run.id, "sync:xiva", {"name": ["Plan 7", "Plan 7 new"]})


def test_what_cannot_start_says_why(sync: ProductSyncService, app: Flask) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        sync.run("nowhere")
    with pytest.raises(ConflictError, match="CATALOG_CRM_BASE_URL"):
        sync.sync_from_crm()


def test_a_run_stops_before_its_next_page_when_it_is_cancelled(sync: ProductSyncService, xiva: XivaStandin) -> None:
    run = sync.request("xiva", actor="user:lina")
    sync.cancel(run.id, actor="user:lina")

    ended = sync.execute(run.id)

    assert (ended.status, ended.fetched) == ("cancelled", 0)
    assert ProductCatalogService().stats().total == 0


def test_the_same_id_twice_with_equal_content_counts_once(sync: ProductSyncService, xiva: XivaStandin) -> None:
    xiva.listing.replace([*(offering(number) for number in range(120)), offering(3)])

    run = sync.sync_from_xiva()

    assert (run.status, run.created, run.rejected) == ("applied", 120, 0)


def test_the_newer_of_two_records_with_one_id_wins_wherever_it_stands(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    newer = offering(3, name="Newer", lastUpdate="2026-11-05T10:00:00Z")
    older = offering(110, name="Older", lastUpdate="2026-10-05T10:00:00Z")
    xiva.listing.replace([older, *(offering(number) for number in range(120)), newer])

    run = sync.sync_from_xiva()

    assert (run.created, run.rejected) == (120, 0)
    assert (product("PO-3").name, product("PO-110").name) == ("Newer", "Plan 110")


def test_two_records_that_contradict_each_other_are_both_set_aside_and_the_product_stays(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    sync.sync_from_xiva()
    twins = [offering(number) for number in range(120)]
    xiva.listing.replace([*twins, offering(3, name="Another"), offering(118, name="Another")])

    run = sync.sync_from_xiva()

    # The first of the pair on two pages says what it said before: only the one that contradicts it is new.
    assert (run.status, run.rejected, run.withdrawn) == ("applied", 3, 0)
    assert (product("PO-3").name, product("PO-3").sync_state) == ("Plan 3", "in_sync")


def test_a_price_that_begins_later_is_taken_when_its_time_comes(sync: ProductSyncService, xiva: XivaStandin) -> None:
    later = datetime.now(UTC) + timedelta(days=2)
    (now,) = offering(1)["productOfferingPrice"]
    soon = {
        **now,
        "name": "From then on",
        "validFor": {"startDateTime": later.isoformat()},
        "price": {"taxIncludedAmount": {"unit": "SAR", "value": "25.00"}},
    }
    ending = {**now, "validFor": {"endDateTime": later.isoformat()}}
    xiva.listing.change("PO-1", productOfferingPrice=[ending, soon])
    sync.sync_from_xiva()
    assert product("PO-1").price == Decimal("19.90")

    with time_machine.travel(later + timedelta(hours=1), tick=True):
        run = sync.sync_from_xiva()

    assert (run.updated, product("PO-1").price) == (1, Decimal("25.00"))


def test_a_third_record_of_an_id_that_a_page_before_contradicted_is_set_aside_too(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    sync.sync_from_xiva()
    rows = [offering(number) for number in range(120)]
    rows[3:4] = [offering(3, name="A", lastUpdate=None), offering(3, name="B", lastUpdate=None)]
    rows.insert(70, offering(3, name="C", lastUpdate=None))
    xiva.listing.replace(rows)

    run = sync.sync_from_xiva()

    assert (run.rejected, run.unchanged, run.fetched) == (3, 119, 122)
    assert product("PO-3").name == "Plan 3"
