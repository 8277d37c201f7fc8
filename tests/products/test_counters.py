"""The counters say what counting every product would say, after any mix of writes."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import WRITING, db
from catalog_app.core.read_connections import read_connections
from catalog_app.products.counters import counters, recount
from catalog_app.products.counters.counted import Counted, counted
from catalog_app.products.counters.models import ProductCount
from catalog_app.products.counters.reading import count_of, read_counts
from catalog_app.products.filters import parse_filters
from catalog_app.products.models import Product
from catalog_app.products.prefilter import available_now_condition
from catalog_app.products.service import ProductCatalogService
from tests.products.factories import NOW, product
from tests.products.reading import reader_of

SECOND = timedelta(seconds=1)
MOMENTS = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    NOW - timedelta(days=900),
    NOW - timedelta(hours=7),
    NOW - SECOND,
    NOW,
    NOW + timedelta(microseconds=1),
    NOW + timedelta(days=20),
    datetime(9999, 12, 31, tzinfo=UTC),
]
windows = st.tuples(st.sampled_from([None, *MOMENTS]), st.sampled_from([None, *MOMENTS]))
kinds = st.fixed_dictionaries(
    {
        "lifecycle_status": st.sampled_from(["launched", "launched", "suspended"]),
        "product_type": st.sampled_from(["data", "voice"]),
        "is_available": st.booleans(),
        "missing_since": st.sampled_from([None, None, NOW]),
        "quota_left": st.sampled_from([None, 0, 3]),
        "deleted_at": st.sampled_from([None, None, NOW]),
        "field_locks": st.sampled_from([{}, {"lifecycle_status": {"theirs": "retired"}}]),
    }
)
shared = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@shared
@given(catalogue=st.lists(st.tuples(kinds, windows), min_size=1, max_size=6), later=st.lists(kinds, max_size=4))
def test_they_say_what_counting_every_product_says_at_every_moment(
    session: Session, catalogue: list[tuple[dict[str, Any], Any]], later: list[dict[str, Any]]
) -> None:
    session.rollback()
    made = []
    for values, (begin, end) in catalogue:
        one = product(**values)
        one.valid_from, one.valid_to = begin, end
        session.add(one)
        made.append(one)
    session.flush()
    for one, values in zip(made, later, strict=False):
        for name, value in values.items():
            setattr(one, name, value)
        session.flush()

    assert not list(recount.faults(session.connection()))
    for moment in MOMENTS:
        counts = read_counts(reader_of(session), moment)
        on_sale = select(func.count()).select_from(Product).where(available_now_condition(moment))
        living = [one for one in made if one.deleted_at is None]
        assert counts.available == session.scalar(on_sale)
        assert counts.total == len(living)
        assert counts.by_status == Counter(one.lifecycle_status for one in living)


@shared
@given(catalogue=st.lists(kinds, min_size=1, max_size=6))
def test_a_count_of_what_they_tell_apart_needs_no_product(session: Session, catalogue: list[dict[str, Any]]) -> None:
    session.rollback()
    session.add_all(product(**values) for values in catalogue)
    session.flush()
    for query in (
        {},
        {"is_active": ["true"]},
        {"is_active": ["false"], "lifecycle_status": ["launched"]},
        {"product_type": ["data", "sms"], "lifecycle_status": ["launched", "retired"]},
        {"external_system": ["xiva"], "sync_state": ["in_sync"]},
    ):
        filters = parse_filters(query)
        counted_one_by_one = filters.narrow(select(func.count(Product.id)).where(Product.deleted_at.is_(None)), NOW)
        assert count_of(reader_of(session), filters) == session.scalar(counted_one_by_one)


def test_what_they_do_not_tell_apart_is_left_to_be_counted(session: Session) -> None:
    assert count_of(reader_of(session), parse_filters({"search": ["a"]})) is None
    assert count_of(reader_of(session), parse_filters({"product_type": ["data"], "segment": ["a"]})) is None


def test_writers_at_the_same_time_lose_no_count(app: Flask) -> None:
    def write(number: int) -> None:
        with app.app_context():
            catalog = ProductCatalogService()
            for step in range(6):
                values = {"name": f"P{number}-{step}", "product_type": "data", "valid_from": "2026-01-01T00:00:00Z"}
                made = catalog.create(values, actor="t")
                catalog.patch(made.id, {"lifecycle_status": "launched"}, expected_version=None, actor="t")
                if step % 2:
                    catalog.delete(made.id, expected_version=None, actor="t")
            db.session.remove()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))

    with db.engine.connect() as connection:
        assert not list(recount.faults(connection))
    counts = read_connections().read(lambda reader: read_counts(reader, utcnow()))
    assert (counts.total, counts.active, counts.available) == (12, 12, 12)


def test_a_writer_waits_for_no_other_and_what_they_left_is_folded(app: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        return
    one: Counted = counted(product())
    with db.engine.connect() as first, db.engine.connect() as second:
        for connection in (first, second, first):
            connection.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
            counters.move(connection, {one: 2})
            counters.fold(connection)
        first.commit()
        second.commit()
        counters.fold(second)
        parts = second.execute(select(ProductCount.part, ProductCount.n)).all()
        second.rollback()
    assert parts == [(0, 6)]


def test_a_count_that_is_wrong_is_named_and_mended_by_counting_anew(app: Flask) -> None:
    ProductCatalogService().create({"name": "One", "product_type": "data"}, actor="t")
    db.session.remove()
    with db.engine.connect().execution_options(**{WRITING: True}) as connection:
        connection.execute(delete(ProductCount))
        (fault,) = recount.faults(connection)
        assert "'data'" in fault
        assert "there are 1" in fault
        recount.fill(connection)
        assert not list(recount.faults(connection))
        connection.rollback()
