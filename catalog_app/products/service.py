"""The use cases of the catalogue. Each method that writes is one transaction with its revision."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.errors import ConflictError, NotFoundError, Sentence
from catalog_app.events.models import Revision
from catalog_app.products import changes as write_side
from catalog_app.products import editing
from catalog_app.products.bulk_edits import BulkAuthor, BulkItem, BulkResult, edit_many
from catalog_app.products.catalogue_reading import UNDO_DAYS, CatalogueReading
from catalog_app.products.models import Product
from catalog_app.products.patch import IDENTITY, patched_values, written_fields
from catalog_app.products.schema import ProductInput
from catalog_app.products.systems import systems
from catalog_app.products.undo import undo_revision
from catalog_app.products.usage import forbidding

__all__ = ["UNDO_DAYS", "Beside", "ProductCatalogService"]

Beside = Callable[[Session, Product], None]
"""What a door keeps beside a product, written in the product's own transaction or not at all."""


class ProductCatalogService(CatalogueReading):
    """Reads and changes products for pages, JSON, commands and models alike; needs an application context."""

    def create(self, values: Mapping[str, Any], *, actor: str, also: Beside | None = None) -> Product:
        """Make a product and return it. Raises RuleError, or ConflictError where its identity is taken.

        The identity of a product deleted more than 30 days ago is free again: that product is made anew, under its
        old number.
        """
        written = written_fields(values)
        system, external_id = editing.identity(written, systems())
        checked = ProductInput.check({key: value for key, value in written.items() if key not in IDENTITY})
        now = utcnow()
        forgotten = now - timedelta(days=UNDO_DAYS)
        try:
            with writing() as session:
                product = editing.new_product(session, system, external_id, forgotten=forgotten)
                editing.created(session, product, checked, actor=actor, now=now)
                if also:
                    also(session, product)
                return product
        except IntegrityError:
            twin = self.by_identity(system, external_id)
            if twin is None:
                raise
            raise editing.taken(twin) from None

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
            product = editing.for_change(session, product_id, expected_version)
            editing.change(session, product, checked, actor=actor, lock=lock)
            return product

    def patch(
        self,
        product_id: int,
        patch: Mapping[str, Any],
        *,
        expected_version: int | None,
        actor: str,
        lock: bool = True,
        also: Beside | None = None,
    ) -> Product:
        """Change a product by a JSON merge patch and return it."""
        with writing() as session:
            product = editing.for_change(session, product_id, expected_version)
            editing.change(session, product, ProductInput.check(patched_values(product, patch)), actor=actor, lock=lock)
            if also:
                also(session, product)
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
            product = editing.for_change(session, product_id, expected_version)
            checked = ProductInput.check(written_fields(values, product))
            editing.change(session, product, checked, actor=actor, lock=lock)
            return product

    def edit_many(
        self, items: Sequence[BulkItem], *, actor: str, lock: bool = True, atomic: bool = False
    ) -> list[BulkResult]:
        """Make and change many products, and return what became of each, in order.

        One item's fault does not stop the others, unless `atomic`: then nothing is written where one is at fault.
        """
        author = BulkAuthor(actor, lock, frozenset(systems()), timedelta(days=UNDO_DAYS))
        return edit_many(items, author, atomic=atomic)

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
        with writing() as session:
            product = editing.for_change(session, product_id, expected_version)
            # Asked while the product is held: whoever begins to use it waits, or is found here.
            if usages := forbidding(product_id):
                names = ", ".join(usage.name for usage in usages)
                raise ConflictError(
                    Sentence("The product is in use and was not deleted. Used by: %(names)s.", names=names)
                )
            now = utcnow()
            deleted = write_side.set_fields(product, {"deleted_at": now})
            # From now on people keep it away, not an undo that waits for its source to say something else.
            product.undone_hash = None
            return write_side.write(session, product, deleted, action="deleted", actor=actor, at=now)

    def undo(self, revision_id: int, *, actor: str) -> tuple[Product, tuple[str, ...]]:
        """Take a change back and return the product with the fields that were changed since and stay as they are.

        A deletion can be taken back for 30 days. Raises ConflictError where nothing is left to take back.
        """
        with writing() as session:
            now = utcnow()
            return undo_revision(session, revision_id, actor=actor, now=now, oldest=now - timedelta(days=UNDO_DAYS))

    def restore(self, product_id: int, *, actor: str) -> Product:
        """Bring a deleted product back and return it; raise ConflictError where it lives, or is gone for too long."""
        deletion = self.deletion_of(product_id)
        if deletion is None:
            product = db.session().get(Product, product_id)
            if product is None:
                raise NotFoundError(Sentence("There is no product %(product)s.", product=product_id))
            lives = product.deleted_at is None
            raise ConflictError(
                Sentence("It is not deleted.")
                if lives
                else Sentence("It was deleted more than %(days)s days ago.", days=UNDO_DAYS)
            )
        product, _ = self.undo(deletion.id, actor=actor)
        return product

    def lock(self, product_id: int, fields: Collection[str], *, actor: str, reason: str | None = None) -> Product:
        """Make people the owners of these fields of a synced product, without changing a value."""
        with writing() as session:
            product, now = editing.for_change(session, product_id, None), utcnow()
            locked = write_side.lock_fields(product, editing.writable(fields), actor=actor, at=now, reason=reason)
            if locked:
                write_side.write(session, product, locked, action="locked", actor=actor, at=now)
            return product

    def release(self, product_id: int, fields: Collection[str], *, actor: str) -> Product:
        """Give fields back to the source: its last value returns at once, and syncs write them again."""
        with writing() as session:
            product, now = editing.for_change(session, product_id, None), utcnow()
            released = write_side.release_fields(product, editing.writable(fields))
            if released:
                write_side.write(session, product, released, action="released", actor=actor, at=now)
            return product

    def keep_ours(self, product_id: int, fields: Collection[str], *, actor: str) -> Product:
        """Settle conflicts in favour of the people's values; the source may speak again when it changes again."""
        with writing() as session:
            product, now = editing.for_change(session, product_id, None), utcnow()
            settled = write_side.settle_ours(product, editing.writable(fields))
            if settled:
                write_side.write(session, product, settled, action="settled", actor=actor, at=now)
            return product
