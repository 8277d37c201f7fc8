"""Which living things use a product: asked here, answered by rooms above that products do not know."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from catalog_app.core.wiring import providers


@dataclass(frozen=True)
class Usage:
    """One living thing that uses a product: what it is, its name, where its page is, and what happens to it."""

    kind: str
    name: str
    url: str
    consequence: str


class UsageSource(Protocol):
    def usages_of(self, product_id: int) -> Sequence[Usage]:
        """Return what uses the product now, most important first."""
        ...


def usages_of(product_id: int) -> tuple[Usage, ...]:
    """Return everything that uses the product now, of every kind."""
    return tuple(usage for source in providers(UsageSource) for usage in source.usages_of(product_id))
