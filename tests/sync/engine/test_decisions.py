"""What a run makes of records that are deleted, not due, undone or edited without a lock."""

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.events.models import Revision
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import SystemState
from tests.sync.engine.engine import SYSTEM, Engine
from tests.sync.offerings import offering

LINA = "user:lina"


def listed(count: int = 30, **changed: Any) -> list[dict[str, Any]]:
    """Return offerings 0 to `count`; `changed` holds fields of some, as p3={...}."""
    return [offering(number, **changed.get(f"p{number}", {})) for number in range(count)]


def set_on(external_id: str, **values: object) -> None:
    with writing() as session:
        query = db.select(Product).where(Product.external_product_id == external_id)
        product = session.scalars(query).one()
        for name, value in values.items():
            setattr(product, name, value)


def patch(engine: Engine, external_id: str, *, lock: bool = True, **fields: object) -> None:
    number = engine.products()[external_id].id
    ProductCatalogService().patch(number, fields, expected_version=None, actor=LINA)
    if not lock:
        set_on(external_id, field_locks={})


def test_an_edit_without_a_lock_stays_until_its_source_changes_that_very_field(engine: Engine) -> None:
    engine.sync(listed())
    patch(engine, "PO-3", lock=False, name="Ours")

    engine.sync(listed(p3={"description": "New words"}))
    assert (engine.products()["PO-3"].name, engine.products()["PO-3"].description) == ("Ours", "New words")

    engine.sync(listed(p3={"description": "New words", "name": "Theirs"}))
    assert engine.products()["PO-3"].name == "Theirs"


def test_a_record_that_its_source_marks_as_deleted_is_withdrawn_by_any_kind_of_listing(engine: Engine) -> None:
    engine.sync(listed())

    run = engine.sync(listed(1), deleted={"PO-0"}, full=False)

    change = engine.changes(run)["PO-0"]
    assert (run.withdrawn, change.kind, change.reason) == (1, "withdraw", "The source says that it is deleted.")
    assert engine.products()["PO-0"].sync_state == "missing"
    assert engine.products()["PO-1"].sync_state == "in_sync"


def test_a_record_marked_as_deleted_that_was_never_here_or_is_gone_already_changes_nothing(engine: Engine) -> None:
    engine.sync(listed(2))
    engine.sync(listed(2), deleted={"PO-0"})
    version = engine.products()["PO-0"].version

    run = engine.sync([*listed(2), offering(7)], deleted={"PO-0", "PO-7"})

    assert (run.created, run.withdrawn, run.updated, run.unchanged) == (0, 0, 0, 3)
    assert engine.products().keys() == {"PO-0", "PO-1"}
    assert engine.products()["PO-0"].version == version


def test_a_deleted_product_comes_back_when_its_source_lists_it_again(engine: Engine) -> None:
    engine.sync(listed(2))
    engine.sync(listed(2), deleted={"PO-0"})

    run = engine.sync(listed(2))

    assert (run.updated, engine.products()["PO-0"].missing_since) == (1, None)


def test_a_scheduled_run_leaves_what_is_not_due_and_reads_it_again_next_time(engine: Engine) -> None:
    early, late = "2026-11-02T10:00:00Z", "2026-11-03T10:00:00Z"
    engine.sync(listed(3))
    set_on("PO-0", sync_frequency="weekly")
    set_on("PO-1", sync_frequency="hourly")
    changed = {"p0": {"name": "New", "lastUpdate": early}, "p1": {"name": "New", "lastUpdate": late}}

    run = engine.sync(listed(4, **changed), frequencies=["hourly"])

    names = {key: product.name for key, product in engine.products().items()}
    assert names == {"PO-0": "Plan 0", "PO-1": "New", "PO-2": "Plan 2"}
    # The new product counts as one of its system's frequency, which is manual.
    assert (run.updated, run.created, run.not_due, run.unchanged) == (1, 0, 2, 1)
    assert run.high_water_mark == datetime(2026, 11, 1, 10, tzinfo=UTC)


def test_a_scheduled_run_withdraws_only_what_is_due(engine: Engine) -> None:
    engine.sync(listed(30))
    set_on("PO-28", sync_frequency="hourly")

    run = engine.sync(listed(28), frequencies=["hourly"])

    assert (run.withdrawn, run.not_due) == (1, 1)
    assert engine.products()["PO-28"].sync_state == "missing"
    assert engine.products()["PO-29"].sync_state == "in_sync"


def test_the_high_water_mark_moves_when_a_plan_is_applied_and_never_backwards(engine: Engine) -> None:
    newest = {"p1": {"lastUpdate": "2026-11-05T10:00:00Z"}}
    run = engine.plan(listed(2, **newest))
    assert db.session.get_one(SystemState, SYSTEM).high_water_mark is None

    engine.apply(run)
    engine.sync(listed(2))

    db.session.rollback()
    mark = db.session.get_one(SystemState, SYSTEM, populate_existing=True).high_water_mark
    assert mark == datetime(2026, 11, 5, 10, tzinfo=UTC)


def test_the_high_water_mark_does_not_pass_a_rejected_record(engine: Engine) -> None:
    broken = {"lifecycleStatus": "Sort of active", "lastUpdate": "2026-10-01T10:00:00Z"}

    run = engine.sync(listed(3, p1=broken))

    assert (run.rejected, run.high_water_mark) == (1, datetime(2026, 10, 1, 10, tzinfo=UTC))


def test_a_product_whose_creation_was_undone_stays_away_until_its_source_says_something_else(engine: Engine) -> None:
    engine.sync(listed(2))
    set_on("PO-1", deleted_at=utcnow(), undone_hash=engine.products()["PO-1"].source_hash)

    same = engine.sync(listed(2))
    other_bytes = engine.sync(listed(2, p1={"version": "2.0"}))
    assert (same.updated, other_bytes.updated) == (0, 0)
    assert engine.products()["PO-1"].deleted_at is not None

    back = engine.sync(listed(2, p1={"version": "2.0", "name": "Better"}))
    product = engine.products()["PO-1"]
    assert (back.updated, product.deleted_at, product.name, product.undone_hash) == (1, None, "Better", None)


def test_a_withdrawal_that_was_undone_is_not_made_again_until_the_source_has_listed_the_product(engine: Engine) -> None:
    engine.sync(listed(20))
    engine.sync(listed(19))
    set_on("PO-19", missing_since=None, undone_hash="")

    assert engine.sync(listed(19)).withdrawn == 0
    version = engine.products()["PO-19"].version
    engine.sync(listed(20))
    assert (engine.products()["PO-19"].undone_hash, engine.products()["PO-19"].version) == (None, version)
    assert engine.sync(listed(19)).withdrawn == 1


def test_a_record_in_another_order_is_unchanged_and_counted_as_reordered(engine: Engine) -> None:
    engine.sync(listed(3))
    backwards = [dict(reversed(row.items())) for row in listed(3)]

    run = engine.sync(backwards)

    assert (run.unchanged, run.reordered, engine.changes(run)) == (3, 3, {})


def test_a_quota_whose_total_a_source_changes_moves_what_is_left_by_as_much(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.sync(listed(1))
    set_on("PO-0", quota_total=100, quota_left=90, source_values={"quota_total": 100})
    says = {"name": "Plan 0", "product_type": "data", "quota_total": 150}
    run = engine.plan(listed(1, p0={"version": "2"}))
    (change,) = engine.changes(run).values()
    with writing() as session:
        change = session.merge(change)
        change.kind, change.said = "update", says
        change.before, change.after = {"quota_total": 100}, {"quota_total": 150}
    # Somebody takes one more while the plan waits; that is no new version.
    set_quota_left("PO-0", 89)

    engine.apply(run)

    product = engine.products()["PO-0"]
    assert (product.quota_total, product.quota_left) == (150, 139)
    newest = db.session.scalars(db.select(Revision).order_by(Revision.id.desc()).limit(1)).one()
    assert newest.changes["quota_left"] == [89, 139]


def set_quota_left(external_id: str, left: int) -> None:
    with writing() as session:
        session.connection().execute(
            db.update(Product).where(Product.external_product_id == external_id).values(quota_left=left)
        )


@pytest.mark.parametrize(
    "change",
    [
        {"lifecycleStatus": "Retired"},
        {"lifecycleStatus": "Suspended"},
        {"isSellable": False},
        {"validFor": {"endDateTime": "2020-01-01T00:00:00Z"}},
        {"validFor": {"startDateTime": "2099-01-01T00:00:00Z"}},
    ],
)
def test_a_fifth_of_the_products_that_would_stop_being_offered_for_any_reason_waits_for_a_person(
    engine: Engine, change: dict[str, object]
) -> None:
    engine.sync(listed(10))

    run = engine.plan(listed(10, p0=change, p1=change))

    assert run.held_because == [{"guard": "withdraw", "count": 2, "of": 10, "percent": 20.0, "limit": 10}]


def test_a_listing_of_changes_without_any_change_is_no_empty_answer(engine: Engine) -> None:
    engine.sync(listed(10))

    assert [reason["guard"] for reason in engine.plan([]).held_because][:1] == ["empty"]
    assert engine.plan([], full=False, since=utcnow()).held_because == []


def test_the_high_water_mark_does_not_move_with_a_listing_that_was_not_read_to_its_end(engine: Engine) -> None:
    before = engine.sync(listed(3)).high_water_mark
    run = engine.plan(listed(2, p1={"lastUpdate": "2026-11-05T10:00:00Z"}), full=False, since=before)
    with writing() as session:
        session.merge(run).complete = False

    engine.apply(run)

    db.session.rollback()
    assert db.session.get_one(SystemState, SYSTEM, populate_existing=True).high_water_mark == before


def test_half_a_listing_waits_for_a_person_though_few_of_the_products_that_it_lost_are_due(engine: Engine) -> None:
    engine.sync(listed(100))
    for number in range(0, 100, 10):
        set_on(f"PO-{number}", sync_frequency="hourly")

    run = engine.plan(listed(50), frequencies=["hourly"])

    assert (run.withdrawn, run.not_due) == (5, 45)
    assert run.held_because == [{"guard": "withdraw", "count": 50, "of": 100, "percent": 50.0, "limit": 10}]


def test_products_that_are_absent_and_not_due_hold_no_run_that_withdraws_nothing(engine: Engine) -> None:
    engine.sync(listed(100))

    assert engine.plan(listed(50), frequencies=["hourly"]).held_because == []
