"""What stands in the catalogue now, as a test of the sync asks for it."""

from catalog_app.core.db import db
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService


def product(external_id: str) -> Product:
    """Return Xiva's product of this id as the database has it now."""
    db.session.rollback()
    found = ProductCatalogService().by_identity("xiva", external_id)
    assert found is not None
    db.session.refresh(found)
    return found
