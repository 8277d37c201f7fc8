"""Which living things use a product: the products that name it, and what rooms above tell that products do not know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from catalog_app.core.db import db
from catalog_app.core.wiring import providers
from catalog_app.products.naming_products import naming_products


@dataclass(frozen=True)
class Usage:
    """One living thing that uses a product: what it is, its name, where its page is, and what happens to it.

    `forbids`: the product cannot be deleted as long as it does.
    """

    kind: str
    name: str
    url: str
    consequence: str
    forbids: bool = True


class UsageSource(Protocol):
    def usages_of(self, product_id: int) -> Sequence[Usage]:
        """Return what uses the product now, most important first."""
        ...


class Products:
    """The bundles that hold a product, and the products whose relations name it: told, but nothing that forbids."""

    def usages_of(self, product_id: int) -> Sequence[Usage]:
        found = naming_products(db.session(), product_id)
        return [Usage("product", one.name, one.url, one.consequence, forbids=False) for one in found]


def forbidding(product_id: int) -> tuple[Usage, ...]:
    """Return what keeps the product from being deleted. Products that name it never do, and are not asked."""
    found = (usage for source in providers(UsageSource) for usage in source.usages_of(product_id))
    return tuple(usage for usage in found if usage.forbids)


def usages_of(product_id: int) -> tuple[Usage, ...]:
    """Return everything that uses the product now, of every kind."""
    sources: tuple[UsageSource, ...] = (*providers(UsageSource), Products())
    return tuple(usage for source in sources for usage in source.usages_of(product_id))
