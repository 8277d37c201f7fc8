"""A plan from the first look to the last: shown, applied as shown, refused where something moved, and taken back."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError
from catalog_app.edits.models import EditChange, EditPlan
from catalog_app.edits.retention import purge
from catalog_app.edits.service import EditService, NeedsApproverError
from catalog_app.events.links import cause_of
from catalog_app.events.models import Revision
from catalog_app.products.counters import recount
from catalog_app.products.filters import parse_filters
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from tests.edits.conftest import LINA, OMAR, applied, changes_of, edited, planned, product, shelf, undone

pytestmark = pytest.mark.usefixtures("app")

RAISE_5 = {"direction": "raise", "percent": "5"}


def found(**query: str) -> int:
    filters = parse_filters({name: [value] for name, value in query.items()})
    return ProductCatalogService().count(filters, now=utcnow())


def revisions(plan: EditPlan) -> Sequence[Revision]:
    query = select(Revision).where(Revision.edit_plan_id == plan.id).order_by(Revision.id)
    return db.session().scalars(query).all()


def test_forty_prices_are_shown_changed_as_shown_and_taken_back() -> None:
    numbers = shelf(20, system="xiva", product_type="bundle") + shelf(20, product_type="bundle")
    shelf(5)

    plan = planned("price_percent", RAISE_5, query="product_type=bundle&sort=name&limit=50")

    assert (plan.status, plan.found, plan.updated, plan.expected_total) == ("planned", 40, 40, 40)
    assert product(numbers[0]).price == Decimal("10.00"), "a plan writes nothing"
    assert {row.product_id for row in changes_of(plan)} == set(numbers)
    assert [row.after for row in changes_of(plan) if row.product_id == numbers[-1]] == [{"price": "10.50"}]

    assert applied(plan).status == "applied"
    assert {product(number).price for number in numbers} == {Decimal("10.50")}
    assert found(min_price="10.5", currency="SAR") == 40
    synced = product(numbers[0])
    assert (synced.field_locks["price"]["by"], synced.sync_state, synced.updated_by) == (LINA, "local_edit", LINA)
    told = revisions(plan)
    assert (len(told), {row.actor for row in told}, {row.action for row in told}) == (40, {LINA}, {"updated"})
    assert (cause_of(told[0]).kind, cause_of(told[0]).number) == ("edit_plan", plan.id)  # type: ignore[union-attr]

    back = undone(plan, actor=OMAR)

    assert (back.undone_by, back.undone["products"], back.undone["kept"]) == (OMAR, 40, [])  # type: ignore[index]
    assert {product(number).price for number in numbers} == {Decimal("10.00")}
    assert (product(numbers[0]).field_locks, product(numbers[0]).sync_state) == ({}, "in_sync")
    assert found(min_price="10.5", currency="SAR") == 0
    assert not list(recount.faults(db.session.connection()))


def test_an_edit_of_a_thousand_and_one_products_waits_for_an_approver() -> None:
    shelf(1001)

    thousand = planned("category", {"category": "Data"}, ids=range(1, 1001))
    more = planned("category", {"category": "Data"})

    assert (thousand.status, thousand.held_because) == ("planned", [])
    assert (more.status, more.held_because) == ("awaiting_approval", [{"rule": "size", "size": 1001, "limit": 1000}])
    with pytest.raises(NeedsApproverError):
        EditService().apply(more.id, actor=LINA, approves=False, enqueue=False)
    EditService().reject(more.id, actor=OMAR)
    with pytest.raises(ConflictError):
        EditService().apply(more.id, actor=OMAR, enqueue=False)


def test_a_plan_is_not_applied_where_products_moved_and_planning_again_shows_them_as_they_are() -> None:
    numbers = shelf(5)
    plan = planned("price_percent", RAISE_5)
    edited(numbers[0], {"price": "20.00"})
    ProductCatalogService().delete(numbers[1], expected_version=None, actor=OMAR)

    refused = applied(plan)

    assert refused.status == "planned"
    assert refused.error == "2 products changed since; nothing was applied. Plan again."
    assert product(numbers[2]).version == 1, "nothing of it was applied"

    again = EditService().replan(plan.id, actor=LINA, enqueue=False)
    again = EditService().execute(again.id)

    assert (EditService().get(plan.id).status, again.found, again.updated) == ("superseded", 4, 4)
    assert changes_of(again)[0].before == {"price": "20.00"}
    assert applied(again).status == "applied"


def test_two_who_apply_at_once_apply_once(app: Flask) -> None:
    numbers = shelf(50)
    plan = planned("price_percent", RAISE_5)
    EditService().apply(plan.id, actor=LINA, enqueue=False)
    EditService().apply(plan.id, actor=OMAR, enqueue=False)
    both = Barrier(2)

    def execute() -> None:
        with app.app_context():
            both.wait()
            EditService().execute(plan.id)
            db.session.remove()

    threads = [Thread(target=execute) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert EditService().get(plan.id).status == "applied"
    assert len(revisions(plan)) == 50
    assert {product(number).version for number in numbers} == {2}


def test_an_undo_keeps_what_was_changed_since_and_lists_it() -> None:
    first, second, third = shelf(3, system="xiva")
    plan = applied(planned("price_set", {"currency": "SAR", "amount": "12"}))
    edited(first, {"price": "99.00"})
    edited(second, {"name": "Renamed"})
    ProductCatalogService().delete(third, expected_version=None, actor=OMAR)

    back = undone(plan)

    assert back.undone is not None
    assert (back.undone["products"], back.undone["kept_products"]) == (1, 2)
    assert {kept["product_id"]: kept["fields"] for kept in back.undone["kept"]} == {
        first: ["price"],
        third: ["deleted_at"],
    }
    assert (product(first).price, set(product(first).field_locks)) == (Decimal("99.00"), {"price"})
    assert (product(second).price, product(second).name) == (Decimal("10.00"), "Renamed")
    assert set(product(second).field_locks) == {"name"}
    assert product(third).deleted_at is not None


def test_an_undo_gives_a_field_back_to_what_its_source_says_by_now() -> None:
    (number,) = shelf(1, system="xiva")
    plan = applied(planned("price_set", {"currency": "SAR", "amount": "12"}))
    with writing() as session:
        said = {"name": "Product 0", "product_type": "data", "price": "11.00", "currency": "SAR"}
        session.execute(update(Product).where(Product.id == number).values(source_values=said))

    undone(plan)

    assert (product(number).price, product(number).field_locks) == (Decimal("11.00"), {})


def test_only_what_was_applied_lately_and_stands_can_be_taken_back() -> None:
    shelf(1)
    plan = planned("category", {"category": "Data"})
    with pytest.raises(ConflictError, match="not applied"):
        undone(plan)
    undone(applied(plan))
    with pytest.raises(ConflictError, match="already"):
        undone(plan)
    old = applied(planned("category", {"category": "Data"}))
    with writing() as session:
        session.get_one(EditPlan, old.id).finished_at = utcnow() - timedelta(days=31)
    with pytest.raises(ConflictError, match="30 days"):
        undone(old)


def test_a_cancelled_plan_is_never_applied() -> None:
    shelf(2)
    plan = planned("category", {"category": "Data"})

    EditService().cancel(plan.id, actor=LINA)

    with pytest.raises(ConflictError):
        EditService().apply(plan.id, actor=LINA, enqueue=False)
    assert EditService().execute(plan.id).status == "cancelled"


def test_a_plan_of_nothing_but_what_is_so_already_has_nothing_to_apply() -> None:
    shelf(3, category="Data")
    plan = planned("category", {"category": "Data"})

    assert (plan.updated, plan.unchanged) == (0, 3)
    with pytest.raises(ConflictError, match="changes nothing"):
        EditService().apply(plan.id, actor=LINA, enqueue=False)


def test_what_is_left_of_a_quota_stays_as_it_is_when_it_falls_between_plan_and_apply() -> None:
    (number,) = shelf(1, quota_total=100)
    plan = planned("category", {"category": "Data"})
    with writing() as session:
        session.execute(update(Product).where(Product.id == number).values(quota_left=40))

    applied(plan)

    assert (product(number).quota_left, product(number).category) == (40, "Data")


def test_the_rows_of_old_plans_go_and_the_plan_stays_for_a_year() -> None:
    shelf(3)
    done, open_ = applied(planned("category", {"category": "A"})), planned("category", {"category": "B"})

    assert purge() == {"edits_closed": 0, "edit_changes": 0, "edits": 0}
    assert purge(utcnow() + timedelta(days=91)) == {"edits_closed": 1, "edit_changes": 6, "edits": 0}
    assert (EditService().get(done.id).updated, EditService().get(open_.id).status) == (3, "rejected")
    assert purge(utcnow() + timedelta(days=366))["edits"] == 2
    assert db.session.scalar(select(func.count()).select_from(EditChange)) == 0
