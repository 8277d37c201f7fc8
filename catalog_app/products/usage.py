"""Which living things use a product: the products that name it, and what rooms above tell that products do not know."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from catalog_app.core.db import db
from catalog_app.core.wiring import providers
from catalog_app.products.naming_products import naming_products


@dataclass(frozen=True)
class Usage:
    """One living thing that uses a product: what it is, its name, where its page is, and what happens to it.

    `forbids`: the product cannot be deleted as long as it does. `id` and `policy` say to programs which one it is, and
    what it does when the product is withdrawn.
    """

    kind: str
    name: str
    url: str
    consequence: str
    forbids: bool = True
    id: int | None = None
    policy: str | None = None


Usages = Mapping[int, Sequence[Usage]]
"""What uses products, by the number of the product; one that nothing uses may be left out."""


class UsageSource(Protocol):
    def usages_of_many(self, product_ids: Collection[int]) -> Usages:
        """Return what uses each of these products now, most important first. One query, however many there are."""
        ...


class Products:
    """The bundles that hold a product, and the products whose relations name it: told, but nothing that forbids."""

    def usages_of_many(self, product_ids: Collection[int]) -> Usages:
        return {product_id: self._usages_of(product_id) for product_id in product_ids}

    def _usages_of(self, product_id: int) -> Sequence[Usage]:
        found = naming_products(db.session(), product_id)
        return [Usage("product", one.name, one.url, one.consequence, forbids=False) for one in found]


def forbidding(product_id: int) -> tuple[Usage, ...]:
    """Return what keeps the product from being deleted. Products that name it never do, and are not asked."""
    return forbidding_many((product_id,)).get(product_id, ())


def forbidding_many(product_ids: Collection[int]) -> dict[int, tuple[Usage, ...]]:
    """Return the same for many products; one that nothing keeps is left out. One query for each room that is asked."""
    found = _asked(providers(UsageSource), product_ids)
    forbids = {number: tuple(usage for usage in usages if usage.forbids) for number, usages in found.items()}
    return {number: usages for number, usages in forbids.items() if usages}


def usages_of(product_id: int) -> tuple[Usage, ...]:
    """Return everything that uses the product now, of every kind."""
    return usages_of_many((product_id,)).get(product_id, ())


def usages_of_many(product_ids: Collection[int]) -> dict[int, tuple[Usage, ...]]:
    """Return the same for many products; one that nothing uses is left out.

    One query for each room that is asked, and one for each product that others may name.
    """
    return _asked((*providers(UsageSource), Products()), product_ids)


def for_programs(usage: Usage) -> dict[str, Any]:
    """Return a usage as JSON shows it."""
    return {"kind": usage.kind, "id": usage.id, "name": usage.name, "policy": usage.policy}


def _asked(sources: Sequence[UsageSource], product_ids: Collection[int]) -> dict[int, tuple[Usage, ...]]:
    if not product_ids:
        return {}
    answers = [source.usages_of_many(product_ids) for source in sources]
    found = {number: tuple(usage for told in answers for usage in told.get(number, ())) for number in product_ids}
    return {number: usages for number, usages in found.items() if usages}
