"""Keeps the read side in step with what the ORM writes: no service does it by hand, so none can forget it.

Whatever a session flushes of a product reaches its document, the search index and the counts in the same transaction.
Who writes many products past the ORM calls the same functions with rows (products/bulk.py).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, event, inspect, select
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from catalog_app.core.db import Base
from catalog_app.products.counters import counters
from catalog_app.products.counters.counted import COUNTED, Counted, counted
from catalog_app.products.models import Product
from catalog_app.products.reads import catalogue_version, documents
from catalog_app.products.search import search_index

_BEFORE = "products_before"
_MOVED = "catalogue_version_moved"
_STOOD = select(*(getattr(Product, name) for name in ("id", "deleted_at", "search_text", *COUNTED)))
_watched: dict[type[Base], str] = {}

_Stood = Mapping[int, Row[*tuple[Any, ...]]]


def moves_with(model: type[Base], attribute: str) -> None:
    """Let the catalogue's version move whenever this attribute does: answers show it, though it is not a product's."""
    _watched[model] = attribute


@event.listens_for(Session, "before_flush")
def _look(session: Session, _flushing: UOWTransaction, _instances: object) -> None:
    """Remember how the living products that are about to be written stand in the database."""
    standing = [product.id for product in _written(session) if product not in session.new]
    if standing:
        rows = session.connection().execute(_STOOD.where(Product.id.in_(standing), Product.deleted_at.is_(None)))
        session.info[_BEFORE] = {row.id: row for row in rows}


@event.listens_for(Session, "after_flush")
def _keep(session: Session, _flushed: UOWTransaction) -> None:
    before: _Stood = session.info.pop(_BEFORE, {})
    written = sorted(_written(session), key=lambda product: product.id)
    if not written and not _moves_the_version(session):
        return
    living = [product for product in written if product.deleted_at is None and product not in session.deleted]
    _keep_all(session, before, living)
    if not session.info.get(_MOVED):
        session.info[_MOVED] = True
        catalogue_version.bump(session.connection())


def _keep_all(session: Session, before: _Stood, living: Sequence[Product]) -> None:
    connection = session.connection()
    alive = {product.id for product in living}
    gone = [number for number in before if number not in alive]
    documents.keep(connection, [documents.row_of(product) for product in living])
    documents.drop(connection, gone)
    search_index.keep(
        connection,
        added=[(product.id, product.search_text) for product in living if product.id not in before],
        changed=[
            (product.id, before[product.id].search_text, product.search_text)
            for product in living
            if product.id in before
        ],
        removed=[(number, before[number].search_text) for number in gone],
    )
    moved: Counter[Counted] = Counter(counted(product) for product in living)
    moved.subtract(counted(row) for row in before.values())
    counters.move(connection, moved)


def _written(session: Session) -> Iterator[Product]:
    for found in (*session.new, *session.deleted, *(dirty for dirty in session.dirty if session.is_modified(dirty))):
        if isinstance(found, Product):
            yield found


def _moves_the_version(session: Session) -> bool:
    return any(
        type(found) in _watched and inspect(found).attrs[_watched[type(found)]].history.has_changes()
        for found in (*session.new, *session.dirty)
    )


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    # Once a transaction is enough; the next one moves the version anew.
    if transaction.parent is None:
        session.info.pop(_MOVED, None)
