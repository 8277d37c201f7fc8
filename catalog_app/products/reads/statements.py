"""Statements that SQLAlchemy writes once and the driver runs many times, with other values each time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql import Select
from sqlalchemy.sql.expression import CompoundSelect

from catalog_app.core.reader import Reader, Rows

_POSTGRESQL = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped
_SQLITE = SQLiteDialect_pysqlite(paramstyle="qmark")

Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Compiled:
    """The text of a statement, and for each of its places the value that stands there or the name of one to be given."""

    text: str
    places: tuple[tuple[str | None, Any], ...]

    def rows(self, reader: Reader, given: Mapping[str, Any]) -> Rows:
        """Return all rows; `given` holds a value, in the driver's words, for each name that the statement leaves open."""
        return reader.rows(self.text, [value if name is None else given[name] for name, value in self.places])


def dialect_of(*, is_postgresql: bool) -> Dialect:
    """Return the dialect in which statements are written for the driver."""
    return _POSTGRESQL if is_postgresql else _SQLITE


def compiled(statement: Statement, open_names: Sequence[str], *, is_postgresql: bool) -> Compiled:
    """Return a statement for the driver; `open_names` are its bindparams whose values are given with each run."""
    made = statement.compile(
        dialect=dialect_of(is_postgresql=is_postgresql), compile_kwargs={"render_postcompile": True}
    )
    processors = made._bind_processors  # noqa: SLF001  # what SQLAlchemy itself applies; it has no other way to ask
    places: list[tuple[str | None, Any]] = []
    for name in made.positiontup or ():
        if name in open_names:
            places.append((name, None))
        else:
            process = processors.get(name)
            value = made.params[name]
            places.append((None, process(value) if callable(process) else value))
    return Compiled(made.string, tuple(places))
