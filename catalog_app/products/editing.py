"""The steps of an edit, inside the caller's transaction: load, check against the catalogue, change, write down."""

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.errors import ConflictError, Fault, NotFoundError, RuleError, Sentence, StaleError
from catalog_app.products import changes as write_side
from catalog_app.products.hidden import HIDDEN, take_over
from catalog_app.products.lifecycle import check_transition
from catalog_app.products.models import Product
from catalog_app.products.schema import ProductIdentity, ProductInput
from catalog_app.products.terms import MANUAL

# What a product that is made again does not keep of the one that was deleted.
SOURCES_OWN = (
    "quota_total", "quota_left", "missing_since", "last_synced", "source_updated_at", "source_values", "source_hash",
    "remap_at", "undone_hash",
)  # fmt: skip


def found(session: Session, product_id: int) -> Product:
    """Return the product, or raise NotFoundError; a deleted one is not found."""
    product = session.get(Product, product_id)
    if product is None or product.deleted_at is not None:
        raise NotFoundError(Sentence("There is no product %(product)s.", product=product_id))
    return product


def by_identity(session: Session, system: str, external_id: str) -> Product | None:
    """Return the product a source knows by this id, deleted or not."""
    query = select(Product).where(Product.external_system == system, Product.external_product_id == external_id)
    return session.scalars(query).one_or_none()


def for_change(session: Session, product_id: int, expected_version: int | None) -> Product:
    """Return the product, read afresh and held for a change; raise StaleError where it is not the expected version."""
    product = session.get(Product, product_id, with_for_update=True, populate_existing=True)
    return as_expected(product, product_id, expected_version)


def as_expected(product: Product | None, product_id: int, expected_version: int | None) -> Product:
    """Return the product that was found for a number; raise where there is none, or not at the expected version."""
    if product is None or product.deleted_at is not None:
        raise NotFoundError(Sentence("There is no product %(product)s.", product=product_id))
    if expected_version is not None and product.version != expected_version:
        raise StaleError(
            Sentence(
                "Not saved: %(who)s changed this product meanwhile. Compare both versions.",
                who=product.updated_by.removeprefix("user:"),
            ),
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
    return blank(system, external_id) if product is None else emptied(product)


def blank(system: str, external_id: str) -> Product:
    """Return a product that is still to be filled."""
    return Product(external_system=system, external_product_id=external_id, field_locks={})


def emptied(product: Product) -> Product:
    """Return a product that was deleted long ago without what its source and its owners said of it."""
    if product.version == HIDDEN:
        take_over(product)
    product.field_locks = {}
    for column in SOURCES_OWN:
        setattr(product, column, None)
    return product


def created(session: Session, product: Product, checked: ProductInput, *, actor: str, now: datetime) -> Product:
    """Fill a new product and write it with its first revision."""
    check_references(product, checked, known_products(session, [checked]))
    write_side.ensure_segments(session, segments_of(checked))
    filled = fill(product, checked, actor=actor, now=now)
    session.add(product)
    write_side.write(session, product, filled, action="created", actor=actor, at=now)
    return product


def change(session: Session, product: Product, checked: ProductInput, *, actor: str, lock: bool) -> None:
    """Give a product these values; what changed is locked for the people, unless `lock` is false."""
    check_references(product, checked, known_products(session, [checked]))
    now = utcnow()
    changed = alter(product, checked, actor=actor, now=now, lock=lock)
    if not changed:
        return
    write_side.ensure_segments(session, segments_of(checked))
    write_side.write(session, product, changed, action="updated", actor=actor, at=now)


def fill(product: Product, checked: ProductInput, *, actor: str, now: datetime) -> write_side.Changes:
    """Give a new product its values, and return what its first revision tells; nothing is written yet."""
    write_side.keep_quota(product, checked.quota_total)
    product.created_at, product.created_by = now, actor
    back = write_side.set_fields(product, {"deleted_at": None})
    return {**back, **write_side.set_fields(product, checked.values())}


def alter(product: Product, checked: ProductInput, *, actor: str, now: datetime, lock: bool) -> write_side.Changes:
    """Give a product these values, and return what its revision tells: nothing where nothing differs.

    Raises RuleError before anything is touched where its status may not move so. Nothing is written yet.
    """
    check_transition(product.lifecycle_status, checked.lifecycle_status, checked.status_reason)
    changed = write_side.set_said(product, checked.values())
    locked = write_side.lock_fields(product, changed, actor=actor, at=now, reason=None) if lock and changed else {}
    return {**changed, **locked}


def segments_of(checked: ProductInput) -> list[str]:
    """Return every segment that a product names."""
    return [*checked.target_segments, *checked.exclude_segments]


def known_products(session: Session, checked: Iterable[ProductInput]) -> frozenset[int]:
    """Return which of the products that these name by our own number there are. One query, none if none is named."""
    wanted = {number for each in checked for _, numbers in _numbers_in(each) for number in numbers}
    return frozenset(session.scalars(select(Product.id).where(Product.id.in_(wanted)))) if wanted else frozenset()


def check_references(product: Product, checked: ProductInput, known: Collection[int]) -> None:
    """Refuse a member or relation that points at the product itself or, by our own number, at nothing."""
    for field, wanted in _numbers_in(checked):
        if product.id in wanted:
            raise RuleError({field: Sentence("A product cannot refer to itself.")})
        if missing := sorted(wanted.difference(known)):
            raise RuleError({field: Fault("unknown", "There is no product %(product)s.", product=missing[0])})


def _numbers_in(checked: ProductInput) -> Iterator[tuple[str, set[int]]]:
    for field, entries in (("members", checked.members), ("relations", checked.relations)):
        yield field, {entry.product for entry in entries if isinstance(entry.product, int)}


def identity(values: Mapping[str, Any], known_systems: Collection[str]) -> tuple[str, str]:
    """Return the identity that values give a new product; raise RuleError where they give none that can be."""
    system, external_id = values.get("external_system") or MANUAL, values.get("external_product_id")
    if not isinstance(system, str) or system not in known_systems:
        raise RuleError({"external_system": Fault("unknown", "There is no external system %(system)r.", system=system)})
    if external_id is None and system == MANUAL:
        return system, f"manual-{uuid.uuid4().hex[:12]}"
    if external_id is None:
        raise RuleError({"external_product_id": Fault("missing", "Fill this in.")})
    return system, ProductIdentity.check(external_id)


def taken(twin: Product) -> ConflictError:
    """Return what is wrong with making a product whose identity this one has."""
    names = {"system": twin.external_system, "key": twin.external_product_id, "number": twin.id}
    if twin.deleted_at:
        return ConflictError(
            Sentence(
                "%(system)s already has a product %(key)s, number %(number)s. It was deleted; restore it instead.",
                **names,
            )
        )
    return ConflictError(Sentence("%(system)s already has a product %(key)s, number %(number)s.", **names))


def writable(fields: Collection[str]) -> tuple[str, ...]:
    unknown = sorted(set(fields) - set(ProductInput.model_fields))
    if unknown:
        raise RuleError({unknown[0]: Fault("unknown", "There is no such field.")})
    return tuple(fields)
