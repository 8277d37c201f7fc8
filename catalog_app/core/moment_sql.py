"""Questions to moments that SQLite and PostgreSQL answer alike."""

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType

from catalog_app.core.columns import UtcDateTime


def days_before(now: datetime | BindParameter[datetime], days: int | BindParameter[int]) -> ColumnElement[Any]:
    """Return the moment so many days before `now`, to be compared with a column of moments."""
    moment = now if isinstance(now, BindParameter) else literal(now, UtcDateTime())
    number = days if isinstance(days, BindParameter) else literal(days, Integer())
    return _DaysBefore(moment, number)


class _DaysBefore(FunctionElement[Any]):
    # Neither side of a comparison is to be turned into anything: both are written as the database keeps moments.
    type = NullType()
    name = "days_before"
    inherit_cache = True


@compiles(_DaysBefore, "sqlite")
def _days_before_sqlite(element: _DaysBefore, compiler: SQLCompiler, **options: Any) -> str:
    moment, days = [compiler.process(clause, **options) for clause in element.clauses]
    return f"strftime('%Y-%m-%d %H:%M:%f', {moment}, '-' || {days} || ' days')"


@compiles(_DaysBefore, "postgresql")
def _days_before_postgresql(element: _DaysBefore, compiler: SQLCompiler, **options: Any) -> str:
    moment, days = [compiler.process(clause, **options) for clause in element.clauses]
    return f"({moment} - make_interval(days => {days}))"
