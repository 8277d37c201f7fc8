"""The steps of an edit, inside the caller's transaction: load, check against the catalogue, change, write down."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.errors import NotFoundError, RuleError, StaleError
from catalog_app.products import changes as write_side
from catalog_app.products.lifecycle import check_transition
from catalog_app.products.models import Product
from catalog_app.products.schema import ProductIdentity, ProductInput
from catalog_app.products.systems import systems
from catalog_app.products.terms import MANUAL

# What a product that is made again does not keep of the one that was deleted.
_SOURCES_OWN = (
    "quota_total", "quota_left", "missing_since", "last_synced", "source_updated_at", "source_values", "source_hash",
    "remap_at", "undone_hash",
)  # fmt: skip


def found(session: Session, product_id: int) -> Product:
    """Return the product, or raise NotFoundError; a deleted one is not found."""
    product = session.get(Product, product_id)
    if product is None or product.deleted_at is not None:
        raise NotFoundError(f"There is no product {product_id}.")
    return product


def by_identity(session: Session, system: str, external_id: str) -> Product | None:
    """Return the product a source knows by this id, deleted or not."""
    query = select(Product).where(Product.external_system == system, Product.external_product_id == external_id)
    return session.scalars(query).one_or_none()


def for_change(session: Session, product_id: int, expected_version: int | None) -> Product:
    """Return the product, read afresh and held for a change; raise StaleError where it is not the expected version."""
    product = session.get(Product, product_id, with_for_update=True, populate_existing=True)
    if product is None or product.deleted_at is not None:
        raise NotFoundError(f"There is no product {product_id}.")
    if expected_version is not None and product.version != expected_version:
        raise StaleError(
            f"Not saved: {product.updated_by} changed this product meanwhile. Compare both versions.",
            current_version=product.version,
        )
    return product


def new_product(session: Session, system: str, external_id: str, *, forgotten: datetime) -> Product:
    """Return the product to fill for this identity: a new one, or the one that was deleted before `forgotten`.

    An identity belongs to one row for good, and a deletion that old is no longer taken back: without this, nobody
    could ever use the identity again. The row keeps its number and its history, and nothing else.
    """
    query = select(Product).where(Product.external_system == system, Product.external_product_id == external_id)
    product = session.scalars(query.where(Product.deleted_at < forgotten).with_for_update()).one_or_none()
    if product is None:
        return Product(external_system=system, external_product_id=external_id, field_locks={})
    product.field_locks = {}
    for column in _SOURCES_OWN:
        setattr(product, column, None)
    return product


def created(session: Session, product: Product, checked: ProductInput, *, actor: str, now: datetime) -> Product:
    """Fill a new product and write it with its first revision."""
    _check_references(session, product, checked)
    write_side.ensure_segments(session, [*checked.target_segments, *checked.exclude_segments])
    write_side.keep_quota(product, checked.quota_total)
    product.created_at, product.created_by = now, actor
    back = write_side.set_fields(product, {"deleted_at": None})
    filled = {**back, **write_side.set_fields(product, checked.values())}
    session.add(product)
    write_side.write(session, product, filled, action="created", actor=actor, at=now)
    return product


def change(session: Session, product: Product, checked: ProductInput, *, actor: str, lock: bool) -> None:
    """Give a product these values; what changed is locked for the people, unless `lock` is false."""
    check_transition(product.lifecycle_status, checked.lifecycle_status, checked.status_reason)
    _check_references(session, product, checked)
    now = utcnow()
    changed = write_side.set_said(product, checked.values())
    if not changed:
        return
    locked = write_side.lock_fields(product, changed, actor=actor, at=now, reason=None) if lock else {}
    write_side.ensure_segments(session, [*checked.target_segments, *checked.exclude_segments])
    write_side.write(session, product, {**changed, **locked}, action="updated", actor=actor, at=now)


def _check_references(session: Session, product: Product, checked: ProductInput) -> None:
    """Refuse a member or relation that points at the product itself or, by our own number, at nothing."""
    for field, entries in (("members", checked.members), ("relations", checked.relations)):
        wanted = {entry.product for entry in entries if isinstance(entry.product, int)}
        if product.id in wanted:
            raise RuleError({field: "A product cannot refer to itself."})
        known = set(session.scalars(select(Product.id).where(Product.id.in_(wanted)))) if wanted else set()
        if missing := sorted(wanted - known):
            raise RuleError({field: f"There is no product {missing[0]}."})


def identity(values: Mapping[str, Any]) -> tuple[str, str]:
    system, external_id = values.get("external_system") or MANUAL, values.get("external_product_id")
    if not isinstance(system, str) or system not in systems():
        raise RuleError({"external_system": f"There is no external system {system!r}."})
    if external_id is None and system == MANUAL:
        return system, f"manual-{uuid.uuid4().hex[:12]}"
    if external_id is None:
        raise RuleError({"external_product_id": "Fill this in."})
    return system, ProductIdentity.check(external_id)


def writable(fields: Collection[str]) -> tuple[str, ...]:
    unknown = sorted(set(fields) - set(ProductInput.model_fields))
    if unknown:
        raise RuleError({unknown[0]: "There is no such field."})
    return tuple(fields)
