"""The values of a statement's parameters, in the words of each driver."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.types import TypeEngine

from catalog_app.core.columns import UtcDateTime
from catalog_app.core.paging import Stretch
from catalog_app.products.filters import ProductFilters

_SQLITE: Final[Dialect] = SQLiteDialect_pysqlite()
_POSTGRESQL: Final[Dialect] = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped
_MOMENT: Final = UtcDateTime()


def parameters_of(filters: ProductFilters, now: datetime, *, is_postgresql: bool) -> dict[str, Any]:
    """Return the value of each parameter that the filters leave open, and of "now"."""
    given = {"now": _driven(_MOMENT, now, is_postgresql=is_postgresql)}
    for active in filters.active:
        for name, kind, value in active.given():
            given[name] = _driven(kind, value, is_postgresql=is_postgresql)
    return given


def places_of(stretch: Stretch, *, is_postgresql: bool) -> dict[str, Any]:
    """Return the values of where a stretch begins, named at0, at1, ..., and of where it ends, end0, end1, ..."""
    return {
        f"{name}{number}": _driven(key.column.type, value, is_postgresql=is_postgresql)
        for name, values in (("at", stretch.values), ("end", stretch.end))
        for number, (key, value) in enumerate(zip(stretch.sorts, values or (), strict=False))
        if value is not None
    }


def _driven(kind: TypeEngine[Any], value: Any, *, is_postgresql: bool) -> Any:
    process = _processor(kind, is_postgresql)
    return value if process is None else process(value)


@cache
def _processor(kind: TypeEngine[Any], is_postgresql: bool) -> Callable[[Any], Any] | None:  # noqa: FBT001  # part of the key
    dialect = _POSTGRESQL if is_postgresql else _SQLITE
    processor: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return processor
