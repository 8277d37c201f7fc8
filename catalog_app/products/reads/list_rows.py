"""The rows of the filtered list: one page of stored documents, by a statement that is written once for each shape."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, cast

import orjson
from sqlalchemy import Dialect, FromClause, Integer, Select, bindparam, select, text
from sqlalchemy.types import TypeDecorator, TypeEngine

from catalog_app.core.cursor import SortKey
from catalog_app.core.paging import Page, Stretch, narrowed, page_of
from catalog_app.core.reader import Reader, Rows
from catalog_app.products.filters import NOW, ProductFilters
from catalog_app.products.models import Product
from catalog_app.products.reads.documents import DOCUMENT
from catalog_app.products.reads.models import ProductDocument
from catalog_app.products.reads.rendering import COLUMNS, Shown
from catalog_app.products.reads.statements import Compiled, compiled, dialect_of
from catalog_app.products.search.finder import finder

_LIMIT: Final = bindparam("limit", type_=Integer())
_PRODUCT: Final = Product.__mapper__.local_table
_SHOWN: Final = len(COLUMNS)

Convert = Callable[[Any], Any] | None
Row = Sequence[Any]


def list_page(
    reader: Reader, filters: ProductFilters, sorts: Sequence[SortKey], now: datetime, limit: int, cursor: str | None
) -> Page[Row]:
    """Return a page of rows: what rendering.py shows, then the sorted values. Raises RuleError for a foreign cursor."""
    fetch = _searching(reader, filters, sorts, now) if filters.words else _walking(reader, filters, now)
    dialect = dialect_of(is_postgresql=reader.is_postgresql)
    read_back = [_read_back(key.column.type, dialect) for key in sorts]

    def values_of(row: Row) -> tuple[Any, ...]:
        stored = zip(row[_SHOWN:], read_back, strict=True)
        return tuple(value if value is None or back is None else back(value) for value, back in stored)

    return page_of(fetch, values_of, sorts, limit, cursor)


def shown_of(row: Row) -> Shown:
    """Return what rendering.py shows of a row."""
    return cast("Shown", row[:_SHOWN])


def _walking(reader: Reader, filters: ProductFilters, now: datetime) -> Callable[[Stretch, int], Rows]:
    """Walk an index in the list's order, or whatever else the database thinks best."""
    dialect = dialect_of(is_postgresql=reader.is_postgresql)
    given = {"now": _stored(NOW.type, now, dialect)}
    for active in filters.active:
        given |= {name: _stored(kind, value, dialect) for name, kind, value in active.given()}

    def fetch(stretch: Stretch, limit: int) -> Rows:
        statement = _walk(_Alike(filters, stretch), reader.is_postgresql)
        return statement.rows(reader, {**given, **_places(stretch, dialect), "limit": limit})

    return fetch


def _searching(
    reader: Reader, filters: ProductFilters, sorts: Sequence[SortKey], now: datetime
) -> Callable[[Stretch, int], Rows]:
    """Let the search index find the products, and read their documents."""
    ids_of = finder(reader, filters, sorts, now)

    def fetch(stretch: Stretch, limit: int) -> Rows:
        ids = ids_of(stretch, limit)
        given = {"ids": ids if reader.is_postgresql else orjson.dumps(ids).decode()}
        rows = {row[0]: row for row in _of_ids(tuple(sorts), reader.is_postgresql).rows(reader, given)}
        return [rows[number] for number in ids if number in rows]

    return fetch


class _Alike:
    """Filters and a stretch as one key: equal to all others that the same statement reads, with other values."""

    def __init__(self, filters: ProductFilters, stretch: Stretch) -> None:
        self.filters = filters
        self.stretch = stretch
        self._key = (*(active.shape for active in filters.active), stretch.key())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Alike) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=512)
def _walk(alike: _Alike, is_postgresql: bool) -> Compiled:  # noqa: FBT001  # part of the key
    filters, stretch = alike.filters, alike.stretch
    sorts = _all_sorts(stretch)
    is_plain = not filters and [key.name for key in sorts] == ["id"]
    if is_plain:
        # Nothing is asked of the product that its document does not know.
        stretch = replace(stretch, sorts=[replace(key, column=ProductDocument.id) for key in sorts])
    statement = _rows_from(DOCUMENT if is_plain else _JOINED, _all_sorts(stretch))
    statement = statement.where(*(active.open_condition() for active in filters.active))
    names = [name for active in filters.active for name, _, _ in active.given()]
    names += ["now", "limit", *(f"at{number}" for number in range(len(stretch.sorts)))]
    paged = narrowed(statement, stretch.with_places()).limit(_LIMIT)
    return compiled(paged, names, is_postgresql=is_postgresql)


@lru_cache(maxsize=64)
def _of_ids(sorts: tuple[SortKey, ...], is_postgresql: bool) -> Compiled:  # noqa: FBT001  # part of the key
    named = "= ANY(:ids)" if is_postgresql else "IN (SELECT value FROM json_each(:ids))"
    statement = _rows_from(_JOINED, sorts).where(text(f"product_document.id {named}"))
    return compiled(statement, ["ids"], is_postgresql=is_postgresql)


# The join leaves out what is deleted or hidden, and costs nothing: the document is read anyway.
_JOINED: Final = _PRODUCT.join(DOCUMENT, _PRODUCT.c.id == DOCUMENT.c.id)


def _rows_from(tables: FromClause, sorts: Sequence[SortKey]) -> Select[*tuple[Any, ...]]:
    sorted_by = [key.column.label(f"by{number}") for number, key in enumerate(sorts)]
    return select(*COLUMNS, *sorted_by).select_from(tables)


def _all_sorts(stretch: Stretch) -> Sequence[SortKey]:
    """Return the keys of the whole list: where the leading column is null, a stretch sorts by the others alone."""
    return [stretch.lead, *stretch.sorts] if stretch.empty and stretch.lead is not None else stretch.sorts


def _places(stretch: Stretch, dialect: Dialect) -> dict[str, Any]:
    pairs = enumerate(zip(stretch.sorts, stretch.values or (), strict=False))
    return {f"at{number}": _stored(key.column.type, value, dialect) for number, (key, value) in pairs}


def _stored(kind: TypeEngine[Any], value: Any, dialect: Dialect) -> Any:
    """Return a value in the driver's words."""
    process = _convert(kind, dialect)[0]
    return value if value is None or process is None else process(value)


def _read_back(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return _convert(kind, dialect)[1]


@lru_cache(maxsize=64)
def _convert(kind: TypeEngine[Any], dialect: Dialect) -> tuple[Convert, Convert]:
    if dialect.name == "postgresql":
        # psycopg takes and gives the values themselves; only what our own types do to them is left.
        if not isinstance(kind, TypeDecorator):
            return None, None
        return lambda value: kind.process_bind_param(value, dialect), lambda value: kind.process_result_value(
            value, dialect
        )
    made = kind.dialect_impl(dialect)
    return made.bind_processor(dialect), made.result_processor(dialect, None)
