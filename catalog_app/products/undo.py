"""Taking a change back, without touching what was changed since."""

from datetime import datetime

from sqlalchemy.orm import Session

from catalog_app.core.errors import ConflictError, NotFoundError
from catalog_app.events.models import Revision
from catalog_app.products import changes as write_side
from catalog_app.products.models import Product
from catalog_app.products.schema import stored_value


def undo_revision(
    session: Session, revision_id: int, *, actor: str, now: datetime, oldest: datetime
) -> tuple[Product, tuple[str, ...]]:
    """Bring back what a revision replaced, and return the product with the fields that stay as they are.

    A field that somebody changed since is theirs: it stays, and is named. Raises ConflictError where nothing
    can be taken back, or the revision is older than `oldest`.
    """
    revision = session.get(Revision, revision_id)
    if revision is None or revision.subject_type != write_side.SUBJECT or revision.action == "created":
        raise NotFoundError("There is no such change to take back.")
    if revision.at < oldest:
        raise ConflictError("This change is too old to be taken back.")
    product = session.get(Product, revision.subject_id, with_for_update=True, populate_existing=True)
    if product is None:
        raise NotFoundError("The product of this change is gone for good.")
    if product.deleted_at is not None and "deleted_at" not in revision.changes:
        raise ConflictError("The product was deleted since; restore it first.")
    untouched = {
        field: old for field, (old, new) in revision.changes.items() if write_side.shown(product, field) == new
    }
    changed = write_side.set_fields(product, {field: stored_value(field, old) for field, old in untouched.items()})
    if not changed:
        raise ConflictError("Everything in this change was changed again since; nothing was taken back.")
    write_side.write(session, product, changed, action="undone", actor=actor, at=now)
    return product, tuple(sorted(set(revision.changes) - set(untouched)))
