"""Questions to text columns that SQLite and PostgreSQL answer alike, letter by letter."""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Text, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType


def text_has(column: Any, text: Any) -> ColumnElement[bool]:
    """Return the condition that the text, or the text that a parameter brings, stands in the column; no letter is a pattern.

    LIKE would fold ASCII on SQLite, and take some letters for others.
    """
    return _TextHas(column, text if isinstance(text, BindParameter) else literal(text, Text()))


class _TextHas(FunctionElement[Any]):
    name = "text_has"
    # Said to be a truth value, it would be compared with 1 on SQLite.
    type = NullType()
    inherit_cache = True


def _parts(element: _TextHas, compiler: SQLCompiler, options: dict[str, Any]) -> tuple[str, str]:
    column, text = (compiler.process(clause, **options) for clause in element.clauses)
    return column, text


@compiles(_TextHas, "sqlite")
def _has_sqlite(element: _TextHas, compiler: SQLCompiler, **options: Any) -> str:
    column, text = _parts(element, compiler, options)
    return f"(instr({column}, {text}) > 0)"


@compiles(_TextHas, "postgresql")
def _has_postgresql(element: _TextHas, compiler: SQLCompiler, **options: Any) -> str:
    column, text = _parts(element, compiler, options)
    return f"(strpos({column}, {text}) > 0)"
