"""What an edit must know of products, read as rows: many at once, and without keeping any of them."""

from collections.abc import Collection, Iterable
from typing import Any, Final

from sqlalchemy import Row, select, tuple_
from sqlalchemy.orm import Session

from catalog_app.products.models import Product
from catalog_app.products.schema import FIELDS

Standing = Row[Any]
"""A product as it stands: all of its fields, and what is kept of its standing."""

Key = tuple[str, str]

_COLUMNS: Final = (
    *(getattr(Product, name) for name in FIELDS),
    Product.id, Product.version, Product.external_system, Product.external_product_id, Product.quota_left,
    Product.missing_since, Product.deleted_at, Product.field_locks, Product.sync_state, Product.source_values,
)  # fmt: skip


def by_id(session: Session, ids: Iterable[int]) -> dict[int, Standing]:
    """Return these products, deleted ones too. One query, none where no product is named."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    query = select(*_COLUMNS).where(Product.id.in_(wanted))
    return {row.id: row for row in session.connection().execute(query)}


def by_key(session: Session, keys: Collection[Key]) -> dict[Key, Standing]:
    """Return the products of these identities, deleted ones too. One query, none where no product is named."""
    if not keys:
        return {}
    key = tuple_(Product.external_system, Product.external_product_id)
    found = session.connection().execute(select(*_COLUMNS).where(key.in_(sorted(keys))))
    return {(row.external_system, row.external_product_id): row for row in found}
