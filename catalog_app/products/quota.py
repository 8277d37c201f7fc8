"""What is left of a product's quota: taken with each promise, given back when one is taken back.

It is no edit: there is no new version and no revision. What is kept beside the product (its document, the counts, the
version of the catalogue) moves in the same transaction.
"""

from collections import Counter
from collections.abc import Collection
from types import SimpleNamespace
from typing import Any, Final

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import is_postgresql
from catalog_app.core.db import Base
from catalog_app.products.counters import counters
from catalog_app.products.counters.counted import COUNTED, counted
from catalog_app.products.models import Product
from catalog_app.products.reads import catalogue_version
from catalog_app.products.reads.documents import DOCUMENT

_PRODUCT: Final[Table] = Base.metadata.tables[Product.__tablename__]
_COLUMNS: Final = _PRODUCT.c
_STANDING: Final = (_COLUMNS.deleted_at, _COLUMNS.quota_total, *(_COLUMNS[name] for name in COUNTED))


def take(session: Session, product_id: int, count: int) -> int:
    """Take so many from what is left of a product's quota and return how many there were to take.

    All of them where the product has no quota. The product is held until the transaction ends, so that nobody is
    promised what somebody else was.
    """
    if count <= 0:
        return 0
    row = _held(session, product_id)
    if row is None or row.quota_left is None:
        return 0 if row is None else count
    taken: int = min(count, row.quota_left)
    if taken:
        _set(session, product_id, row, row.quota_left - taken)
    return taken


def hold(session: Session, product_ids: Collection[int]) -> None:
    """Hold products until the transaction ends, for whoever takes from several: in the order in which everybody does."""
    held = select(_COLUMNS.id).where(_COLUMNS.id.in_(product_ids)).order_by(_COLUMNS.id).with_for_update()
    if is_postgresql(session.connection()):
        session.execute(held).all()


def give_back(session: Session, product_id: int, count: int) -> None:
    """Give back what was taken and not used after all; never more than the quota holds, nothing where there is none."""
    row = _held(session, product_id) if count > 0 else None
    if row is None or row.quota_left is None:
        return
    left = row.quota_left + count
    _set(session, product_id, row, left if row.quota_total is None else min(left, row.quota_total))


def _held(session: Session, product_id: int) -> Any | None:
    query = select(*_STANDING).where(_COLUMNS.id == product_id).with_for_update(of=_PRODUCT)
    found = session.execute(query).mappings().one_or_none()
    return None if found is None else SimpleNamespace(**found)


def _set(session: Session, product_id: int, before: Any, left: int) -> None:
    """Write what is left. The condition is what holds where a database does not hold rows."""
    connection = session.connection()
    standing = (_COLUMNS.id == product_id) & (_COLUMNS.quota_left == before.quota_left)
    connection.execute(update(_PRODUCT).where(standing).values(quota_left=left))
    if before.deleted_at is not None:
        return
    connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == product_id).values(quota_left=left))
    if bool(left) != bool(before.quota_left):
        after = SimpleNamespace(**{**vars(before), "quota_left": left})
        # A product that is not on sale is counted alike before and after: then nothing moves.
        moved = Counter([counted(after)])
        moved.subtract([counted(before)])
        counters.move(connection, moved)
    catalogue_version.bump(connection)
