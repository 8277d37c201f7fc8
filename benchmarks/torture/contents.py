"""What stands in a database, row by row, and in how many rows two of them differ."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from hashlib import blake2b

from sqlalchemy import Engine, inspect

Columns = Mapping[str, Collection[str]]
Rows = Mapping[str, Counter[str]]
"""For each table how often which row stands there, each as a digest."""

_NOT_OURS = ("alembic_version", "product_search")
_AT_ONCE = 2_000


def columns_of(engine: Engine) -> Columns:
    """Return the columns of every table; the search index is worked out from the products, in words of its own."""
    found = inspect(engine)
    names = [name for name in found.get_table_names() if not name.startswith(_NOT_OURS)]
    return {name: [column["name"] for column in found.get_columns(name)] for name in names}


def rows_of(engine: Engine, columns: Columns) -> Rows:
    """Return what stands in these columns."""
    return {table: Counter(_digests(engine, table, names)) for table, names in sorted(columns.items())}


def _digests(engine: Engine, table: str, columns: Collection[str]) -> Iterator[str]:
    """Yield a digest of each row; PostgreSQL works it out itself, which saves it from unpacking its documents."""
    is_postgresql = engine.dialect.name == "postgresql"
    what = f"md5(ROW({_quoted(columns)})::text)" if is_postgresql else _quoted(columns)
    with engine.connect().execution_options(stream_results=True, yield_per=_AT_ONCE) as connection:
        for row in connection.exec_driver_sql(f"SELECT {what} FROM {_quoted([table])}"):  # noqa: S608  # our own names
            text = repr(tuple(row)).encode(errors="surrogatepass")
            yield row[0] if is_postgresql else blake2b(text, digest_size=16).hexdigest()


def differing(before: Rows, after: Rows) -> Mapping[str, int]:
    """Return for each table that differs in how many rows it does."""
    found = {
        table: max((before[table] - after[table]).total(), (after[table] - before[table]).total()) for table in before
    }
    return {table: count for table, count in found.items() if count}


def common(one: Columns, other: Columns) -> Columns:
    """Return the columns that are in both, in the order of the first."""
    return {table: [name for name in one[table] if name in other[table]] for table in one if table in other}


def _quoted(names: Collection[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
