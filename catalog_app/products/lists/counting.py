"""How many products fit: from the counters where they know it, else counted no farther than people care (ADR 0020)."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import Integer, bindparam, func, select

from catalog_app.core.paging import Stretch
from catalog_app.core.reader import Reader
from catalog_app.products.counters.reading import count_of
from catalog_app.products.filters import ProductFilters
from catalog_app.products.models import Product
from catalog_app.products.reads.statements import Compiled, compiled
from catalog_app.products.search.finder import count, finder
from catalog_app.products.search.parameters import parameters_of
from catalog_app.products.sorts import parse_sort

MOST: Final = 1_000
_LIMIT: Final = "limit"
_BY_ID: Final = parse_sort("id")


@dataclass(frozen=True)
class Count:
    """How many there are; where it is not exact there are more than this."""

    number: int
    is_exact: bool = True


def counted(reader: Reader, filters: ProductFilters, now: datetime, *, exact: bool = False) -> Count:
    """Return how many products fit the filters: exact up to MOST, and beyond it where the counters know or one asks."""
    known = count_of(reader, filters)
    if known is not None:
        return Count(known)
    if exact:
        return Count(count(reader, filters, now))
    found = _first(reader, filters, now)
    return Count(min(found, MOST), is_exact=found <= MOST)


def _first(reader: Reader, filters: ProductFilters, now: datetime) -> int:
    """Return how many fit, and no more than one above MOST."""
    if filters.words:
        return len(finder(reader, filters, _BY_ID, now)(Stretch(_BY_ID, None), MOST + 1))
    given = parameters_of(filters, now, is_postgresql=reader.is_postgresql)
    shape = tuple(active.shape for active in filters.active)
    rows = _statement(_Alike(shape, reader.is_postgresql, filters)).rows(reader, {**given, _LIMIT: MOST + 1})
    return int(rows[0][0])


@dataclass(frozen=True)
class _Alike:
    shape: tuple[object, ...]
    is_postgresql: bool
    filters: ProductFilters = field(compare=False)


@lru_cache(maxsize=256)
def _statement(alike: _Alike) -> Compiled:
    conditions = (active.open_condition() for active in alike.filters.active)
    first = select(Product.id).where(Product.deleted_at.is_(None), *conditions)
    names = [name for active in alike.filters.active for name, _, _ in active.given()]
    bounded = first.limit(bindparam(_LIMIT, type_=Integer())).subquery()
    return compiled(
        select(func.count()).select_from(bounded), [*names, "now", _LIMIT], is_postgresql=alike.is_postgresql
    )
