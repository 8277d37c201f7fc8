"""One row for each frequency in use: they come and go with what systems and products want."""

from datetime import timedelta

import pytest

from catalog_app.core.db import db, writing
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import SystemSchedule
from catalog_app.sync.schedule.facts import schedule_facts
from catalog_app.sync.schedule.rows import corrections
from tests.sync.schedule.conftest import NOON, Schedule


def own(frequency: str, external_id: str = "A-1", system: str = "xiva") -> Product:
    values = {
        "external_system": system, "external_product_id": external_id, "name": "Plan", "product_type": "data",
        "sync_frequency": frequency,
    }  # fmt: skip
    return ProductCatalogService().create(values, actor="test")


def test_a_system_that_is_read_by_hand_only_has_no_row(schedule: Schedule) -> None:
    schedule.ensure()

    assert schedule.rows() == {}


def test_a_system_and_its_products_have_one_row_for_each_frequency(schedule: Schedule) -> None:
    schedule.set(sync_frequency="0 4 * * *")
    for number, frequency in enumerate(["hourly", "hourly", "daily", "manual"]):
        own(frequency, f"A-{number}")
    own("weekly", "B-1", system="crm")

    schedule.ensure()

    assert set(schedule.rows()) == {("xiva", "0 4 * * *"), ("xiva", "hourly"), ("xiva", "daily"), ("crm", "weekly")}


def test_products_that_people_made_here_and_deleted_ones_want_nothing(schedule: Schedule) -> None:
    own("hourly", system="manual")
    gone = own("daily")
    ProductCatalogService().delete(gone.id, expected_version=gone.version, actor="test")

    schedule.ensure()

    assert schedule.rows() == {}


def test_a_frequency_that_nobody_has_any_more_is_not_due_any_more(schedule: Schedule) -> None:
    schedule.first_due("hourly")

    schedule.set(sync_frequency="daily")
    schedule.ensure()

    assert set(schedule.rows()) == {("xiva", "daily")}


def test_rows_that_are_right_need_nothing_written(schedule: Schedule) -> None:
    schedule.first_due("hourly")

    assert not corrections(db.session(), NOON + timedelta(minutes=20))


def test_a_due_time_is_kept_when_rows_are_put_right(schedule: Schedule) -> None:
    due = schedule.first_due("hourly")

    schedule.ensure(due + timedelta(hours=5))

    assert schedule.due("hourly") == due


def test_a_node_whose_clock_is_half_a_minute_behind_leaves_the_due_times_of_the_others(schedule: Schedule) -> None:
    due = schedule.first_due("daily")
    schedule.claim(due)

    schedule.ensure(due - timedelta(seconds=30))

    assert schedule.due("daily") == due + timedelta(days=1)


def test_a_clock_that_was_put_back_does_not_leave_a_system_waiting_for_days(schedule: Schedule) -> None:
    due = schedule.first_due("daily")
    schedule.claim(due + timedelta(days=3))

    schedule.ensure(due - timedelta(hours=1))

    assert schedule.due("daily") == due


def test_a_frequency_that_cannot_be_read_keeps_no_other_from_its_row(schedule: Schedule) -> None:
    schedule.set("crm", sync_frequency="every now and then")
    schedule.set("billing", sync_frequency="daily", time_zone="Atlantis/Capital")

    schedule.first_due("hourly")

    assert set(schedule.rows()) == {("xiva", "hourly")}


def test_two_who_put_rows_right_at_once_make_each_row_once(schedule: Schedule) -> None:
    schedule.set(sync_frequency="hourly")
    seen = corrections(db.session(), NOON)

    schedule.ensure()
    schedule.ensure()

    assert len(seen.missing) == len(schedule.rows()) == 1


def test_pages_are_told_when_a_system_is_due_and_what_keeps_it(schedule: Schedule) -> None:
    due = schedule.first_due("0 3 * * *", time_zone="Asia/Riyadh")
    own("hourly")
    schedule.ensure()
    with writing() as session:
        row = session.get_one(SystemSchedule, ("xiva", "0 3 * * *"))
        row.failures, row.reason = 2, "xiva answered 503"

    facts = schedule_facts(db.session())

    xiva = facts["xiva"]
    assert (xiva.words, xiva.own) == ("daily at 03:00 Riyadh time", ("hourly",))
    assert xiva.next_due == min(due, schedule.due("hourly"))
    assert (xiva.failures, xiva.reason) == (2, "xiva answered 503")
    assert (facts["crm"].next_due, facts["crm"].words) == (None, "only when asked for")


@pytest.mark.parametrize("change", [{"enabled": False}, {"sync_frequency": "manual"}])
def test_pages_are_told_that_nothing_is_due_of_a_system_that_is_off(
    schedule: Schedule, change: dict[str, object]
) -> None:
    schedule.first_due("hourly")

    schedule.set(**change)
    schedule.ensure()

    assert schedule_facts(db.session())["xiva"].next_due is None
