"""Products as answers show them: whole, or only the fields that were asked for."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from catalog_app.products.document import document
from catalog_app.products.models import Product
from catalog_app.products.systems import systems


def documents(products: Iterable[Product], fields: Iterable[str], *, now: datetime) -> list[dict[str, Any]]:
    """Return each product with these fields only, in the order in which they were asked for."""
    facts = systems()
    whole = (document(product, now=now, system=facts.get(product.external_system)) for product in products)
    return [{field: shown[field] for field in fields} for shown in whole]
