"""Syncs and people at the same moment, on the same products: nobody waits for ever, and nothing is half done."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog_app.core.bulk_sql import is_postgresql
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.wiring import provide
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.edits import applying
from catalog_app.edits.models import EditPlan
from catalog_app.edits.proposals import Proposal, ProposalSource, Proposed
from catalog_app.edits.service import EditBacklog, EditService
from catalog_app.edits.states import found_plan, wait_for_a_person
from catalog_app.products.bulk_edits import BulkItem
from catalog_app.products.counters import recount
from catalog_app.products.filters import parse_filters
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import SyncRun
from catalog_app.sync.service import ProductSyncService
from tests.edits.conftest import LINA, applied, planned, undone
from tests.sync.conftest import settings_overrides, xiva  # noqa: F401  # fixtures

SEGMENTS = {"side": "target_segments", "add": ["traveller", "youth"]}
MANY = 30


def at_once(app: Flask, *works: Callable[[], object]) -> None:
    """Do all of this at the same moment; whatever goes wrong in one of them is raised here."""
    together, faults = Barrier(len(works)), list[BaseException]()

    def do(work: Callable[[], object]) -> None:
        with app.app_context():
            together.wait()
            try:
                work()
            except BaseException as fault:  # noqa: BLE001  # raised below, in the thread of the test
                faults.append(fault)
            finally:
                db.session.remove()

    threads = [Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    for fault in faults:
        raise fault


def test_two_edits_their_undo_and_a_sync_of_the_same_products_never_wait_for_each_other_for_ever(
    app: Flask,
    xiva: XivaStandin,  # noqa: F811
) -> None:
    sync, edits = ProductSyncService(), EditService()
    sync.sync_from_xiva()
    before = applied(planned("category", {"category": "Before"}))
    for number in range(50):
        xiva.listing.change(f"PO-{number}", name=f"New {number}")
    plans = [planned("price_percent", {"direction": "raise", "percent": "5"}), planned("segments", SEGMENTS)]
    for plan in plans:
        edits.apply(plan.id, actor=LINA, enqueue=False)
    edits.request_undo(before.id, actor=LINA, enqueue=False)
    numbers = [before.id, *(plan.id for plan in plans)]

    runs: list[SyncRun] = []
    at_once(
        app,
        lambda: runs.append(sync.sync_from_xiva()),
        *(lambda number=number: edits.execute(number) for number in numbers),
    )

    db.session.rollback()
    assert edits.get(before.id).undone_at is not None
    for plan in plans:
        as_it_is = edits.get(plan.id)
        assert as_it_is.status == "applied" or "changed" in (as_it_is.error or ""), as_it_is.error
    names = db.session.scalars(select(Product.name)).all()
    assert (runs[0].status, sum(name.startswith("New ") for name in names)) == ("applied", 50)
    assert not list(recount.faults(db.session.connection()))


class Made:
    """Proposes new products that are made here."""

    kind = "made"

    def propose(self, _request: object) -> Proposed:
        values = {"external_system": "manual", "product_type": "data", "target_segments": ["youth"]}
        rows = ({**values, "external_product_id": f"M-{number}", "name": f"Made {number}"} for number in range(MANY))
        return Proposed(Proposal(None, BulkItem("upsert", row)) for row in rows)


@pytest.fixture
def making(app: Flask, monkeypatch: pytest.MonkeyPatch) -> EditPlan:
    """Return a plan of new products that was asked to be applied, ten of them at a time."""
    provide(app, ProposalSource, Made())
    monkeypatch.setattr("catalog_app.edits.layout.A_PORTION", 10)
    edits = EditService()
    plan = edits.execute(edits.request(kind=Made.kind, title="Made", request={}, actor=LINA, enqueue=False).id)
    return edits.apply(plan.id, actor=LINA, enqueue=False)


def in_the_table() -> int:
    return db.session.execute(select(func.count()).select_from(Product)).scalar_one()


def seen() -> int:
    return ProductCatalogService().count(parse_filters({}), now=utcnow())


class Killed(BaseException):
    pass


def die(*_: object) -> None:
    raise Killed


def test_new_products_are_seen_all_at_once_and_those_of_a_process_that_died_are_swept(
    making: EditPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "hold_products", die)
    with pytest.raises(Killed):
        EditService().execute(making.id)
    monkeypatch.undo()
    assert (in_the_table(), seen()) == (0 if is_postgresql(db.session.connection()) else MANY, 0)

    plan = EditService().execute(making.id)

    assert (plan.status, in_the_table(), seen()) == ("applied", MANY, MANY)
    assert not list(recount.faults(db.session.connection()))
    assert undone(plan).undone == {"restored": MANY, "products": MANY, "kept": [], "kept_products": 0}
    assert seen() == 0


def test_what_a_dead_process_left_hidden_goes_where_nobody_wants_the_plan_any_more(
    making: EditPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "hold_products", die)
    with pytest.raises(Killed):
        EditService().execute(making.id)
    EditBacklog().settle(utcnow())
    assert in_the_table() in (0, MANY), "it is still to be applied"
    with writing() as session:
        wait_for_a_person(found_plan(session, making.id), now=utcnow())
    EditService().cancel(making.id, actor=LINA)

    EditBacklog().settle(utcnow())

    assert in_the_table() == 0


def test_somebody_who_makes_one_of_them_meanwhile_stops_the_plan_and_nothing_stays_behind(making: EditPlan) -> None:
    values = {"name": "By hand", "product_type": "data", "external_product_id": "M-7"}
    ProductCatalogService().create(values, actor=LINA)

    plan = EditService().execute(making.id)

    assert (plan.status, seen(), in_the_table()) == ("planned", 1, 1)
    assert "by somebody else" in (plan.error or "")
    assert EditService().execute(EditService().replan(plan.id, actor=LINA, enqueue=False).id).created == MANY - 1
