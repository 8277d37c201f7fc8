"""The whole catalogue as a stream of lines, of one moment, in memory that does not grow with it."""

from collections.abc import Generator, Mapping
from contextlib import closing
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from catalog_app.products.filters import ProductFilters
from catalog_app.products.models import Product
from catalog_app.products.reads.documents import DOCUMENT, microseconds
from catalog_app.products.reads.rendering import COLUMNS, one, rendered
from catalog_app.products.systems import SystemFacts

ROWS_AT_ONCE = 200


def export_lines(
    engine: Engine,
    filters: ProductFilters,
    fields: tuple[str, ...],
    systems: Mapping[str, SystemFacts],
    *,
    now: datetime,
) -> Generator[bytes]:
    """Yield every product that fits as JSON lines, some at a time, in the order of their numbers.

    All of it is what one moment held, whatever is written meanwhile. The iterator holds a connection of its own and
    is to be closed.
    """
    marks = {key: microseconds(facts.last_complete_at) for key, facts in systems.items() if facts.last_complete_at}
    living = select(*COLUMNS).join(Product, Product.id == DOCUMENT.c.id).where(Product.deleted_at.is_(None))
    query = filters.narrow(living, now).order_by(DOCUMENT.c.id)
    with closing(_of_one_moment(engine)) as connection:
        found = connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
        for rows in found.partitions():
            texts = rendered(map(tuple, rows), microseconds(now), marks)
            yield b"".join(one(text, fields) + b"\n" for text in texts)


def _of_one_moment(engine: Engine) -> Connection:
    """Return a connection whose rows come as they are fetched, all from one state of the database."""
    connection = engine.connect()
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True, stream_results=True)
    return connection
