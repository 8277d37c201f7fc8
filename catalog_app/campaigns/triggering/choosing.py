"""Which of several products is offered first, where a campaign leaves the choice: the next best offer's priorities."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from catalog_app.core.db import WRITING
from catalog_app.core.read_connections import read_connections
from catalog_app.products.models import Product
from catalog_app.products.offers import worth
from catalog_app.recommendations.errors import NotReadError

if TYPE_CHECKING:
    from catalog_app.recommendations.scoring.ordering import Ordering


def by_value(products: Iterable[Product], base_currency: str) -> list[Product]:
    """Return the products in the order in which available/ lists them: by worth, then by number."""
    return sorted(products, key=lambda product: _rank(product, worth(product, base_currency)))


def ordering_of(
    session: Session, products: Sequence[Product], base_currency: str, *, insists: bool
) -> "Ordering | None":
    """Return what orders these products for each customer; None where there is nothing to choose.

    Inside a transaction that writes no model can be read. Where this process has not read the one in use before, None
    is returned, and the most valuable comes first; NotReadError is raised for who `insists`: then `read_model` is to be
    called outside of it, and the transaction begun anew.
    """
    if len(products) <= 1:
        return None
    from catalog_app.recommendations.scoring.ordering import Ordering, models  # noqa: PLC0415  # numpy, for those who ask

    may_read = not session.info.get(WRITING)
    try:
        standing, model = read_connections().read(lambda reader: models().at(reader, may_read=may_read))
    except NotReadError:
        if insists:
            raise
        return None
    return Ordering(products, standing, model, base_currency)


def read_model() -> None:
    """Read the model in use, so that a transaction that writes finds it."""
    from catalog_app.recommendations.scoring.ordering import models  # noqa: PLC0415  # numpy, for those who ask

    read_connections().read(lambda reader: models().at(reader, may_read=True))


def _rank(product: Product, value: Decimal | None) -> tuple[bool, Decimal, int]:
    return value is None, -(value or Decimal(0)), product.id
