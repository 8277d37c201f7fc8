"""Pages by key: each row once, in order, whichever way and whatever happens meanwhile."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from catalog_app.core.cursor import MAX_CURSOR, Place, SortKey, read_cursor, write_cursor
from catalog_app.core.errors import RuleError
from catalog_app.core.paging import Page, page
from catalog_app.products.models import Product
from catalog_app.products.sorts import parse_sort
from tests.products.factories import NOW, saved

ORDERS = (
    "id",
    "-id",
    "name",
    "-name",
    "price",
    "-price",
    "category,-price",
    "-updated_at,name",
    "-category,-price,-name",
    "is_available,price",
)
orders = st.sampled_from(ORDERS)
AVAILABLE = SortKey("is_available", Product.is_available)

few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
catalogues = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["A", "a", "Б", "ü"]),
            "price": st.sampled_from([None, "0", "9.99", "10"]),
            "currency": st.just("SAR"),
            "category": st.sampled_from([None, "Mobile", "Fixed"]),
            "is_available": st.booleans(),
            "updated_at": st.sampled_from([NOW, NOW + timedelta(microseconds=1), NOW - timedelta(days=1)]),
        }
    ),
    max_size=12,
)


def order_of(text: str) -> tuple[SortKey, ...]:
    """Return the order, with a sort by a truth value that no list offers."""
    if text.startswith("is_available,"):
        return (AVAILABLE, *parse_sort(text.removeprefix("is_available,")))
    return parse_sort(text)


def fill(session: Session, catalogue: Sequence[dict[str, Any]]) -> None:
    session.rollback()
    for values in catalogue:
        saved(session, **values)


def walk(session: Session, order: Sequence[SortKey], limit: int) -> Iterator[Page[Product]]:
    cursor = None
    while True:
        found = page(session, select(Product), order, limit, cursor)
        yield found
        cursor = found.next_cursor
        if cursor is None:
            return


def walk_back(session: Session, order: Sequence[SortKey], limit: int, last: Page[Product]) -> Iterator[Page[Product]]:
    found = last
    while True:
        yield found
        if found.previous_cursor is None:
            return
        found = page(session, select(Product), order, limit, found.previous_cursor)


def ids(pages: Sequence[Page[Product]]) -> list[list[int]]:
    return [[product.id for product in found.items] for found in pages]


def sorted_here(products: Sequence[Product], order: Sequence[SortKey], session: Session) -> list[int]:
    """Return the ids in the order asked for, sorted by Python; only texts are ranked by the database's own rules."""
    names = list(session.scalars(select(Product.name).order_by(Product.name)))
    ranks = {"name": {name: rank for rank, name in enumerate(dict.fromkeys(names))}}
    rows = list(products)
    for key in reversed(order):
        present = [row for row in rows if getattr(row, key.name) is not None]
        absent = [row for row in rows if getattr(row, key.name) is None]

        def place(row: Product, key: SortKey = key) -> Any:
            value = getattr(row, key.name)
            return ranks[key.name][value] if key.name in ranks else value

        rows = [*sorted(present, key=place, reverse=key.descending), *absent]
    return [row.id for row in rows]


@few
@given(text=orders, catalogue=catalogues, limit=st.integers(1, 5))
def test_walking_forward_gives_each_row_once_in_the_order_of_a_scan(
    session: Session, text: str, catalogue: list[dict[str, Any]], limit: int
) -> None:
    fill(session, catalogue)
    order = order_of(text)
    pages = ids(list(walk(session, order, limit)))
    expected = sorted_here(session.scalars(select(Product)).all(), order, session)
    assert [product_id for found in pages for product_id in found] == expected
    assert all(len(found) == limit for found in pages[:-1])


@few
@given(text=orders, catalogue=catalogues, limit=st.integers(1, 5))
def test_walking_back_gives_the_same_pages(
    session: Session, text: str, catalogue: list[dict[str, Any]], limit: int
) -> None:
    fill(session, catalogue)
    order = order_of(text)
    forward = list(walk(session, order, limit))
    back = list(walk_back(session, order, limit, forward[-1]))
    assert ids(back) == ids(forward)[::-1]


@few
@given(
    text=orders,
    catalogue=catalogues,
    limit=st.integers(1, 3),
    removed=st.sets(st.integers(0, 11)),
    added=catalogues,
)
def test_rows_that_stay_are_seen_once_whatever_comes_and_goes_between_two_pages(
    session: Session,
    text: str,
    catalogue: list[dict[str, Any]],
    limit: int,
    removed: set[int],
    added: list[dict[str, Any]],
) -> None:
    fill(session, catalogue)
    order = order_of(text)
    all_ids = list(session.scalars(select(Product.id).order_by(Product.id)))
    gone = [product_id for index, product_id in enumerate(all_ids) if index in removed]
    first = page(session, select(Product), order, limit)
    session.execute(delete(Product).where(Product.id.in_(gone)))
    for values in added:
        saved(session, **values)
    seen = [product.id for product in first.items]
    cursor = first.next_cursor
    while cursor is not None:
        following = page(session, select(Product), order, limit, cursor)
        seen += [product.id for product in following.items]
        cursor = following.next_cursor
    assert len(seen) == len(set(seen))
    assert set(all_ids) - set(gone) <= set(seen) | set(gone)


def test_a_page_past_the_end_leads_back_to_the_row_it_came_from(session: Session) -> None:
    first, second, third = (saved(session) for _ in range(3))
    order = parse_sort("id")
    beginning = page(session, select(Product), order, 2)
    session.delete(third)
    session.flush()
    past_the_end = page(session, select(Product), order, 2, beginning.next_cursor)
    assert (past_the_end.items, past_the_end.next_cursor) == ([], None)
    back = page(session, select(Product), order, 2, past_the_end.previous_cursor)
    assert list(back.items) == [first, second]


def test_going_back_to_rows_that_are_gone_gives_the_first_page(session: Session) -> None:
    first, second, third = (saved(session) for _ in range(3))
    order = parse_sort("id")
    beginning = page(session, select(Product), order, 2)
    end = page(session, select(Product), order, 2, beginning.next_cursor)
    session.execute(delete(Product).where(Product.id.in_([first.id, second.id])))
    back = page(session, select(Product), order, 2, end.previous_cursor)
    assert list(back.items) == [third]
    assert back.previous_cursor is None


@pytest.mark.parametrize(("text", "limit", "queries"), [("name", 2, 1), ("price", 2, 1), ("price", 4, 2)])
def test_a_page_is_one_query_and_two_where_the_nulls_begin(
    session: Session, text: str, limit: int, queries: int
) -> None:
    for price in ("1", "2", "3", "4", None):
        saved(session, price=price, currency="SAR")
    order = parse_sort(text)
    cursor = page(session, select(Product), order, 1).next_cursor
    with counted(session) as statements:
        page(session, select(Product), order, limit, cursor)
    assert len(statements) == queries


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """Collect the statements that reach the database."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        statements.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


PRICES = parse_sort("-price")


@pytest.mark.parametrize("value", [None, Decimal("9.99"), Decimal("-0.0001")])
def test_a_cursor_is_read_as_it_was_written(value: Decimal | None) -> None:
    place = Place("before", (value, 7))
    assert read_cursor(write_cursor(place, PRICES), PRICES) == place


def cursor_of(payload: object) -> str:
    return urlsafe_b64encode(orjson.dumps(payload)).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "ÿ",
        "!!!!",
        "A" * (MAX_CURSOR + 1),
        cursor_of(None),
        cursor_of({}),
        cursor_of([]),
        cursor_of(["after", "-price,-id"]),
        cursor_of(["beside", "-price,-id", ["1", 1]]),
        cursor_of(["after", "price,id", ["1", 1]]),
        cursor_of([["after"], "-price,-id", ["1", 1]]),
        cursor_of(["after", "-price,-id", ["1"]]),
        cursor_of(["after", "-price,-id", ["1", 1, 1]]),
        cursor_of(["after", "-price,-id", "11"]),
        cursor_of(["after", "-price,-id", [1, 1]]),
        cursor_of(["after", "-price,-id", ["NaN", 1]]),
        cursor_of(["after", "-price,-id", ["sNaN", 1]]),
        cursor_of(["after", "-price,-id", ["1e400", 1]]),
        cursor_of(["after", "-price,-id", ["99999999999", 1]]),
        cursor_of(["after", "-price,-id", ["x", 1]]),
        cursor_of(["after", "-price,-id", ["1", None]]),
        cursor_of(["after", "-price,-id", ["1", True]]),
        cursor_of(["after", "-price,-id", ["1", "1"]]),
        cursor_of(["after", "-price,-id", ["1", 2**31]]),
        cursor_of(["after", "-price,-id", ["1", 1.5]]),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(RuleError) as caught:
        read_cursor(cursor, PRICES)
    assert caught.value.errors.keys() == {"cursor"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("name", "a\0b"),
        ("name", 5),
        ("updated_at", "2026-01-01T00:00:00"),
        ("updated_at", "2026-01-01T00:00:00+02:00"),
        ("updated_at", "today"),
    ],
)
def test_a_value_that_its_column_could_not_hold_is_refused(text: str, value: object) -> None:
    with pytest.raises(RuleError):
        read_cursor(cursor_of(["after", f"{text},id", [value, 1]]), parse_sort(text))


@few
@given(cursor=st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: urlsafe_b64encode(raw).decode()))
def test_no_garbage_gets_through_as_a_cursor(cursor: str) -> None:
    with pytest.raises(RuleError):
        read_cursor(cursor, PRICES)
