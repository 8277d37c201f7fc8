"""A search finds exactly the products that looking at each would find, whatever is written, asked, filtered and sorted."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.errors import RuleError
from catalog_app.core.text import fold
from catalog_app.products.changes import refresh_derived
from catalog_app.products.counters.recount import faults
from catalog_app.products.filters import ProductFilters, parse_filters
from catalog_app.products.models import Product
from catalog_app.products.search import planner
from catalog_app.products.search.finder import count, entity_page, finder
from catalog_app.products.search.ways import Choice, Facts, Way, best_way
from catalog_app.products.sorts import parse_sort
from tests.products.factories import NOW, product
from tests.products.reading import reader_of

# Letters that fold, join, double, look alike or mean something to an index: few, so that texts meet.
LETTERS = "aAbıİiIрРоуباتßﬁée\u0301\u0327😀𝒶漢字%_'\"*()-+^:\\/ 0o\ufffe\uffff\ue000"
TRIED = (2, 1)
"""So many steps of an order are tried before it is read another way, and so many more."""
texts = st.text(alphabet=st.sampled_from(LETTERS), max_size=9)
names = texts.filter(lambda text: bool(text.strip()))
words = st.one_of(
    st.text(alphabet=st.sampled_from(LETTERS), min_size=1, max_size=3),
    names,
    st.sampled_from(["AND", "OR b", "NOT a", "NEAR(a b)", 'a" OR "b', "text:a", "a*", "^a", "po-", "%", "__"]),
)
rows = st.fixed_dictionaries(
    {
        "name": names,
        "description": st.one_of(st.none(), texts),
        "product_type": st.sampled_from(["data", "voice"]),
        "category": st.sampled_from([None, "A/b", "c"]),
        "price": st.sampled_from([None, "1", "2.5"]),
        "currency": st.just("SAR"),
    }
)
changes = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(["rewrite", "delete", "restore", "move"]), names), max_size=6
)
sorts = st.sampled_from(["", "-id", "name", "-price", "category,-name", "-updated_at,name"])
others = st.sampled_from([{}, {"product_type": ["data"]}, {"category": ["a/"]}, {"available_now": ["true"]}])
shared = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def any_way(monkeypatch: pytest.MonkeyPatch) -> Callable[[Way | None], None]:
    """Let a way be gone on SQLite though a catalogue of this size does not call for it; None leaves the planner its choice."""
    few = planner._FEW

    def go(way: Way | None) -> None:
        monkeypatch.setattr(planner, "_FEW", few if way is None else 0)
        monkeypatch.setattr(planner, "_TRIALS", TRIED)
        monkeypatch.setattr(planner, "_FEW_ON_POSTGRESQL", 1)
        monkeypatch.setattr(planner, "best_way", best_way if way is None else lambda facts: _possible(way, facts))

    return go


def _possible(way: Way, facts: Facts) -> Choice:
    trials = () if facts.by_id else TRIED
    if not facts.is_indexed:
        return Choice(Way.SIFT, trials)
    return Choice(Way.WALK_GATHERED if way is Way.STREAM and not facts.by_id else way, trials)


@shared
@given(
    catalogue=st.lists(rows, min_size=1, max_size=7),
    way=st.sampled_from([None, *Way]),
    asked=words,
    changed=changes,
    sort=sorts,
    other=others,
)
def test_a_search_finds_what_a_scan_finds_after_any_changes(
    session: Session,
    any_way: Callable[[Way | None], None],
    catalogue: list[dict[str, Any]],
    way: Way | None,
    asked: str,
    changed: list[tuple[int, str, str]],
    sort: str,
    other: dict[str, list[str]],
) -> None:
    session.rollback()
    any_way(way)
    made = _made(session, catalogue)
    for at, what, text in changed:
        _change(session, made[at % len(made)], what, text)
    try:
        filters = parse_filters({"search": [asked], **other})
    except RuleError:
        return
    expected = _scanned(session, made, asked, other)
    assert sorted(_pages(session, filters, sort)) == sorted(expected)
    assert _pages(session, filters, sort) == _sorted_like(session, expected, sort)
    assert count(reader_of(session), filters, NOW) == len(expected)
    assert count(reader_of(session), filters, NOW, most=2) == min(2, len(expected))
    assert (
        sorted(session.scalars(filters.narrow(select(Product.id).where(Product.deleted_at.is_(None)), NOW))) == expected
    )
    assert not list(faults(session.connection()))


@shared
@given(catalogue=st.lists(rows, min_size=1, max_size=7), asked=st.lists(words, min_size=2, max_size=3))
@example(catalogue=[{"name": "a\ufffe", "product_type": "data"}], asked=[":", "\ufffe"])
def test_words_given_more_than_once_widen_the_search(
    session: Session, catalogue: list[dict[str, Any]], asked: list[str]
) -> None:
    session.rollback()
    made = _made(session, catalogue)
    try:
        filters = parse_filters({"search": asked})
    except RuleError:
        return
    expected = {found for word in asked if word.strip() for found in _scanned(session, made, word, {})}
    if filters:
        assert set(_pages(session, filters, "name")) == expected


def _made(session: Session, catalogue: Sequence[dict[str, Any]]) -> list[Product]:
    made = [product(**values) for values in catalogue]
    session.add_all(made)
    session.flush()
    return made


def _change(session: Session, one: Product, what: str, text: str) -> None:
    if what == "rewrite":
        one.description = text.strip()
    elif what == "move":
        one.product_type = "voice" if one.product_type == "data" else "data"
        one.is_available = not one.is_available
    else:
        one.deleted_at = NOW if what == "delete" else None
    refresh_derived(one)
    session.flush()


def _scanned(session: Session, made: Sequence[Product], asked: str, other: dict[str, list[str]]) -> list[int]:
    word = fold(asked.strip())
    passing = set(session.scalars(parse_filters(other).narrow(select(Product.id), NOW)))
    return sorted(one.id for one in made if one.deleted_at is None and word in one.search_text and one.id in passing)


def _sorted_like(session: Session, ids: Sequence[int], sort: str) -> list[int]:
    """Return the ids in the order that the database gives a list that is not searched."""
    everything = _pages(session, ProductFilters(), sort)
    return [number for number in everything if number in ids]


def _pages(session: Session, filters: ProductFilters, sort: str) -> list[int]:
    """Return all ids, read in pages of two by their cursors."""
    keys = parse_sort(sort)
    ids = finder(reader_of(session), filters, keys, NOW)
    found: list[int] = []
    cursor: str | None = None
    while True:
        page = entity_page(session, ids, keys, 2, cursor)
        found += [one.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found
