"""Daily counts: written once by whoever comes first, kept for a year and a month, told with today's as the last."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from catalog_app.core.db import db
from catalog_app.products.days import DayCounts, forget_days, keep_days, last_days, note_today
from catalog_app.products.days.models import CatalogueDay
from catalog_app.products.service import ProductCatalogService

NOW = datetime(2026, 11, 23, 0, 0, 5, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("app")


def add(name: str, product_type: str = "data") -> None:
    values = {"name": name, "product_type": product_type, "lifecycle_status": "launched"}
    ProductCatalogService().create(values, actor="cli")


def rows() -> list[CatalogueDay]:
    db.session.rollback()
    return list(db.session.scalars(select(CatalogueDay).order_by(CatalogueDay.day)))


def a_day(day: date, total: int = 1) -> DayCounts:
    return DayCounts(day, total, total, total, {"manual": total}, {"data": total})


def test_a_day_is_written_once_with_what_there_was_when_it_was_first_looked_at() -> None:
    add("Flex 30 GB")
    first = note_today(NOW)
    add("Flex 60 GB")
    again = note_today(NOW + timedelta(hours=9))

    (row,) = rows()
    assert (first, again) == (True, False)
    assert (row.day, row.total, row.active, row.available) == (NOW.date(), 1, 1, 1)
    assert (row.by_system, row.by_type, row.origin) == ({"manual": 1}, {"data": 1}, "counted")


def test_processes_that_look_at_the_same_moment_write_one_row(app: Flask) -> None:
    together, wrote = threading.Barrier(4), []

    def look() -> None:
        with app.app_context():
            together.wait()
            wrote.append(note_today(NOW))
            db.session.remove()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(wrote) == 4
    assert len(rows()) == 1


def test_the_series_ends_with_now_and_leaves_out_days_that_nobody_looked_at() -> None:
    note_today(NOW - 3 * DAY)
    add("Flex 30 GB")
    add("Weekend calls", "voice")
    note_today(NOW)
    add("Flex 60 GB")

    days = last_days(db.session(), ProductCatalogService().stats(), now=NOW)

    assert days.days == ((NOW - 3 * DAY).date(), NOW.date())
    assert days.active == (0, 3)
    assert days.of_type("data") == (0, 2)
    assert days.of_system("manual") == (0, 3)
    assert (days.is_whole, days.is_demo) == (False, False)


def test_a_series_is_thirty_days_long_at_most() -> None:
    keep_days(a_day((NOW - number * DAY).date()) for number in range(1, 60))

    days = last_days(db.session(), ProductCatalogService().stats(), now=NOW)

    assert len(days.days) == 30
    assert (days.is_whole, days.is_demo) == (True, True)


def test_a_day_that_was_made_up_never_covers_one_that_was_counted() -> None:
    note_today(NOW)
    keep_days([a_day(NOW.date(), 999)])

    assert [row.total for row in rows()] == [0]


def test_days_are_forgotten_after_a_year_and_a_month() -> None:
    keep_days(a_day((NOW - number * DAY).date()) for number in (1, 399, 400, 401, 500))

    assert forget_days(NOW) == {"days": 2}
    assert len(rows()) == 3
