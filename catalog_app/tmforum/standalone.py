"""Product offering prices: those that clients made to stand alone, and those of offerings, each at its own address."""

import re
from collections.abc import Mapping
from typing import Any

from catalog_app.core.errors import ConflictError, NotFoundError
from catalog_app.core.json_values import moment_text
from catalog_app.products.service import ProductCatalogService
from catalog_app.tmforum import kept
from catalog_app.tmforum.addresses import Addresses, Kind
from catalog_app.tmforum.asking import Asked
from catalog_app.tmforum.attributes import PRICE
from catalog_app.tmforum.prices import prices_of
from catalog_app.tmforum.resource import Document, Found, stretch
from catalog_app.tmforum.words import DRAFTS, word_of

_OF_PRODUCT = re.compile(r"([1-9][0-9]{0,9})-(0|[1-9][0-9]{0,2})")


class Prices:
    """The list holds the prices that stand alone; a price of an offering is listed with its offering."""

    kind: Kind = "productOfferingPrice"
    attributes = PRICE
    filters = (
        "id", "href", "name", "description", "lifecycleStatus", "version", "isBundle", "lastUpdate", "priceType",
        "percentage", "recurringChargePeriodType", "recurringChargePeriodLength",
    )  # fmt: skip

    def some(self, asked: Asked, addresses: Addresses) -> Found:
        total = kept.count(self.kind, asked, addresses)
        count = stretch(asked, total)
        rows = kept.some(self.kind, asked, addresses, offset=asked.offset, limit=count)
        return Found(total, count, (kept.document(row, addresses) for row in rows))

    def one(self, resource_id: str, addresses: Addresses, *, sees_drafts: bool) -> Document:
        if number := _OF_PRODUCT.fullmatch(resource_id):
            return _of_product(kept.row_id(number[1]), resource_id, addresses, sees_drafts=sees_drafts)
        return kept.document(kept.find(self.kind, resource_id, sees_drafts=sees_drafts), addresses)

    def create(self, body: Mapping[str, Any], addresses: Addresses, *, actor: str) -> Document:
        made = kept.create(self.kind, body, kept.anything, attributes=self.attributes, actor=actor)
        return kept.document(made, addresses)

    def change(self, resource_id: str, patch: Mapping[str, Any], addresses: Addresses, *, actor: str) -> Document:
        self._refuse_of_product(resource_id, addresses)
        changed = kept.change(self.kind, resource_id, patch, kept.anything, attributes=self.attributes, actor=actor)
        return kept.document(changed, addresses)

    def delete(self, resource_id: str, *, actor: str) -> None:
        self._refuse_of_product(resource_id, Addresses(""))
        kept.delete(self.kind, resource_id, kept.anything, actor=actor)

    def _refuse_of_product(self, resource_id: str, addresses: Addresses) -> None:
        if number := _OF_PRODUCT.fullmatch(resource_id):
            self.one(resource_id, addresses, sees_drafts=True)
            raise ConflictError(f"This is a price of the product offering {number[1]}; change it there.")


def _of_product(product_id: int | None, price_id: str, addresses: Addresses, *, sees_drafts: bool) -> Document:
    product = ProductCatalogService().get(product_id) if product_id else None
    if product is not None and (sees_drafts or product.lifecycle_status not in DRAFTS):
        updated, word = moment_text(product.updated_at), word_of(product.lifecycle_status)
        for price in prices_of({name: getattr(product, name) for name in _NEEDED}):
            if price.id == price_id:
                return price.alone(addresses, updated_at=updated, status_word=word)
    raise NotFoundError(f"There is no productOfferingPrice {price_id}.")


_NEEDED = ("id", "price", "currency", "recurring", "billing_cycle", "tax_included", "tax_rate", "prices")
