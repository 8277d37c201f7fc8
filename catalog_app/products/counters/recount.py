"""Counting from scratch: to fill the counters, and to see whether they are right."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, select

from catalog_app.core.bulk_sql import driver_rows
from catalog_app.core.db import Base
from catalog_app.products.counters import counters
from catalog_app.products.counters.counted import COUNTED, DIMENSIONS, Counted, counted, edges, kinds, tallies
from catalog_app.products.models import Product

_BATCH = 10_000
_PRODUCT = Base.metadata.tables[Product.__tablename__]
_KEYS = {
    "product_count": (*DIMENSIONS, "is_open"),
    "product_tally": ("dimension", "word"),
    "product_edge": ("level", "at"),
}
_COUNTED = select(*(_PRODUCT.c[name] for name in COUNTED)).where(_PRODUCT.c.deleted_at.is_(None))


def fill(connection: Connection) -> None:
    """Make the counters anew from the products that there are, inside the caller's transaction."""
    for table in _KEYS:
        connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608  # our own names
    counters.move(connection, recounted(connection))


def recounted(connection: Connection) -> Counter[Counted]:
    """Return what all products come to, counted one by one."""
    found: Counter[Counted] = Counter()
    result = connection.execute(_COUNTED, execution_options={"yield_per": _BATCH})
    for rows in result.partitions():
        found.update(map(counted, rows))
    return found


def faults(connection: Connection) -> Iterator[str]:
    """Yield a sentence for each counter that does not say what the products say; nothing where all are right."""
    products = recounted(connection)
    expected: dict[str, Counter[tuple[object, ...]]] = {
        "product_count": Counter({(*key[:4], bool(key[4])): n for key, n in kinds(products).items()}),
        "product_tally": Counter(dict(tallies(kinds(products)).items())),
        "product_edge": Counter(dict(edges(products).items())),
    }
    for table, truth in expected.items():
        kept = _kept(connection, table)
        for key in sorted(truth.keys() | kept.keys(), key=str):
            if truth[key] != kept[key]:
                yield f"{table} says {kept[key]} of {key}, but there are {truth[key]}."


def _kept(connection: Connection, table: str) -> Counter[tuple[object, ...]]:
    kept: Counter[tuple[object, ...]] = Counter()
    is_kinds = table == "product_count"
    names = ", ".join(_KEYS[table])
    for *key, n in driver_rows(connection, f"SELECT {names}, n FROM {table}", ()):  # noqa: S608  # our own names
        kept[(*key[:4], bool(key[4])) if is_kinds else tuple(key)] += n
    return kept
