"""Finding the ids of a page, or counting them, by the way that costs least."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.cursor import Direction, SortKey
from catalog_app.core.paging import Page, Stretch, page_of
from catalog_app.core.reader import Reader
from catalog_app.products.filters import ProductFilters
from catalog_app.products.models import Product
from catalog_app.products.reads.statements import Compiled
from catalog_app.products.search.parameters import parameters_of, places_of
from catalog_app.products.search.planner import Plan, plan, plan_of_count
from catalog_app.products.search.selects import AHEAD, LIMIT, Shape, may_be_tried, place_ahead, statement
from catalog_app.products.search.ways import Way

Ids = Callable[[Stretch, int], list[int]]
_ALL: Final = 2**62


def finder(reader: Reader, filters: ProductFilters, sorts: Sequence[SortKey], now: datetime) -> Ids:
    """Return what gives the ids of a stretch of the list, in its order and at most so many: `ids(stretch, limit)`.

    Exact: deleted and hidden products are left out, and a search finds what looking at every product would find.
    """
    return _Finding(reader, filters, sorts, now).ids


def count(reader: Reader, filters: ProductFilters, now: datetime, *, most: int = _ALL) -> int:
    """Return how many products fit the filters, by looking at each that may; it is done when there are `most`."""
    chosen = plan_of_count(reader, filters)
    given = parameters_of(chosen.filters, now, is_postgresql=reader.is_postgresql)
    made = statement(_shape(reader, chosen, None))
    found: int = _rows(reader, made, {**given, **chosen.given, LIMIT: most})[0][0]
    return found


def entity_page(session: Session, ids: Ids, sorts: Sequence[SortKey], limit: int, cursor: str | None) -> Page[Product]:
    """Return the page at the cursor as entities; what was deleted since its ids were found is left out."""

    def fetch(stretch: Stretch, most: int) -> list[Product]:
        found = ids(stretch, most)
        products = {one.id: one for one in session.scalars(select(Product).where(Product.id.in_(found)))}
        return [products[number] for number in found if number in products]

    return page_of(fetch, lambda one: tuple(getattr(one, key.name) for key in sorts), sorts, limit, cursor)


class _Finding:
    """One list that is asked for: its way is chosen at the first stretch, and kept for the others."""

    def __init__(self, reader: Reader, filters: ProductFilters, sorts: Sequence[SortKey], now: datetime) -> None:
        self._reader = reader
        self._filters, self._sorts = filters, sorts
        self._given = parameters_of(filters.besides_search(), now, is_postgresql=reader.is_postgresql)
        self._plan: Plan | None = None

    def ids(self, stretch: Stretch, limit: int) -> list[int]:
        if self._plan is None:
            self._plan = plan(self._reader, self._filters, self._sorts, wanted=limit, given=self._given)
        at = places_of(stretch, is_postgresql=self._reader.is_postgresql)
        found: list[int] = []
        for steps in self._plan.trials if may_be_tried(stretch) else ():
            end = self._ahead(stretch, at, steps)
            if end is None:
                return found + self._found(Way.WALK, stretch, at, limit - len(found))
            bounded = replace(stretch, end=end)
            found += self._found(Way.WALK, bounded, {**at, **_named("end", end)}, limit - len(found))
            if len(found) == limit:
                return found
            stretch, at = replace(stretch, values=end, direction=_onward(stretch)), _named("at", end)
        return found + self._found(self._plan.way, stretch, at, limit - len(found))

    def _found(self, way: Way | None, stretch: Stretch, places: Mapping[str, Any], limit: int) -> list[int]:
        chosen = replace(cast("Plan", self._plan), way=way)
        values = {**self._given, **chosen.given, **places, LIMIT: limit}
        return [row[0] for row in _rows(self._reader, statement(_shape(self._reader, chosen, stretch)), values)]

    def _ahead(self, stretch: Stretch, places: Mapping[str, Any], steps: int) -> tuple[Any, ...] | None:
        """Return the place so many steps ahead, in the driver's words; None where the order ends before."""
        unfiltered = Plan(Way.WALK, ProductFilters(), 0)
        made = place_ahead(_shape(self._reader, unfiltered, stretch))
        rows = _rows(self._reader, made, {**places, AHEAD: steps - 1})
        return tuple(rows[0]) if rows else None


def _named(name: str, values: Sequence[Any]) -> dict[str, Any]:
    return {f"{name}{number}": value for number, value in enumerate(values)}


def _onward(stretch: Stretch) -> Direction:
    """Return the direction in which a stretch goes on behind a place that was read."""
    return "after" if stretch.direction == "after" else "before"


def _shape(reader: Reader, chosen: Plan, stretch: Stretch | None) -> Shape:
    return Shape(
        chosen.way,
        chosen.words,
        tuple(active.shape for active in chosen.filters.active),
        None if stretch is None else stretch.key(),
        chosen.filters,
        stretch,
        reader.is_postgresql,
    )


def _rows(reader: Reader, made: Compiled, given: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
    if not reader.is_postgresql:
        return made.rows(reader, given)
    values = [value if name is None else given[name] for name, value in made.places]
    # A statement that is prepared is planned without its words, and may then find them in the worst way.
    rows: list[tuple[Any, ...]] = reader.connection.execute(made.text, values, prepare=False).fetchall()
    return rows
