"""Many products at once: what `changes.write` does for one, for as many as there are, inside one transaction.

The rows were worked out before (bulk_rows.py); here they are only handed over, with all that is kept beside a product:
its document, its place in the search index, the counts, the version of the catalogue, its revision. A sync, its undo, a
bulk edit and an import can all go this way.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Table, select
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import insert_rows, next_ids, update_rows
from catalog_app.core.db import Base
from catalog_app.core.errors import CatalogError
from catalog_app.events.models import Revision
from catalog_app.products import changes as write_side
from catalog_app.products import hidden
from catalog_app.products.bulk_rows import CREATED, PRODUCT, SEARCH_TEXT, TOLD, Rows
from catalog_app.products.counters import counters
from catalog_app.products.counters.counted import Counted, counted
from catalog_app.products.models import Product
from catalog_app.products.reads import catalogue_version, documents
from catalog_app.products.search import search_index

REVISION: Table = Base.metadata.tables[Revision.__tablename__]


class ProductsMovedError(CatalogError):
    """A product is not as it was when its rows were prepared, or somebody else has made it meanwhile."""


def hide_rows(connection: Connection, rows: Rows) -> range | None:
    """Write the new products among the rows hidden, and take them out of these; return their ids.

    The rest of the rows is then written with these ids as `shown`. Where one of the identities is there already, None
    is returned and nothing is hidden; the transaction is then to be rolled back. For SQLite, where a writer keeps all
    others waiting.
    """
    numbers = next_ids(connection, PRODUCT, len(rows.created))
    # SQLite numbers without gaps.
    ids = range(numbers[0], numbers[-1] + 1)
    try:
        hidden.hide(connection, CREATED, [[number, *row] for number, row in zip(ids, rows.created, strict=True)])
    except connection.dialect.loaded_dbapi.IntegrityError:
        return None
    search_index.keep(connection, added=_texts(ids, rows))
    rows.created = []
    return ids


@contextmanager
def row_writer(session: Session) -> Iterator["RowWriter"]:
    """Give what writes prepared rows inside the caller's transaction; counts are written at the end of the block."""
    writer = RowWriter(session)
    yield writer
    writer.finish()


class RowWriter:
    """Writes prepared rows and what is kept beside them.

    On PostgreSQL the products to change must be held already, or two writers could wait for each other in a circle.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection()
        self._counted: Counter[Counted] = Counter()
        self._wrote = False

    def write(self, rows: Rows, *, shown: range | None = None) -> Sequence[int]:
        """Write the rows, and return the ids of the new products; with `shown`, these were hidden before.

        Raises ProductsMovedError where the rows no longer fit; the transaction is then to be rolled back.
        """
        connection = self._connection
        _update(connection, rows)
        ids = _create(connection, rows) if shown is None else _show(connection, shown)
        numbered = ([number, *told] for number, told in zip(ids, rows.created_told, strict=True))
        told = [[write_side.SUBJECT, *entry] for entry in (*numbered, *rows.updated_told)]
        insert_rows(connection, REVISION, TOLD, told)
        self._keep_beside(rows, ids, is_searched=shown is not None)
        self._wrote = self._wrote or bool(told or rows.renewed)
        return ids

    def finish(self) -> None:
        """Write what is written once in a transaction."""
        counters.move(self._connection, self._counted)
        if self._wrote:
            catalogue_version.bump(self._connection)

    def _keep_beside(self, rows: Rows, ids: Sequence[int], *, is_searched: bool) -> None:
        connection = self._connection
        new = [[number, *document] for number, document in zip(ids, rows.created_documents, strict=True)]
        documents.add(connection, new)
        documents.keep(connection, rows.documents)
        documents.renew(connection, rows.renewed)
        documents.drop(connection, [number for number, _ in rows.gone])
        added = [] if is_searched else _texts(ids, rows)
        search_index.keep(connection, added=added, changed=rows.texts, removed=rows.gone)
        for kind, n in rows.counted:
            self._counted[kind] += n
        if rows.back:
            self._bring_back(rows.back)

    def _bring_back(self, ids: Sequence[int]) -> None:
        """Keep again what is kept beside products that were deleted."""
        wanted = select(Product).where(Product.id.in_(ids)).order_by(Product.id)
        found = self._session.scalars(wanted.execution_options(populate_existing=True)).all()
        documents.keep(self._connection, [documents.row_of(product) for product in found])
        search_index.keep(self._connection, added=[(product.id, product.search_text) for product in found])
        self._counted.update(counted(product) for product in found)


def _texts(ids: Sequence[int], rows: Rows) -> list[tuple[int, str]]:
    return [(number, str(row[SEARCH_TEXT])) for number, row in zip(ids, rows.created, strict=True)]


def _create(connection: Connection, rows: Rows) -> Sequence[int]:
    ids = next_ids(connection, PRODUCT, len(rows.created))
    created = [[number, *row] for number, row in zip(ids, rows.created, strict=True)]
    try:
        insert_rows(connection, PRODUCT, CREATED, created)
    except connection.dialect.loaded_dbapi.IntegrityError as error:
        raise ProductsMovedError("A product that was to be created was created by somebody else.") from error
    return ids


def _show(connection: Connection, ids: range) -> Sequence[int]:
    if not hidden.show(connection, ids):
        raise ProductsMovedError("A product that was to be created was created by somebody else.")
    return ids


def _update(connection: Connection, rows: Rows) -> None:
    for names, changed in rows.updated.items():
        if update_rows(connection, PRODUCT, names.split(","), changed, versioned=True) != len(changed):
            raise ProductsMovedError("A product was changed by somebody else.")
    for names, noted in rows.noted.items():
        update_rows(connection, PRODUCT, names.split(","), noted, versioned=False)
