"""Records of one id that contradict each other, on one page or on two: all are set aside, each with its own content."""

import pytest
from flask import Flask

from catalog_app.core.jobs import JobQueue
from catalog_app.core.wiring import providers
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.sync.connectors.records import TWICE, TWICE_ONE_KNOWN
from catalog_app.sync.models import SET_ASIDE, SyncRun
from catalog_app.sync.service import ProductSyncService
from tests.sync.engine.engine import Engine
from tests.sync.offerings import offering

LINA = "user:lina"
FIRST, SECOND = offering(1, name="First"), offering(1, name="Second")


@pytest.fixture
def sync(app: Flask, monkeypatch: pytest.MonkeyPatch) -> ProductSyncService:  # it must stand
    """Return the service, its jobs left lying: the test says when a run is taken up."""
    (queue,) = providers(JobQueue)
    monkeypatch.setattr(queue, "enqueue", lambda _name, _run_id: None)
    return ProductSyncService()


def set_aside(engine: Engine, run: SyncRun) -> list[tuple[str, str | None]]:
    rows = [change for change in engine.changes(run).values() if change.kind == SET_ASIDE]
    return [((change.raw or {})["name"], change.reason) for change in sorted(rows, key=lambda row: row.id)]


def test_two_records_of_one_id_on_two_pages_are_set_aside_each_with_what_it_said(engine: Engine) -> None:
    run = engine.sync([offering(0), FIRST], then=[[offering(2)], [SECOND]])

    assert set_aside(engine, run) == [("First", TWICE), ("Second", TWICE)]
    assert (run.created, run.rejected, set(engine.products())) == (2, 2, {"PO-0", "PO-2"})


def test_a_record_that_contradicts_one_that_was_unchanged_is_set_aside_alone_and_says_so(engine: Engine) -> None:
    engine.sync([FIRST])

    run = engine.sync([FIRST], then=[[SECOND]])

    assert set_aside(engine, run) == [("Second", TWICE_ONE_KNOWN)]
    assert (run.rejected, run.unchanged, engine.products()["PO-1"].name) == (1, 0, "First")


def test_two_that_contradict_each_other_take_the_one_of_an_earlier_page_with_them(engine: Engine) -> None:
    run = engine.sync([offering(0), FIRST], then=[[SECOND, offering(1, name="Third")], [offering(1, name="Fourth")]])

    assert sorted(set_aside(engine, run)) == [(name, TWICE) for name in ("First", "Fourth", "Second", "Third")]
    assert (run.created, run.rejected, set(engine.products())) == (1, 4, {"PO-0"})


def test_two_that_contradict_each_other_leave_an_unchanged_product_uncounted_and_as_it_is(engine: Engine) -> None:
    engine.sync([FIRST])

    run = engine.sync([FIRST], then=[[SECOND, offering(1, name="Third")]])

    assert (run.rejected, run.unchanged, engine.products()["PO-1"].name) == (2, 0, "First")


@pytest.mark.parametrize("known", [True, False])
def test_records_that_contradict_each_other_stay_set_aside_when_they_are_tried_again(
    sync: ProductSyncService, engine: Engine, xiva: XivaStandin, *, known: bool
) -> None:
    sync.sync_from_xiva()
    number = 3 if known else 500
    rows = [offering(number, name="First"), offering(number, name="Second")]
    xiva.listing.replace([offering(other) for other in range(120) if other != number] + rows)
    run = sync.sync_from_xiva()
    assert run.rejected == 2

    again = sync.execute(sync.retry_rejected(run.id, actor=LINA).id)

    assert (again.status, again.created, again.updated, again.rejected) == ("applied", 0, 0, 2)
    assert set_aside(engine, again) == [("First", TWICE), ("Second", TWICE)]
    third = sync.execute(sync.retry_rejected(again.id, actor=LINA).id)
    assert (third.created, third.updated, third.rejected) == (0, 0, 2)


def test_a_row_that_contradicts_an_unchanged_product_is_not_taken_when_it_is_tried_again(
    sync: ProductSyncService, engine: Engine
) -> None:
    engine.sync([FIRST])
    run = engine.sync([FIRST], then=[[SECOND]])
    engine.ended(run)

    again = sync.execute(sync.retry_rejected(run.id, actor=LINA).id)

    assert (again.updated, again.rejected, engine.products()["PO-1"].name) == (0, 1, "First")
    assert set_aside(engine, again) == [("Second", TWICE_ONE_KNOWN)]
