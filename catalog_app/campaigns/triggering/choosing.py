"""Which of several products is offered first, where a campaign leaves the choice: the most valuable."""

from collections.abc import Iterable
from decimal import Decimal

from catalog_app.products.models import Product
from catalog_app.products.offers import worth


def by_value(products: Iterable[Product], base_currency: str) -> list[Product]:
    """Return the products in the order in which available/ lists them: by worth, then by number."""
    return sorted(products, key=lambda product: _rank(product, worth(product, base_currency)))


def _rank(product: Product, value: Decimal | None) -> tuple[bool, Decimal, int]:
    return value is None, -(value or Decimal(0)), product.id
