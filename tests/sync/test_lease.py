"""Who may write for a system: one at a time, proved by a number, taken over when the holder is gone."""

import threading
from datetime import timedelta

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import CatalogError
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import SyncRun, SystemState
from catalog_app.sync.runs import applying, undo
from catalog_app.sync.runs.apply import BaseMovedError
from catalog_app.sync.runs.lease import Claim, LeaseLostError, give_back, hold, take
from catalog_app.sync.service import BusyError, ProductSyncService

pytestmark = pytest.mark.usefixtures("app")
ELSEWHERE = "another-machine/boot/pid:1:1"


def claimed(seconds: int = 60) -> Claim:
    with writing() as session:
        claim = take(session, "xiva", seconds=seconds, now=utcnow())
    assert claim is not None
    return claim


def held_by(holder: str, *, for_seconds: int) -> None:
    with writing() as session:
        system = session.get_one(SystemState, "xiva")
        system.lease_holder, system.lease_expires_at = holder, utcnow() + timedelta(seconds=for_seconds)
        system.lease_number += 1


def test_a_system_has_one_holder_at_a_time() -> None:
    claimed()

    with writing() as session:
        assert take(session, "xiva", seconds=60, now=utcnow()) is None


def test_a_lease_that_was_given_back_is_free_and_its_number_rises() -> None:
    first = claimed()
    with writing() as session:
        give_back(session, first)

    assert claimed().number == first.number + 1


def test_a_lease_that_ran_out_is_taken_over_and_the_late_holder_writes_nothing() -> None:
    held_by(ELSEWHERE, for_seconds=-1)
    with db.session() as session:
        frozen = Claim("xiva", session.get_one(SystemState, "xiva").lease_number, 60)

    claimed()

    with pytest.raises(LeaseLostError), writing() as session:
        hold(session, frozen)


def test_a_holder_on_another_machine_is_waited_for_until_its_lease_ends() -> None:
    held_by(ELSEWHERE, for_seconds=30)

    with writing() as session:
        assert take(session, "xiva", seconds=60, now=utcnow()) is None


def test_a_dead_process_of_this_machine_is_taken_over_at_once() -> None:
    with writing() as session:
        live = take(session, "xiva", seconds=600, now=utcnow())
        assert live is not None
    with db.session() as session:
        machine = str(session.get_one(SystemState, "xiva").lease_holder).rsplit(":", 2)[0]
    held_by(f"{machine}:4000000:1", for_seconds=600)

    claimed()


def test_a_second_start_while_a_run_goes_on_is_told_which_run() -> None:
    sync = ProductSyncService()
    going_on = sync.request("xiva", actor="test")
    claim = claimed()
    with writing() as session:
        run = session.get_one(SyncRun, going_on.id)
        run.status, run.lease_number = "fetching", claim.number

    with pytest.raises(BusyError) as caught:
        sync.run("xiva")

    assert caught.value.run_id == going_on.id


def test_many_starts_at_once_apply_the_listing_once(app: Flask, xiva: XivaStandin) -> None:
    outcomes: list[str] = []

    def start() -> None:
        with app.app_context():
            try:
                outcomes.append(ProductSyncService().run("xiva").status)
            except BusyError:
                outcomes.append("busy")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count("applied") >= 1
    assert set(outcomes) <= {"applied", "busy", "queued", "superseded"}
    assert ProductCatalogService().stats().total == len(xiva.listing)
    db.session.rollback()
    assert {product.version for product in db.session.scalars(db.select(Product))} == {1}


def test_an_interrupted_run_is_marked_and_the_next_one_completes() -> None:
    sync = ProductSyncService()
    broken = sync.request("xiva", actor="test")
    held_by(ELSEWHERE, for_seconds=-1)
    with writing() as session:
        run = session.get_one(SyncRun, broken.id)
        run.status, run.started_at = "fetching", utcnow()

    assert sync.sync_from_xiva().status == "applied"

    ended = sync.get(broken.id)
    assert (ended.status, "Nothing of it was applied" in (ended.error or "")) == ("failed", True)


def test_an_undo_that_breaks_after_its_lease_is_gone_is_left_to_whoever_has_it(
    xiva: XivaStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ProductSyncService().sync_from_xiva()

    def broken(*_: object) -> None:
        held_by(ELSEWHERE, for_seconds=60)
        raise CatalogError("no such luck")

    monkeypatch.setattr(undo, "_prepared_ahead", broken)
    with pytest.raises(BusyError):
        ProductSyncService().undo(run.id, actor="user:omar")

    assert ProductSyncService().get(run.id).undone_at is None


def test_an_approved_plan_that_breaks_after_its_lease_is_gone_is_left_to_whoever_has_it(
    xiva: XivaStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = ProductSyncService().run("xiva", dry_run=True)

    def moved(*_: object, **__: object) -> None:
        held_by(ELSEWHERE, for_seconds=60)
        raise BaseMovedError("PO-1 was changed.")

    monkeypatch.setattr(applying, "_apply_once", moved)

    assert ProductSyncService().apply(preview.id, actor="user:omar").status == "applying"
    assert not ProductSyncService().end_interrupted()
