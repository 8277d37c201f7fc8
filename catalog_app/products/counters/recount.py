"""Counting from scratch: to fill the counters, and to see whether they are right."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, select

from catalog_app.core.bulk_sql import driver_rows
from catalog_app.core.db import Base
from catalog_app.products.counters import counters
from catalog_app.products.counters.counted import COUNTED, Counted, counted, edges, kinds
from catalog_app.products.models import Product

_BATCH = 10_000
_PRODUCT = Base.metadata.tables[Product.__tablename__]
_COUNTED = select(*(_PRODUCT.c[name] for name in COUNTED)).where(_PRODUCT.c.deleted_at.is_(None))


def fill(connection: Connection) -> None:
    """Make the counters anew from the products that there are, inside the caller's transaction."""
    connection.exec_driver_sql("DELETE FROM product_count")
    connection.exec_driver_sql("DELETE FROM product_edge")
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
    names = "product_type, lifecycle_status, external_system, sync_state, is_open" if is_kinds else "level, at"
    for *key, n in driver_rows(connection, f"SELECT {names}, n FROM {table}", ()):  # noqa: S608  # our own names
        kept[(*key[:4], bool(key[4])) if is_kinds else tuple(key)] += n
    return kept
