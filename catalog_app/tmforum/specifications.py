"""Product specifications: one for each type of product, and those that clients made."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.errors import ConflictError
from catalog_app.core.json_values import moment_text
from catalog_app.products.models import Product
from catalog_app.products.terms import PRODUCT_TYPES
from catalog_app.tmforum import kept
from catalog_app.tmforum.addresses import Addresses, Kind
from catalog_app.tmforum.asking import Asked, fits
from catalog_app.tmforum.attributes import SPECIFICATION
from catalog_app.tmforum.models import TmfResource
from catalog_app.tmforum.resource import Document, Found, stretch

# A type of product is part of the program; it was never changed since it was written.
_SINCE = moment_text(datetime(2026, 11, 1, tzinfo=UTC))


class Specifications:
    """The types of product are read like any specification, and changed by nobody."""

    kind: Kind = "productSpecification"
    attributes = SPECIFICATION
    filters = (
        "id", "href", "name", "description", "lifecycleStatus", "version", "isBundle", "lastUpdate", "brand",
        "productNumber",
    )  # fmt: skip

    def some(self, asked: Asked, addresses: Addresses) -> Found:
        types = [told for told in (of_type(key, addresses) for key in PRODUCT_TYPES) if fits(told, asked.filters)]
        total = len(types) + kept.count(self.kind, asked, addresses)
        count = stretch(asked, total)
        shown = types[asked.offset : asked.offset + count]
        offset, limit = max(0, asked.offset - len(types)), count - len(shown)
        rows = kept.some(self.kind, asked, addresses, offset=offset, limit=limit)
        return Found(total, count, chain(shown, (kept.document(row, addresses) for row in rows)))

    def one(self, resource_id: str, addresses: Addresses, *, sees_drafts: bool) -> Document:
        if resource_id in PRODUCT_TYPES:
            return of_type(resource_id, addresses)
        return kept.document(kept.find(self.kind, resource_id, sees_drafts=sees_drafts), addresses)

    def create(self, body: Mapping[str, Any], addresses: Addresses, *, actor: str) -> Document:
        made = kept.create(self.kind, body, kept.anything, attributes=self.attributes, actor=actor)
        return kept.document(made, addresses)

    def change(self, resource_id: str, patch: Mapping[str, Any], addresses: Addresses, *, actor: str) -> Document:
        _refuse_type(resource_id)
        changed = kept.change(self.kind, resource_id, patch, kept.anything, attributes=self.attributes, actor=actor)
        return kept.document(changed, addresses)

    def delete(self, resource_id: str, *, actor: str) -> None:
        _refuse_type(resource_id)
        kept.delete(self.kind, resource_id, _unused, actor=actor)


def of_type(product_type: str, addresses: Addresses) -> Document:
    """Return the specification that stands for a type of product."""
    return {
        "id": product_type,
        "href": addresses.of("productSpecification", product_type),
        "name": product_type.capitalize(),
        "description": f"What every product of the type {product_type} is.",
        "lifecycleStatus": "Active",
        "isBundle": product_type == "bundle",
        "lastUpdate": _SINCE,
        "@type": "ProductSpecification",
    }


def _refuse_type(resource_id: str) -> None:
    if resource_id in PRODUCT_TYPES:
        raise ConflictError(f"The specification {resource_id} stands for a type of product and stays as it is.")


def _unused(session: Session, specification: TmfResource) -> None:
    named = TmfResource.body["productSpecification"]["id"].as_string() == str(specification.id)
    user = session.scalar(
        select(Product.id)
        .join(TmfResource, TmfResource.product_id == Product.id)
        .where(named, Product.deleted_at.is_(None))
        .limit(1)
    )
    if user is not None:
        raise ConflictError(f"The specification is in use and was not deleted. Used by: product offering {user}.")
