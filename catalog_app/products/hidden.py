"""New products that are written before their moment: they stand in the table, and nobody sees them until they are shown.

Writing a new product takes many times as long as showing one that is there, and on SQLite whoever writes keeps
everybody else waiting. So a writer of many hides them a slice at a time and shows them all in one transaction. A
hidden product looks like one that was deleted long ago, which every reader leaves out: it has `deleted_at`, and
version 0, which nothing else ever has. Nothing tells of it: no revision, no count. If its identity is wanted
meanwhile, whoever wants it takes the row over, and showing it fails.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, Table, bindparam, text
from sqlalchemy.orm import object_session

from catalog_app.core.bulk_sql import Stored, encoders, insert_rows
from catalog_app.core.db import Base
from catalog_app.products.models import Product
from catalog_app.products.search import search_index

HIDDEN: Final = 0
SINCE: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When hidden products count as deleted: too long ago for anybody to take it back."""
_PRODUCT: Final[Table] = Base.metadata.tables[Product.__tablename__]


def hide(connection: Connection, columns: Sequence[str], rows: Sequence[Sequence[Stored]]) -> None:
    """Write new products hidden; `columns` end with the version. Raises the driver's IntegrityError."""
    since = encoders(_PRODUCT, connection.dialect)["deleted_at"]
    at = (since or str)(SINCE)
    insert_rows(connection, _PRODUCT, [*columns, "deleted_at"], [[*row[:-1], HIDDEN, at] for row in rows])


def show(connection: Connection, ids: range) -> bool:
    """Show hidden products; return whether all of them were still there."""
    shown = connection.execute(_SHOW, {"first": ids.start, "end": ids.stop})
    return shown.rowcount == len(ids)


def left_over(connection: Connection, system: str, *, limit: int) -> Sequence[int]:
    """Return hidden products of a system; none where the last writer of many came to its end."""
    return connection.execute(_LEFT_OVER, {"system": system, "limit": limit}).scalars().all()


def take_over(product: Product) -> None:
    """Leave a hidden product to whoever wants its identity now, as a row that nobody has filled yet."""
    session = object_session(product)
    if session is not None:
        search_index.keep(session.connection(), removed=[(product.id, product.search_text)])
    product.deleted_at = None


def discard(connection: Connection, ids: Sequence[int]) -> None:
    """Remove hidden products, and whatever is kept beside them."""
    texts = connection.execute(_TEXTS, {"ids": list(ids)}).all()
    search_index.keep(connection, removed=[(number, text) for number, text in texts])
    connection.execute(_DISCARD, {"ids": list(ids)})


# The version is written out: the index of hidden products serves no statement that keeps it open.
_SHOW: Final = text(
    "UPDATE product SET version = 1, deleted_at = NULL WHERE id >= :first AND id < :end AND version = 0"
)
_LEFT_OVER: Final = text("SELECT id FROM product WHERE external_system = :system AND version = 0 LIMIT :limit")
_TEXTS: Final = text("SELECT id, search_text FROM product WHERE id IN :ids AND version = 0").bindparams(
    bindparam("ids", expanding=True)
)
_DISCARD: Final = text("DELETE FROM product WHERE id IN :ids AND version = 0").bindparams(
    bindparam("ids", expanding=True)
)
