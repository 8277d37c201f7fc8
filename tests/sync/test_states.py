"""How runs move from state to state: one by one as they are allowed to, together, and when a process is gone."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError
from catalog_app.core.jobs import JobQueue
from catalog_app.core.wiring import providers
from catalog_app.demo.standin.faults import Fault
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.connectors.connector import RecordPage
from catalog_app.sync.connectors.preset import load_preset
from catalog_app.sync.models import ExternalSystem, SyncChange, SyncRun, SystemState
from catalog_app.sync.planning.seen import SeenProducts
from catalog_app.sync.planning.staging import Staging
from catalog_app.sync.runs import applying, running
from catalog_app.sync.runs.apply import apply_plan
from catalog_app.sync.runs.lease import Claim
from catalog_app.sync.runs.planned import Plan, make_plan
from catalog_app.sync.runs.states import STATUSES, WAYS, covers, move, requeue, supersede_outdated
from catalog_app.sync.service import BusyError, ProductSyncService
from catalog_app.sync.systems.sources import found, source_config
from tests.sync.offerings import offering

pytestmark = pytest.mark.usefixtures("app")
ELSEWHERE = "another-machine/boot/pid:1:1"
OMAR = "user:omar"


@pytest.fixture
def sync(monkeypatch: pytest.MonkeyPatch) -> ProductSyncService:
    """Return the service, its jobs left lying: the test says who takes up a run, and when."""
    (queue,) = providers(JobQueue)
    monkeypatch.setattr(queue, "enqueue", lambda _name, _run_id: None)
    return ProductSyncService()


def held(sync: ProductSyncService, xiva: XivaStandin) -> SyncRun:
    """Return a run whose plan takes half of the products off sale, and therefore waits."""
    sync.sync_from_xiva()
    xiva.listing.replace([offering(number) for number in range(60)])
    run = sync.sync_from_xiva()
    assert run.status == "awaiting_approval"
    return run


def died(run_id: int, *, lease_ended: bool = True, **columns: object) -> None:
    """Make the run one that a process on another machine carried when it was killed."""
    with writing() as session:
        state = session.get_one(SystemState, "xiva")
        state.lease_holder, state.lease_number = ELSEWHERE, state.lease_number + 1
        state.lease_expires_at = utcnow() + timedelta(seconds=-1 if lease_ended else 60)
        run = session.get_one(SyncRun, run_id)
        run.lease_number, run.finished_at = state.lease_number, None
        for name, value in columns.items():
            setattr(run, name, value)


@pytest.mark.parametrize("status", [status for status in STATUSES if status not in WAYS])
def test_there_is_no_way_on_from_an_end(status: str) -> None:
    run = SyncRun(external_system="xiva", status=status)

    for other in STATUSES:
        if other != status:
            with pytest.raises(ValueError, match="no way"):
                move(run, other, now=utcnow())


def test_a_newer_run_that_fails_leaves_the_waiting_plan_standing(sync: ProductSyncService, xiva: XivaStandin) -> None:
    waiting = held(sync, xiva)
    xiva.fault = Fault.HTML_WITH_200
    assert sync.sync_from_xiva().status == "failed"

    assert sync.get(waiting.id).status == "awaiting_approval"
    assert sync.apply(waiting.id, actor=OMAR).status == "applied"


def test_a_plan_is_superseded_when_the_newer_run_has_its_own_and_not_before(
    sync: ProductSyncService, xiva: XivaStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = held(sync, xiva)
    real = Staging.take
    seen: list[str] = []

    def watched(self: Staging, page: RecordPage) -> None:
        seen.append(sync.get(waiting.id).status)
        real(self, page)

    monkeypatch.setattr(Staging, "take", watched)
    sync.run("xiva", dry_run=True)

    assert set(seen) == {"awaiting_approval"}
    assert sync.get(waiting.id).status == "superseded"


@pytest.mark.parametrize(
    ("newer", "older", "expected"),
    [
        ({"full": True}, {"full": True}, True),
        ({"full": True}, {"full": False}, True),
        ({"full": False}, {"full": True}, False),
        ({"full": True, "frequencies": ["daily"]}, {"full": True}, False),
        ({"full": True, "frequencies": ["daily"]}, {"full": True, "frequencies": ["daily"]}, True),
        ({"full": True, "frequencies": ["hourly"]}, {"full": True, "frequencies": ["daily"]}, False),
        ({"full": True}, {"full": True, "frequencies": ["daily"]}, True),
        ({"full": False, "origin": "retry"}, {"full": False}, False),
        ({"full": True}, {"full": False, "origin": "file"}, False),
    ],
)
def test_a_plan_covers_only_what_it_could_have_found_itself(
    newer: dict[str, object], older: dict[str, object], expected: bool
) -> None:
    usual = {"origin": "manual", "frequencies": None}

    assert covers(SyncRun(**{**usual, **newer}), SyncRun(**{**usual, **older})) is expected


def test_an_approved_plan_is_applied_by_whoever_takes_it_up_and_only_once(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    run = held(sync, xiva)
    with writing() as session:
        row = session.get_one(SyncRun, run.id)
        row.status, row.finished_at, row.lease_number = "applying", None, None
        row.decided_by, row.decided_at = OMAR, utcnow()

    assert [done.status for done in sync.execute_queued()] == ["applied"]

    assert sync.execute_queued() == []
    assert sync.execute(run.id).status == "applied"
    assert len(sync.changes(run.id, kind="withdraw", limit=100)) == 60


def test_a_plan_whose_apply_breaks_waits_again_and_says_so(
    sync: ProductSyncService, xiva: XivaStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = held(sync, xiva)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(applying, "apply_plan", broken)
    with pytest.raises(RuntimeError):
        sync.apply(run.id, actor=OMAR)
    monkeypatch.setattr(applying, "apply_plan", apply_plan)

    waiting = sync.get(run.id)
    assert (waiting.status, waiting.decided_by) == ("awaiting_approval", None)
    assert "nothing was applied" in (waiting.error or "")
    assert sync.apply(run.id, actor=OMAR).status == "applied"


@pytest.mark.parametrize("status", ["fetching", "planned", "applying"])
def test_a_run_whose_process_died_is_marked_within_one_lease_without_waiting_for_the_next(
    sync: ProductSyncService, status: str
) -> None:
    run = sync.request("xiva", actor="test")
    died(run.id, status=status, lease_ended=False)
    assert sync.end_interrupted() == []
    died(run.id, status=status)

    (ended,) = sync.end_interrupted()

    assert (ended.id, ended.status, ended.finished_at is not None) == (run.id, "failed", True)
    assert "Nothing of it was applied" in (ended.error or "")
    assert sync.end_interrupted() == []
    assert sync.sync_from_xiva().status == "applied"


def test_an_approved_plan_whose_process_died_waits_again(sync: ProductSyncService, xiva: XivaStandin) -> None:
    run = held(sync, xiva)
    died(run.id, status="applying", decided_by=OMAR, decided_at=utcnow())

    sync.end_interrupted()

    assert sync.get(run.id).status == "awaiting_approval"
    assert sync.apply(run.id, actor=OMAR).withdrawn == 60


def test_a_run_that_is_handed_back_is_queued_again_and_writes_nothing_more(
    app: Flask, sync: ProductSyncService, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Staging.take
    reading, stopped = threading.Event(), threading.Event()

    def slow(self: Staging, page: RecordPage) -> None:
        real(self, page)
        reading.set()
        stopped.wait(30)

    monkeypatch.setattr(Staging, "take", slow)
    run = sync.request("xiva", actor="test")

    def work() -> None:
        with app.app_context():
            ProductSyncService().execute(run.id)
            db.session.remove()

    thread = threading.Thread(target=work)
    thread.start()
    assert reading.wait(30)

    assert sync.hand_back() == [run.id]
    stopped.set()
    thread.join()

    queued = sync.get(run.id)
    assert (queued.status, queued.fetched, queued.started_at) == ("queued", 0, None)
    db.session.rollback()
    assert db.session.query(SyncChange).count() == 0
    monkeypatch.setattr(Staging, "take", real)
    assert [done.status for done in sync.execute_queued()] == ["applied"]


def test_a_cancel_during_the_plan_ends_the_run_and_leaves_nothing_waiting(
    sync: ProductSyncService, xiva: XivaStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync.sync_from_xiva()
    xiva.listing.replace([offering(number) for number in range(60)])

    def cancelled_meanwhile(run_id: int, claim: Claim, *, listed: SeenProducts | None) -> Plan:
        plan = make_plan(run_id, claim, listed=listed)
        sync.cancel(run_id, actor=OMAR)
        return plan

    monkeypatch.setattr(running, "make_plan", cancelled_meanwhile)

    assert sync.sync_from_xiva().status == "cancelled"


def test_a_plan_that_waits_is_planned_again_from_a_new_listing(sync: ProductSyncService, xiva: XivaStandin) -> None:
    waiting = held(sync, xiva)
    xiva.listing.replace([offering(number) for number in range(118)])

    again = sync.execute(sync.replan(waiting.id, actor=OMAR).id)

    assert (again.status, again.withdrawn) == ("applied", 2)
    assert sync.get(waiting.id).status == "superseded"
    with pytest.raises(ConflictError):
        sync.replan(waiting.id, actor=OMAR)


def test_a_system_that_is_switched_off_is_not_read(sync: ProductSyncService) -> None:
    with writing() as session:
        session.get_one(ExternalSystem, "xiva").enabled = False

    with pytest.raises(ConflictError, match="switched off"):
        sync.request("xiva", actor="test")


def test_a_rejected_record_that_its_source_has_changed_since_is_not_tried_again(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    xiva.listing.change("PO-7", lifecycleStatus="Sunset")
    first = sync.sync_from_xiva()
    xiva.listing.change("PO-7", lifecycleStatus="Active")
    second = sync.sync_from_xiva()

    with pytest.raises(ConflictError, match=f"Run {second.id} has read everything since"):
        sync.retry_rejected(first.id, actor=OMAR)


def test_a_retry_never_withdraws_and_leaves_a_waiting_plan_alone(sync: ProductSyncService, xiva: XivaStandin) -> None:
    xiva.listing.change("PO-7", lifecycleStatus="Sunset")
    first = sync.sync_from_xiva()
    xiva.listing.replace([])
    waiting = sync.sync_from_xiva()
    with writing() as session:
        session.get_one(ExternalSystem, "xiva").tables = {"lifecycle_status": {"sunset": "retired"}}

    again = sync.execute(sync.retry_rejected(first.id, actor=OMAR).id)

    assert (again.status, again.created, again.withdrawn, again.full) == ("applied", 1, 0, False)
    assert sync.get(waiting.id).status == "awaiting_approval"
    assert ProductCatalogService().stats().total == 120


def test_a_run_without_rejected_records_has_nothing_to_try_again(sync: ProductSyncService) -> None:
    run = sync.sync_from_xiva()

    with pytest.raises(ConflictError, match="no rejected records"):
        sync.retry_rejected(run.id, actor=OMAR)


def test_what_is_approved_while_the_system_is_busy_is_refused(sync: ProductSyncService, xiva: XivaStandin) -> None:
    waiting = held(sync, xiva)
    other = sync.request("xiva", actor="test")
    died(other.id, status="fetching", lease_ended=False)

    with pytest.raises(BusyError) as caught:
        sync.approve(waiting.id, actor=OMAR)

    assert caught.value.run_id == other.id
    assert sync.get(waiting.id).status == "awaiting_approval"


def test_changes_alone_are_read_for_a_day_and_then_everything_again(sync: ProductSyncService) -> None:
    sync.sync_from_xiva()
    run = running.Running(sync.request("xiva", actor="test").id)
    claim = run._claim()
    assert claim is not None
    system = found(db.session(), "xiva")
    config, mark = replace(source_config(system), preset=load_preset("odoo")), system.state.high_water_mark
    assert mark is not None

    assert run._begin(claim, config) == mark
    with time_machine.travel(utcnow() + timedelta(hours=25), tick=True):
        assert run._begin(claim, config) is None
    assert run._begin(claim, source_config(system)) is None, "this preset cannot tell what changed"


def test_a_run_that_is_handed_back_counts_from_nothing_again(sync: ProductSyncService) -> None:
    run = sync.request("xiva", actor="test")
    counted = ("pages", "fetched", "bytes", "retries", "rejected", "same", "unchanged", "reordered", "not_due")
    with writing() as session:
        begun = session.get_one(SyncRun, run.id)
        begun.status = "fetching"
        for name in counted:
            setattr(begun, name, 7)
        requeue(session, begun, now=utcnow())

    assert {getattr(sync.get(run.id), name) for name in counted} == {0}


def previewed(sync: ProductSyncService, xiva: XivaStandin) -> SyncRun:
    """Return a preview of a change that the source has taken back since."""
    sync.sync_from_xiva()
    xiva.listing.change("PO-3", name="Wrong")
    preview = sync.run("xiva", dry_run=True)
    xiva.listing.change("PO-3", name="Plan 3")
    return preview


def applied(older: SyncRun, **columns: Any) -> SyncRun:
    """Write down that a run, which began after the older one, was applied; return it."""
    started = (older.started_at or utcnow()) + timedelta(minutes=1)
    usual = {"origin": "schedule", "complete": True, "fetched": 1, "high_water_mark": started}
    with writing() as session:
        run = SyncRun(
            external_system="xiva", status="applied", requested_by="test", requested_at=started, started_at=started,
            finished_at=started, **{**usual, **columns},
        )  # fmt: skip
        session.add(run)
        session.flush()
        supersede_outdated(session, run, now=utcnow())
    return run


def test_a_preview_that_a_newer_applied_listing_of_changes_contradicts_is_refused_with_words(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    preview = previewed(sync, xiva)
    newer = applied(preview, full=False)

    assert sync.get(preview.id).status == "superseded"
    with pytest.raises(ConflictError, match=f"Run {newer.id} was applied and has read the source since"):
        sync.apply(preview.id, actor=OMAR)
    product = ProductCatalogService().by_identity("xiva", "PO-3")
    assert product is not None
    assert product.name == "Plan 3"


def test_a_preview_that_was_left_waiting_before_is_refused_all_the_same(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    preview = previewed(sync, xiva)
    newer = applied(preview, full=True)
    with writing() as session:
        session.get_one(SyncRun, preview.id).status = "planned"

    with pytest.raises(ConflictError, match=f"Run {newer.id} was applied"):
        sync.apply(preview.id, actor=OMAR)

    assert sync.get(preview.id).status == "planned"


def test_a_file_that_waits_is_outdated_once_everything_was_read_and_applied(
    sync: ProductSyncService, tmp_path: Path
) -> None:
    sync.sync_from_xiva()
    path = tmp_path / "products.csv"
    path.write_text("external_product_id,name,product_type\nPO-3,Ours,data\n")
    waiting = sync.read_file("xiva", path, dry_run=True, actor=OMAR)
    assert waiting.status == "planned"

    newer = sync.sync_from_xiva()

    assert (newer.status, sync.get(waiting.id).status) == ("applied", "superseded")
    assert f"Run {newer.id} was applied" in (sync.get(waiting.id).error or "")


@pytest.mark.parametrize(
    "columns",
    [
        {"full": False, "high_water_mark": None, "fetched": 0},
        {"full": True, "complete": False},
        {"full": True, "frequencies": ["hourly"]},
        {"full": False, "origin": "retry"},
        {"full": False, "origin": "file"},
    ],
)
def test_what_has_not_read_the_source_for_all_leaves_a_preview_as_it_is(
    sync: ProductSyncService, xiva: XivaStandin, columns: dict[str, Any]
) -> None:
    preview = previewed(sync, xiva)

    applied(preview, **columns)

    assert sync.get(preview.id).status == "planned"
    assert sync.apply(preview.id, actor=OMAR).status == "applied"


def test_a_plan_that_waits_for_approval_outlives_a_listing_of_changes(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    waiting = held(sync, xiva)

    applied(waiting, full=False)

    assert sync.apply(waiting.id, actor=OMAR).withdrawn == 60
