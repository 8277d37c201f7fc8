"""Search in a statement: the conditions that ask the index, and what they are given."""

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Text,
    bindparam,
    column,
    literal,
    literal_column,
    or_,
    select,
    table,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from catalog_app.core.text_sql import text_has
from catalog_app.products.models import Product
from catalog_app.products.search.grams import every_gram, grams

MATCH = "match"
"""The parameter that takes the question of SQLite's index."""

WORD = "word"
"""What the parameters of words begin with."""

INDEX = table("product_search", column("rowid"), column("id"), column("text", Text()))
MATCHES: ColumnElement[bool] = literal_column("product_search.product_search").op("MATCH", is_comparison=True)(
    bindparam(MATCH, type_=Text())
)
"""The condition of SQLite's index; what it finds is to be verified, for it knows grams, not where they stand."""


def searched(word: str) -> ColumnElement[bool]:
    """Return the condition that the folded word stands in a product's search text, by the index where that helps.

    It is right on both databases, in any statement on products that leaves out deleted ones. Which way is fastest for
    a page of a list is for the planner to say (planner.py).
    """
    found = grams(word)
    if not found:
        return _Short(Product.id, Product.search_text, literal(word, Text()), literal(pattern(word), Text()))
    question = every_gram(found)
    return _Indexed(
        Product.id,
        Product.search_text,
        literal(word, Text()),
        literal(pattern(word), Text()),
        literal(question, Text()),
    )


def words_condition(count: int) -> ColumnElement[bool]:
    """Return the condition that one of the words, as parameters, stands in the search text itself."""
    return or_(*(text_has(Product.search_text, bindparam(name, type_=Text())) for name in word_names(count)))


def patterns_condition(count: int) -> ColumnElement[bool]:
    """Return the condition that PostgreSQL's index finds one of the patterns, as parameters."""
    patterns: list[BindParameter[str]] = [bindparam(name, type_=Text()) for name in pattern_names(count)]
    # Escaped by what LIKE takes for its escape anyway.
    found = select(INDEX.c.id).where(or_(*(INDEX.c.text.like(place) for place in patterns)))
    return Product.id.in_(found)


def indexed_ids() -> Select[int]:
    """Return the select of the ids that SQLite's index finds."""
    return select(INDEX.c.rowid).where(MATCHES)


def word_names(count: int) -> list[str]:
    return [f"{WORD}{number}" for number in range(count)]


def pattern_names(count: int) -> list[str]:
    return [f"pattern{number}" for number in range(count)]


def pattern(word: str) -> str:
    """Return the pattern of LIKE for text that holds the word, in which every letter stands for itself."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


class _Short(FunctionElement[Any]):
    # A condition that is said to be a truth value is compared with 1 on SQLite, where no index could help any more.
    type = NullType()
    name = "searched_short"
    inherit_cache = True


class _Indexed(FunctionElement[Any]):
    type = NullType()
    name = "searched_indexed"
    inherit_cache = True


@compiles(_Short, "sqlite")
def _short_sqlite(element: _Short, compiler: SQLCompiler, **options: Any) -> str:
    _, text, word, _ = element.clauses
    return f"(instr({compiler.process(text, **options)}, {compiler.process(word, **options)}) > 0)"


@compiles(_Indexed, "sqlite")
def _indexed_sqlite(element: _Indexed, compiler: SQLCompiler, **options: Any) -> str:
    number, text, word, _, question = element.clauses
    # In the order of the text, for the values may go by their places.
    found = compiler.process(number, **options)
    asked = compiler.process(question, **options)
    stands = f"instr({compiler.process(text, **options)}, {compiler.process(word, **options)}) > 0"
    ids = f"SELECT rowid FROM product_search WHERE product_search MATCH {asked}"  # noqa: S608  # names of parameters
    return f"({found} IN ({ids}) AND {stands})"


@compiles(_Short, "postgresql")
@compiles(_Indexed, "postgresql")
def _postgresql(element: _Short | _Indexed, compiler: SQLCompiler, **options: Any) -> str:
    number, _, _, like, *_ = element.clauses
    found, asked = compiler.process(number, **options), compiler.process(like, **options)
    return f"({found} IN (SELECT id FROM product_search WHERE text LIKE {asked}))"  # noqa: S608  # names of parameters
