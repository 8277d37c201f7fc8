"""The names of products that models and decisions know by number."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.products.models import Product


def names_of(session: Session, product_ids: Collection[int]) -> dict[int, str]:
    """Return the names of these products, deleted ones too. One query, none for none."""
    if not product_ids:
        return {}
    wanted = select(Product.id, Product.name).where(Product.id.in_(set(product_ids)))
    return {row.id: row.name for row in session.execute(wanted)}
