"""Which products a customer is recommended. The ordering is the one thing here that recommendations will replace."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from catalog_app.core.clock import utcnow
from catalog_app.core.read_connections import read_connections
from catalog_app.core.reader import Reader
from catalog_app.core.wiring import settings
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.filters import ProductFilters
from catalog_app.products.reads.offer_rows import Question
from catalog_app.products.reads.offers import offer_page


@dataclass(frozen=True)
class Recommended:
    """A product to offer; the first in order is the best."""

    product_id: int
    name: str


def recommended(customer: CustomerFeatures, *, channel: str | None, offset: int, limit: int) -> Sequence[Recommended]:
    """Return a stretch of what this customer may be offered for certain, best first.

    Until models decide, the best is what is worth most. A verdict of unknown is not enough: nobody is recommended
    what may then be refused. Reads no further than the stretch, whatever the size of the catalogue.
    """
    if not limit:
        return []
    question = Question(
        customer, channel, strict=True, filters=ProductFilters(), base_currency=settings().base_currency
    )

    def best(reader: Reader) -> Sequence[str]:
        with reader.snapshot():
            # When a source was last read stands in no recommendation, so no marks of sources are needed.
            return offer_page(reader, question, utcnow(), {}, limit=offset + limit, cursor=None, count=False).texts

    shown = map(orjson.loads, read_connections().read(best)[offset:])
    return [Recommended(product["id"], product["name"]) for product in shown]
