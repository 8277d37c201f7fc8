"""What a product points at, told beside it: every price as one list, and the products that it is related to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from catalog_app.core.json_values import as_json
from catalog_app.products.eligibility import available_now
from catalog_app.products.models import Product
from catalog_app.products.owned import ProductKey

PRICES, RELATIONS = "prices", "relations"
EXPANSIONS = (PRICES, RELATIONS)


def expanded(session: Session, product: Product, wanted: Collection[str], *, now: datetime) -> dict[str, Any]:
    """Return the fields of a product's document that change where they are expanded. One query for relations."""
    fields: dict[str, Any] = {}
    if PRICES in wanted:
        fields[PRICES] = _prices(product, now)
    if RELATIONS in wanted:
        fields[RELATIONS] = _relations(session, product, now)
    return fields


def _prices(product: Product, now: datetime) -> list[dict[str, Any]]:
    """Return the main price first, in the form of the others, and of each whether it is valid now."""
    further = [{**price, "main": False, "valid_now": _is_valid(price, now)} for price in product.prices]
    if product.price is None:
        return further
    main = {
        "name": None,
        "price_type": "recurring" if product.recurring else "one_time",
        "amount": as_json(product.price),
        "currency": product.currency,
        "billing_cycle": product.billing_cycle,
        "tax_included": product.tax_included,
        "tax_rate": as_json(product.tax_rate),
        "valid_from": None,
        "valid_to": None,
        "main": True,
        "valid_now": True,
    }
    return [main, *further]


def _is_valid(price: Mapping[str, Any], now: datetime) -> bool:
    begins, ends = (
        datetime.fromisoformat(at) if (at := price.get(name)) else None for name in ("valid_from", "valid_to")
    )
    return (begins is None or begins <= now) and (ends is None or now < ends)


def _relations(session: Session, product: Product, now: datetime) -> list[dict[str, Any]]:
    """Return each relation with its `target`: the product it names, None where the catalogue has it no more."""
    names = [_name(product, entry["product"]) for entry in product.relations]
    targets = _targets(session, names)
    return [
        {**entry, "target": _target(targets[name], now) if name in targets else None}
        for entry, name in zip(product.relations, names, strict=True)
    ]


def _name(product: Product, reference: int | str | Sequence[str]) -> int | ProductKey:
    """Return a reference as a number or an identity; an external id alone is one of the same system."""
    if isinstance(reference, int):
        return reference
    system, external_id = (product.external_system, reference) if isinstance(reference, str) else reference
    return system, external_id


def _targets(session: Session, names: Iterable[int | ProductKey]) -> dict[int | ProductKey, Product]:
    wanted = set(names)
    numbers = [name for name in wanted if isinstance(name, int)]
    keys = [name for name in wanted if isinstance(name, tuple)]
    if not wanted:
        return {}
    key = tuple_(Product.external_system, Product.external_product_id)
    query = select(Product).where(Product.deleted_at.is_(None), or_(Product.id.in_(numbers), key.in_(keys)))
    found = session.scalars(query).all()
    return {
        **{product.id: product for product in found},
        **{(product.external_system, product.external_product_id): product for product in found},
    }


def _target(product: Product, now: datetime) -> dict[str, Any]:
    return {
        "id": product.id,
        "external_system": product.external_system,
        "external_product_id": product.external_product_id,
        "name": product.name,
        "product_type": product.product_type,
        "lifecycle_status": product.lifecycle_status,
        "is_active": product.is_active,
        "available_now": available_now(product, now),
    }
