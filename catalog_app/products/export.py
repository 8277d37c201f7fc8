"""The whole catalogue as a stream: as lines or as a table, of one moment, in memory that does not grow with it."""

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, select

from catalog_app.products.filters import ProductFilters
from catalog_app.products.models import Product
from catalog_app.products.reads.documents import DOCUMENT, microseconds
from catalog_app.products.reads.rendering import COLUMNS, one, rendered
from catalog_app.products.schema import AMOUNTS, FIELDS, KEY_LISTS
from catalog_app.products.systems import SystemFacts
from catalog_app.products.tables.cells import joined
from catalog_app.products.tables.writing import CSV, XLSX, Format

ROWS_AT_ONCE = 200
WRITABLE: Final = ("id", "external_system", "external_product_id", *FIELDS, "version")
"""What an import takes again; the version tells it that a product was changed since."""
_LINES: Final = "application/x-ndjson"


@dataclass(frozen=True)
class Asked:
    """Which products are exported, and which of their fields: those that fit the filters, or those of `ids` that do."""

    filters: ProductFilters
    fields: tuple[str, ...]
    ids: Collection[int] | None = field(default=None)


@dataclass(frozen=True)
class Export:
    """One way to export: what its files are called and how a browser is told what they are."""

    name: str
    content_type: str
    table: Format | None = None

    @property
    def may_be_packed(self) -> bool:
        """Whether it is text, which becomes smaller on its way; a workbook is packed already."""
        return self.table is not XLSX

    def parts(
        self, engine: Engine, asked: Asked, systems: Mapping[str, SystemFacts], *, now: datetime
    ) -> Generator[bytes]:
        """Yield the file in parts. The iterator holds a connection of its own and is to be closed."""
        lines = export_lines(engine, asked.filters, asked.fields, systems, now=now, ids=asked.ids)
        if self.table is None:
            yield from lines
            return
        with closing(lines):
            yield from self.table.write(asked.fields, _rows(lines, asked.fields))


EXPORTS: Final = {
    "csv": Export("csv", CSV.content_type, CSV),
    "xlsx": Export("xlsx", XLSX.content_type, XLSX),
    "ndjson": Export("ndjson", _LINES),
}


def export_lines(
    engine: Engine,
    filters: ProductFilters,
    fields: tuple[str, ...],
    systems: Mapping[str, SystemFacts],
    *,
    now: datetime,
    ids: Collection[int] | None = None,
) -> Generator[bytes]:
    """Yield every product that fits as JSON lines, some at a time, in the order of their numbers.

    All of it is what one moment held, whatever is written meanwhile. The iterator holds a connection of its own and
    is to be closed.
    """
    marks = {key: microseconds(facts.last_complete_at) for key, facts in systems.items() if facts.last_complete_at}
    living = select(*COLUMNS).join(Product, Product.id == DOCUMENT.c.id).where(Product.deleted_at.is_(None))
    if ids is not None:
        living = living.where(DOCUMENT.c.id.in_(ids))
    query = filters.narrow(living, now).order_by(DOCUMENT.c.id)
    with closing(_of_one_moment(engine)) as connection:
        found = connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
        for rows in found.partitions():
            texts = rendered(map(tuple, rows), microseconds(now), marks)
            yield b"".join(one(text, fields) + b"\n" for text in texts)


def _rows(lines: Iterator[bytes], fields: Sequence[str]) -> Iterator[Sequence[Any]]:
    """Yield the cells of each product: amounts as numbers, what nobody said as blanks."""
    for some in lines:
        for line in some.splitlines():
            shown = orjson.loads(line)
            yield [_cell(name, shown[name]) for name in fields]


def _cell(name: str, value: Any) -> Any:
    if value is None or value in ([], {}):
        return None
    if name in AMOUNTS:
        return Decimal(value)
    return joined(value) if name in KEY_LISTS else value


def _of_one_moment(engine: Engine) -> Connection:
    """Return a connection whose rows come as they are fetched, all from one state of the database."""
    connection = engine.connect()
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True, stream_results=True)
    return connection
