"""Finding the ids of a page, or counting them, by the way that costs least."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.cursor import SortKey
from catalog_app.core.paging import Page, Stretch, page_of
from catalog_app.core.reader import Reader
from catalog_app.products.filters import ProductFilters
from catalog_app.products.models import Product
from catalog_app.products.search.parameters import parameters_of, places_of
from catalog_app.products.search.planner import Plan, plan, plan_of_count
from catalog_app.products.search.selects import LIMIT, Shape, statement

Ids = Callable[[Stretch, int], list[int]]


def finder(reader: Reader, filters: ProductFilters, sorts: Sequence[SortKey], now: datetime) -> Ids:
    """Return what gives the ids of a stretch of the list, in its order and at most so many: `ids(stretch, limit)`.

    Exact: deleted and hidden products are left out, and a search finds what looking at every product would find.
    """
    given = parameters_of(filters.besides_search(), now, is_postgresql=reader.is_postgresql)
    chosen: list[Plan] = []

    def ids(stretch: Stretch, limit: int) -> list[int]:
        if not chosen:
            chosen.append(plan(reader, filters, sorts, wanted=limit, given=given))
        places = places_of(stretch, is_postgresql=reader.is_postgresql)
        values = {**given, **chosen[0].given, **places, LIMIT: limit}
        return [row[0] for row in _rows(reader, chosen[0], stretch, values)]

    return ids


def count(reader: Reader, filters: ProductFilters, now: datetime) -> int:
    """Return how many products fit the filters, by looking at each that may."""
    chosen = plan_of_count(reader, filters)
    given = parameters_of(chosen.filters, now, is_postgresql=reader.is_postgresql)
    found: int = _rows(reader, chosen, None, {**given, **chosen.given})[0][0]
    return found


def entity_page(session: Session, ids: Ids, sorts: Sequence[SortKey], limit: int, cursor: str | None) -> Page[Product]:
    """Return the page at the cursor as entities; what was deleted since its ids were found is left out."""

    def fetch(stretch: Stretch, most: int) -> list[Product]:
        found = ids(stretch, most)
        products = {one.id: one for one in session.scalars(select(Product).where(Product.id.in_(found)))}
        return [products[number] for number in found if number in products]

    return page_of(fetch, lambda one: tuple(getattr(one, key.name) for key in sorts), sorts, limit, cursor)


def _rows(reader: Reader, chosen: Plan, stretch: Stretch | None, given: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
    alike = tuple(active.shape for active in chosen.filters.active)
    shape = Shape(chosen.way, chosen.words, alike, None if stretch is None else stretch.key(), chosen.filters, stretch)
    made = statement(shape)
    if not reader.is_postgresql:
        return made.rows(reader, given)
    values = [value if name is None else given[name] for name, value in made.places]
    # A statement that is prepared is planned without its words, and may then find them in the worst way.
    rows: list[tuple[Any, ...]] = reader.connection.execute(made.text, values, prepare=False).fetchall()
    return rows
