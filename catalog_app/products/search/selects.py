"""The statement of each way to find a page: written once for all that are alike, run with other values each time."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, cast

from sqlalchemy import BigInteger, Integer, Select, String, Text, bindparam, func, join, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from catalog_app.core.db import Base
from catalog_app.core.paging import Stretch, narrowed
from catalog_app.products.filters import NOW, ProductFilters
from catalog_app.products.models import Product
from catalog_app.products.reads.statements import Compiled, compiled
from catalog_app.products.search.conditions import (
    INDEX,
    MATCH,
    MATCHES,
    indexed_ids,
    pattern_names,
    patterns_condition,
    word_names,
    words_condition,
)
from catalog_app.products.search.ways import Way

LIMIT: Final = "limit"
AHEAD: Final = "ahead"
SAMPLED: Final = "sampled"
"""Instead of a stretch: those of some ids, in a parameter of this name as a JSON array."""
BY_WORDS: Final = ("name", "category")
"""The orders in which what is written in one script lies together."""
_PRODUCT: Final = Base.metadata.tables[Product.__tablename__]
_REMEMBERED: Final = 512
_Ids = Select[Any]


@dataclass(frozen=True)
class Shape:
    """What is alike in all pages that one statement serves. `way` is None where PostgreSQL finds its own.

    With SAMPLED as its stretch the statement looks at some products only; without any it counts. `filters` are those besides the search, `words` how many it looks for.
    """

    way: Way | None
    words: int
    filters_alike: tuple[object, ...]
    stretch_alike: tuple[object, ...] | str | None
    filters: ProductFilters = field(compare=False)
    stretch: Stretch | None = field(compare=False)
    is_postgresql: bool = False


@lru_cache(maxsize=_REMEMBERED)
def statement(shape: Shape) -> Compiled:
    """Return the statement, whose parameters are those of the filters, "now", "at0", ..., "word0", ... and "limit"."""
    way = shape.way
    made = compiled(_paged(_WRITERS[way](shape), shape), _open_names(shape), is_postgresql=shape.is_postgresql)
    if shape.is_postgresql:
        return made
    if way in (Way.STREAM, Way.COLLECT):
        # As it is written: SQLite may not turn the two round.
        return replace(made, text=made.text.replace("product_search JOIN product", "product_search CROSS JOIN product"))
    if way in (Way.WALK, Way.WALK_GATHERED) and shape.stretch is not None:
        return replace(made, text=made.text.replace("FROM product ", f"FROM product {_walked(shape.stretch)} ", 1))
    return made


@lru_cache(maxsize=_REMEMBERED)
def place_ahead(shape: Shape) -> Compiled:
    """Return the statement of the place that lies "ahead" so many steps in the order of a walk."""
    walked = cast("Stretch", shape.stretch)
    stretch = walked.with_places()
    columns = select(*(key.column for key in stretch.sorts))
    placed = narrowed(columns, stretch).limit(1).offset(bindparam(AHEAD, type_=Integer()))
    made = compiled(placed, _open_names(shape), is_postgresql=shape.is_postgresql)
    if shape.is_postgresql:
        return made
    return replace(made, text=made.text.replace("FROM product ", f"FROM product {_walked(walked)} ", 1))


def _living(shape: Shape) -> _Ids:
    conditions = [active.open_condition() for active in shape.filters.active]
    return select(Product.id).where(Product.deleted_at.is_(None), *conditions)


def _plain(shape: Shape) -> _Ids:
    return _living(shape).where(words_condition(shape.words)) if shape.words else _living(shape)


def _by_index(shape: Shape) -> _Ids:
    found = join(INDEX, _PRODUCT, INDEX.c.rowid == _PRODUCT.c.id)
    return _plain(shape).select_from(found).where(MATCHES)


def _among_gathered(shape: Shape) -> _Ids:
    return _plain(shape).where(_Apart(Product.id).in_(indexed_ids()))


def _on_postgresql(shape: Shape) -> _Ids:
    return _living(shape).where(patterns_condition(shape.words)) if shape.words else _living(shape)


_WRITERS: Final[dict[Way | None, Callable[[Shape], _Ids]]] = {
    None: _on_postgresql,
    Way.STREAM: _by_index,
    Way.COLLECT: _by_index,
    Way.WALK: _plain,
    Way.WALK_GATHERED: _among_gathered,
    Way.SIFT: _plain,
    Way.SIFT_GATHERED: _among_gathered,
}


def _paged(ids: _Ids, shape: Shape) -> _Ids:
    if shape.stretch_alike == SAMPLED:
        sampled = func.json_each(bindparam(SAMPLED, type_=Text())).table_valued("value")
        return ids.where(Product.id.in_(select(sampled.c.value)))
    if shape.stretch is None:
        return select(func.count()).select_from(ids.limit(bindparam(LIMIT, type_=BigInteger())).subquery())
    stretch = shape.stretch.with_places()
    if shape.way is Way.STREAM:
        stretch = _sorted_by(stretch, lambda _column: INDEX.c.rowid)
    elif shape.way in (Way.SIFT, Way.SIFT_GATHERED) or (shape.way is None and _goes_by_words(shape)):
        # No index of the sort order is to lead, but one of the filters or of the search.
        stretch = _sorted_by(stretch, _Apart)
    return narrowed(ids, stretch).limit(bindparam(LIMIT, type_=Integer()))


def _goes_by_words(shape: Shape) -> bool:
    """Return whether PostgreSQL would walk an order that keeps scripts together, and expect the next match nearby."""
    return bool(shape.words and shape.stretch and shape.stretch.sorts[0].name in BY_WORDS)


def may_be_tried(stretch: Stretch) -> bool:
    """Return whether the order of a stretch is that of one index, so that it can be walked step by step."""
    lead = stretch.lead or stretch.sorts[0]
    names = [key.name for key in stretch.sorts]
    return names in (["id"], [lead.name, "id"]) and len({key.descending for key in stretch.sorts}) == 1


def _sorted_by(stretch: Stretch, expression: Callable[[Any], Any]) -> Stretch:
    sorts = tuple(replace(key, column=expression(key.column)) for key in stretch.sorts)
    return replace(stretch, sorts=sorts)


def _walked(stretch: Stretch) -> str:
    """Return how SQLite is told to walk the order of a stretch."""
    lead = stretch.lead or stretch.sorts[0]
    for index in _PRODUCT.indexes:
        if [column.name for column in index.columns][:2] == [lead.name, "id"]:
            return f"INDEXED BY {index.name}"
    return "NOT INDEXED"


def _open_names(shape: Shape) -> list[str]:
    given = [name for active in shape.filters.active for name, _, _ in active.given()]
    return [
        *given,
        *_place_names(shape.stretch),
        *word_names(shape.words),
        *pattern_names(shape.words),
        *(MATCH, LIMIT, AHEAD, SAMPLED, NOW.key),
    ]


def _place_names(stretch: Stretch | None) -> list[str]:
    if stretch is None:
        return []
    named = (("at", stretch.values), ("end", stretch.end))
    return [f"{name}{number}" for name, values in named for number in range(len(values or ()))]


class _Apart(FunctionElement[Any]):
    """A column that is the same, but by which no database looks anything up."""

    name = "apart"
    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(_Apart, "sqlite")
def _apart_sqlite(element: _Apart, compiler: SQLCompiler, **options: Any) -> str:
    return "+" + compiler.process(next(iter(element.clauses)), **options)


@compiles(_Apart, "postgresql")
def _apart_postgresql(element: _Apart, compiler: SQLCompiler, **options: Any) -> str:
    inner = compiler.process(next(iter(element.clauses)), **options)
    return f"({inner} || '')" if isinstance(element.type, String) else inner
