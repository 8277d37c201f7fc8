"""The use cases of the catalogue. Each method that writes is one transaction with its revision."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.cursor import SortKey
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, NotFoundError, RuleError, StaleError
from catalog_app.core.paging import Page, page
from catalog_app.core.wiring import settings
from catalog_app.events.models import Revision
from catalog_app.events.service import revisions_of
from catalog_app.products import changes as write_side
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.filters import ProductFilters
from catalog_app.products.lifecycle import check_transition
from catalog_app.products.models import Product
from catalog_app.products.offers import Offer, offers_for
from catalog_app.products.patch import IDENTITY, patched_values, written_fields
from catalog_app.products.schema import ProductIdentity, ProductInput
from catalog_app.products.stats import CatalogStats, catalog_stats
from catalog_app.products.systems import systems
from catalog_app.products.terms import MANUAL
from catalog_app.products.undo import undo_revision
from catalog_app.products.usage import usages_of

UNDO_DAYS = 30


class ProductCatalogService:
    """Reads and changes products for pages, JSON, commands and models alike; needs an application context."""

    # Reading

    def get(self, product_id: int) -> Product:
        """Return the product, or raise NotFoundError; a deleted one is not found."""
        return _found(db.session(), product_id)

    def by_identity(self, external_system: str, external_product_id: str) -> Product | None:
        """Return the product a source knows by this id, deleted or not."""
        return _by_identity(db.session(), external_system, external_product_id)

    def query(self) -> Select[Product]:
        """Return the select of all products that are not deleted, for filters and paging to narrow."""
        return select(Product).where(Product.deleted_at.is_(None))

    def search(
        self, filters: ProductFilters, sorts: Sequence[SortKey], *, limit: int, cursor: str | None, now: datetime
    ) -> Page[Product]:
        """Return a page of the products that fit the filters; raises RuleError for a cursor that is not one of ours."""
        return page(db.session(), filters.narrow(self.query(), now), sorts, limit, cursor)

    def count(self, filters: ProductFilters, *, now: datetime) -> int:
        """Return how many products fit the filters."""
        found = filters.narrow(self.query(), now).order_by(None).subquery()
        return db.session().execute(select(func.count()).select_from(found)).scalar_one()

    def history(self, product_id: int, *, limit: int = 50) -> Sequence[Revision]:
        """Return what happened to a product, newest first."""
        return revisions_of(db.session(), write_side.SUBJECT, product_id, limit=limit)

    def stats(self) -> CatalogStats:
        """Return the counts of the whole catalogue as of now."""
        return catalog_stats(db.session(), utcnow())

    def available_for(
        self,
        customer: CustomerFeatures,
        *,
        channel: str | None = None,
        strict: bool = False,
        narrowed: Select[Product] | None = None,
        now: datetime | None = None,
    ) -> Sequence[Product]:
        """Return the products this customer may be offered, most valuable first.

        The verdict is yes, or unknown where the caller gave nothing for what a product asks; `strict` keeps
        yes alone. Values in another currency than the base currency rank after those that compare.
        """
        products = self.query() if narrowed is None else narrowed
        offers = self._offers(products, customer, channel=channel, strict=strict, now=now or utcnow())
        return [offer.product for offer in offers]

    def offers_for(
        self, customer: CustomerFeatures, *, channel: str | None, strict: bool, filters: ProductFilters, now: datetime
    ) -> Sequence[Offer]:
        """Return the same products with what was decided about each, of those that fit the filters."""
        narrowed = filters.narrow(self.query(), now)
        return self._offers(narrowed, customer, channel=channel, strict=strict, now=now)

    def get_products_for_ml_recommendation(
        self,
        customer_features: Mapping[str, Any],
        *,
        strict: bool = False,
        limit: int | None = None,
    ) -> Sequence[Product]:
        """Return the products a model may recommend to a customer of these features, most valuable first.

        Never cut silently: all of them, unless the caller asks for a `limit`.
        """
        products = self.available_for(CustomerFeatures.of(customer_features), strict=strict)
        return products if limit is None else products[:limit]

    def _offers(
        self, products: Select[Product], customer: CustomerFeatures, *, channel: str | None, strict: bool, now: datetime
    ) -> Sequence[Offer]:
        currency = settings().base_currency
        found = offers_for(db.session(), products, customer, now=now, channel=channel, base_currency=currency)
        return [offer for offer in found if offer.verdict.outcome == "yes" or not strict]

    # Writing

    def create(self, values: Mapping[str, Any], *, actor: str) -> Product:
        """Make a product and return it. Raises RuleError, or ConflictError where its identity is taken."""
        written = written_fields(values)
        system, external_id = _identity(written)
        checked = ProductInput.check({key: value for key, value in written.items() if key not in IDENTITY})
        now = utcnow()
        product = Product(
            external_system=system, external_product_id=external_id, created_at=now, created_by=actor, field_locks={}
        )
        try:
            with writing() as session:
                return _created(session, product, checked, actor=actor, now=now)
        except IntegrityError:
            twin = self.by_identity(system, external_id)
            if twin is None:
                raise
            gone = " It was deleted; restore it instead." if twin.deleted_at else ""
            raise ConflictError(f"{system} already has a product {external_id}, number {twin.id}.{gone}") from None

    def update(
        self,
        product_id: int,
        checked: ProductInput,
        *,
        expected_version: int | None,
        actor: str,
        lock: bool = True,
    ) -> Product:
        """Change a product to these values and return it; a change that changes nothing writes nothing.

        The changed fields of a synced product become the people's own, unless `lock` is false.
        """
        with writing() as session:
            product = _for_change(session, product_id, expected_version)
            _change(session, product, checked, actor=actor, lock=lock)
            return product

    def patch(
        self,
        product_id: int,
        patch: Mapping[str, Any],
        *,
        expected_version: int | None,
        actor: str,
        lock: bool = True,
    ) -> Product:
        """Change a product by a JSON merge patch and return it."""
        with writing() as session:
            product = _for_change(session, product_id, expected_version)
            _change(session, product, ProductInput.check(patched_values(product, patch)), actor=actor, lock=lock)
            return product

    def replace(
        self,
        product_id: int,
        values: Mapping[str, Any],
        *,
        expected_version: int | None,
        actor: str,
        lock: bool = True,
    ) -> Product:
        """Change a product to exactly these values; what they leave out takes its default."""
        with writing() as session:
            product = _for_change(session, product_id, expected_version)
            checked = ProductInput.check(written_fields(values, product))
            _change(session, product, checked, actor=actor, lock=lock)
            return product

    def transition(
        self, product_id: int, status: str, *, reason: str | None, expected_version: int | None, actor: str
    ) -> Product:
        """Move a product along its lifecycle; raises RuleError where the move is not allowed."""
        patch = {"lifecycle_status": status, "status_reason": reason}
        return self.patch(product_id, patch, expected_version=expected_version, actor=actor)

    def retire(self, product_id: int, *, reason: str | None, expected_version: int | None, actor: str) -> Product:
        """Take a product off sale for new customers; holders keep it, and it can be sold again with a reason."""
        return self.transition(product_id, "retired", reason=reason, expected_version=expected_version, actor=actor)

    def delete(self, product_id: int, *, expected_version: int | None, actor: str) -> Revision:
        """Hide a product from every door; refused while something living uses it. Undo is open for 30 days."""
        if usages := usages_of(product_id):
            names = ", ".join(usage.name for usage in usages)
            raise ConflictError(f"The product is in use and was not deleted. Used by: {names}.")
        with writing() as session:
            product = _for_change(session, product_id, expected_version)
            now = utcnow()
            deleted = write_side.set_fields(product, {"deleted_at": now})
            return write_side.write(session, product, deleted, action="deleted", actor=actor, at=now)

    def undo(self, revision_id: int, *, actor: str) -> tuple[Product, tuple[str, ...]]:
        """Take a change back and return the product with the fields that were changed since and stay as they are.

        A deletion can be taken back for 30 days. Raises ConflictError where nothing is left to take back.
        """
        with writing() as session:
            now = utcnow()
            return undo_revision(session, revision_id, actor=actor, now=now, oldest=now - timedelta(days=UNDO_DAYS))

    def lock(self, product_id: int, fields: Collection[str], *, actor: str, reason: str | None = None) -> Product:
        """Make people the owners of these fields of a synced product, without changing a value."""
        with writing() as session:
            product, now = _found(session, product_id), utcnow()
            locked = write_side.lock_fields(product, _writable(fields), actor=actor, at=now, reason=reason)
            if locked:
                write_side.write(session, product, locked, action="locked", actor=actor, at=now)
            return product

    def release(self, product_id: int, fields: Collection[str], *, actor: str) -> Product:
        """Give fields back to the source: its last value returns at once, and syncs write them again."""
        with writing() as session:
            product, now = _found(session, product_id), utcnow()
            released = write_side.release_fields(product, _writable(fields))
            if released:
                write_side.write(session, product, released, action="released", actor=actor, at=now)
            return product

    def keep_ours(self, product_id: int, fields: Collection[str], *, actor: str) -> Product:
        """Settle conflicts in favour of the people's values; the source may speak again when it changes again."""
        with writing() as session:
            product, now = _found(session, product_id), utcnow()
            settled = write_side.settle_ours(product, _writable(fields))
            if settled:
                write_side.write(session, product, settled, action="settled", actor=actor, at=now)
            return product


def _found(session: Session, product_id: int) -> Product:
    product = session.get(Product, product_id)
    if product is None or product.deleted_at is not None:
        raise NotFoundError(f"There is no product {product_id}.")
    return product


def _by_identity(session: Session, system: str, external_id: str) -> Product | None:
    query = select(Product).where(Product.external_system == system, Product.external_product_id == external_id)
    return session.scalars(query).one_or_none()


def _for_change(session: Session, product_id: int, expected_version: int | None) -> Product:
    product = session.get(Product, product_id, with_for_update=True, populate_existing=True)
    if product is None or product.deleted_at is not None:
        raise NotFoundError(f"There is no product {product_id}.")
    if expected_version is not None and product.version != expected_version:
        raise StaleError(
            f"Not saved: {product.updated_by} changed this product meanwhile. Compare both versions.",
            current_version=product.version,
        )
    return product


def _created(session: Session, product: Product, checked: ProductInput, *, actor: str, now: datetime) -> Product:
    values = checked.values()
    _check_references(session, product, checked)
    write_side.ensure_segments(session, [*checked.target_segments, *checked.exclude_segments])
    write_side.keep_quota(product, checked.quota_total)
    filled = write_side.set_fields(product, values)
    write_side.refresh_derived(product)
    product.updated_at, product.updated_by = now, actor
    session.add(product)
    write_side.write(session, product, filled, action="created", actor=actor, at=now)
    return product


def _change(session: Session, product: Product, checked: ProductInput, *, actor: str, lock: bool) -> None:
    check_transition(product.lifecycle_status, checked.lifecycle_status, checked.status_reason)
    _check_references(session, product, checked)
    now = utcnow()
    values = checked.values()
    quota: write_side.Changes = {}
    if product.quota_total != checked.quota_total:
        quota = write_side.keep_quota(product, checked.quota_total)
    changed = write_side.set_fields(product, values)
    if not changed:
        return
    locked = write_side.lock_fields(product, changed, actor=actor, at=now, reason=None) if lock else {}
    write_side.ensure_segments(session, [*checked.target_segments, *checked.exclude_segments])
    write_side.write(session, product, {**changed, **quota, **locked}, action="updated", actor=actor, at=now)


def _check_references(session: Session, product: Product, checked: ProductInput) -> None:
    """Refuse a member or relation that points at the product itself or, by our own number, at nothing."""
    for field, entries in (("members", checked.members), ("relations", checked.relations)):
        wanted = {entry.product for entry in entries if isinstance(entry.product, int)}
        if product.id is not None and product.id in wanted:
            raise RuleError({field: "A product cannot refer to itself."})
        known = set(session.scalars(select(Product.id).where(Product.id.in_(wanted)))) if wanted else set()
        if missing := sorted(wanted - known):
            raise RuleError({field: f"There is no product {missing[0]}."})


def _identity(values: Mapping[str, Any]) -> tuple[str, str]:
    system, external_id = values.get("external_system") or MANUAL, values.get("external_product_id")
    if system not in systems():
        raise RuleError({"external_system": f"There is no external system {system!r}."})
    if external_id is None and system == MANUAL:
        return system, f"manual-{uuid.uuid4().hex[:12]}"
    return system, ProductIdentity.check(external_id)


def _writable(fields: Collection[str]) -> tuple[str, ...]:
    unknown = sorted(set(fields) - set(ProductInput.model_fields))
    if unknown:
        raise RuleError({unknown[0]: "There is no such field."})
    return tuple(fields)
