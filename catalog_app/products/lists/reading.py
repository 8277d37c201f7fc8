"""A page of the list as pages show it: past the ORM, whose entities take longer to make than the page to print."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import Dialect, Integer, bindparam, select, text
from sqlalchemy.types import JSON, Boolean, TypeDecorator

from catalog_app.core.columns import UtcDateTime
from catalog_app.core.cursor import SortKey
from catalog_app.core.db import Base
from catalog_app.core.paging import Page, Stretch, narrowed, page_of
from catalog_app.core.reader import Reader, Rows, moment_of
from catalog_app.products.counters.reading import count_by
from catalog_app.products.filters import ProductFilters
from catalog_app.products.models import Product
from catalog_app.products.reads.statements import Compiled, compiled, dialect_of
from catalog_app.products.search.finder import finder
from catalog_app.products.search.parameters import parameters_of, places_of

_LIMIT: Final = "limit"
_IDS: Final = "ids"
_TOLD_APART: Final = frozenset({"product_type", "lifecycle_status", "external_system", "sync_state"})
_FEW: Final = 1_000
"""So many products are read and sorted faster than the first of them are met in another order."""


@dataclass(slots=True)
class Listed:
    """What a row of the list, and the cursor after it, need of a product; fields are those of the model."""

    id: int
    name: str
    product_type: str
    category: str | None
    price: Decimal | None
    currency: str | None
    billing_cycle: str
    external_system: str
    external_product_id: str
    lifecycle_status: str
    target_segments: list[str]
    channels: list[str]
    valid_from: datetime | None
    valid_to: datetime | None
    sync_state: str
    last_synced: datetime | None
    missing_since: datetime | None
    field_locks: dict[str, Any]
    version: int
    updated_at: datetime
    created_at: datetime


@dataclass(frozen=True)
class _Alike:
    """What is alike in all pages that one statement serves, with other values each time."""

    shape: tuple[object, ...]
    stretch_key: tuple[object, ...]
    is_postgresql: bool
    by_order: bool
    filters: ProductFilters = field(compare=False)
    stretch: Stretch = field(compare=False)


def listed_page(
    reader: Reader, filters: ProductFilters, sorts: Sequence[SortKey], now: datetime, limit: int, cursor: str | None
) -> Page[Listed]:
    """Return the page at the cursor; deleted and hidden products are left out. Raises RuleError for a foreign cursor."""
    fetch = _searching(reader, filters, sorts, now) if filters.words else _walking(reader, filters, now)
    return page_of(fetch, lambda one: tuple(getattr(one, key.name) for key in sorts), sorts, limit, cursor)


def _walking(reader: Reader, filters: ProductFilters, now: datetime) -> Callable[[Stretch, int], list[Listed]]:
    given = parameters_of(filters, now, is_postgresql=reader.is_postgresql)
    shape = tuple(active.shape for active in filters.active)

    by_order = not reader.is_postgresql and _goes_by_order(reader, filters)

    def fetch(stretch: Stretch, limit: int) -> list[Listed]:
        statement = _walk(_Alike(shape, stretch.key(), reader.is_postgresql, by_order, filters, stretch))
        places = places_of(stretch, is_postgresql=reader.is_postgresql)
        return _listed(reader, statement.rows(reader, {**given, **places, _LIMIT: limit}))

    return fetch


def _searching(
    reader: Reader, filters: ProductFilters, sorts: Sequence[SortKey], now: datetime
) -> Callable[[Stretch, int], list[Listed]]:
    ids_of = finder(reader, filters, sorts, now)

    def fetch(stretch: Stretch, limit: int) -> list[Listed]:
        ids = ids_of(stretch, limit)
        given = {_IDS: ids if reader.is_postgresql else orjson.dumps(ids).decode()}
        found = {one.id: one for one in _listed(reader, _of_ids(reader.is_postgresql).rows(reader, given))}
        return [found[number] for number in ids if number in found]

    return fetch


_PRODUCT: Final = Base.metadata.tables[Product.__tablename__]
_COLUMNS: Final = tuple(_PRODUCT.c[name] for name in Listed.__slots__)


@lru_cache(maxsize=256)
def _walk(alike: _Alike) -> Compiled:
    filters, stretch = alike.filters, alike.stretch
    statement = select(*_COLUMNS).where(
        Product.deleted_at.is_(None), *(active.open_condition() for active in filters.active)
    )
    names = [name for active in filters.active for name, _, _ in active.given()]
    names += ["now", _LIMIT, *(f"at{number}" for number in range(len(stretch.values or ())))]
    paged = narrowed(statement, stretch.with_places()).limit(bindparam(_LIMIT, type_=Integer()))
    made = compiled(paged, names, is_postgresql=alike.is_postgresql)
    return (
        replace(made, text=made.text.replace("FROM product ", f"FROM product {_hint(stretch)} ", 1))
        if alike.by_order
        else made
    )


def _goes_by_order(reader: Reader, filters: ProductFilters) -> bool:
    """Return whether SQLite is to walk the order of the list, and not an index of what many products have.

    It would rather take all that an index gives and sort it, however many these are.
    """
    values = {active.filter.name: active.values for active in filters.active if active.filter.name in _TOLD_APART}
    return bool(values) and "sync_state" not in values and count_by(reader, values) > _FEW


def _hint(stretch: Stretch) -> str:
    """Return how SQLite is told to walk the order of a stretch, where an index has it."""
    lead = (stretch.lead or stretch.sorts[0]).name
    for index in _PRODUCT.indexes:
        if [column.name for column in index.columns][:2] == [lead, "id"]:
            return f"INDEXED BY {index.name}"
    return ""


@lru_cache(maxsize=2)
def _of_ids(is_postgresql: bool) -> Compiled:  # noqa: FBT001  # part of the key
    named = "= ANY(:ids)" if is_postgresql else "IN (SELECT value FROM json_each(:ids))"
    statement = select(*_COLUMNS).where(Product.deleted_at.is_(None), text(f"product.id {named}"))
    return compiled(statement, [_IDS], is_postgresql=is_postgresql)


def _listed(reader: Reader, rows: Rows) -> list[Listed]:
    """Return rows of the driver as what they mean, column by column, which is quicker than row by row."""
    if not rows:
        return []
    columns = [
        list(values) if read is None else [None if value is None else read(value) for value in values]
        for read, values in zip(_readers(reader.is_postgresql), zip(*rows, strict=True), strict=True)
    ]
    return [Listed(*values) for values in zip(*columns, strict=True)]


@lru_cache(maxsize=2)
def _readers(is_postgresql: bool) -> tuple[Callable[[Any], Any] | None, ...]:  # noqa: FBT001  # part of the key
    """Return for each column what turns the driver's value into ours; None where the two are the same."""
    dialect = dialect_of(is_postgresql=is_postgresql)
    return tuple(_reader_of(column.type, dialect) for column in _COLUMNS)


def _reader_of(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(kind, JSON):
        return None if dialect.name == "postgresql" else orjson.loads
    if dialect.name == "postgresql":
        # psycopg gives the values themselves; only what our own types do to them is left.
        if not isinstance(kind, TypeDecorator):
            return None
        return lambda value: kind.process_result_value(value, dialect)
    if isinstance(kind, UtcDateTime):
        return moment_of
    if isinstance(kind, TypeDecorator | Boolean):
        processor: Callable[[Any], Any] | None = kind.dialect_impl(dialect).result_processor(dialect, None)
        return processor
    return None
