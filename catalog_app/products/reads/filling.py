"""Documents for products that were there before their documents: after an upgrade, and after a load past every door."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session, load_only

from catalog_app.products.models import Product
from catalog_app.products.reads import catalogue_version, documents

_BATCH = 1000


def fill(connection: Connection) -> None:
    """Make every document anew from the products that there are, inside the caller's transaction."""
    connection.execute(delete(documents.DOCUMENT))
    # Only what a document shows is read, so that a migration can do so whatever columns come after it.
    shown = load_only(*(getattr(Product, field) for field in documents.IN_DOCUMENT))
    living = select(Product).where(Product.deleted_at.is_(None)).options(shown).order_by(Product.id)
    with Session(connection) as session:
        for products in session.scalars(living.execution_options(yield_per=_BATCH)).partitions():
            documents.add(connection, [documents.row_of(product) for product in products])
    catalogue_version.bump(connection)
