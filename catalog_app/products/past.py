"""A product as it was: its present state, with what happened since taken away again."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.errors import NotFoundError, Sentence
from catalog_app.events.models import Revision
from catalog_app.products import changes as write_side
from catalog_app.products.models import Product
from catalog_app.products.schema import FIELDS, stored_value

_TOLD = (*FIELDS, "quota_left", "missing_since", "field_locks", "deleted_at")
"""What revisions tell of a product."""
_KEPT = ("id", "external_system", "external_product_id", "created_at", "created_by")
_NOTED = ("last_synced", "source_updated_at")
"""What syncs note without a revision: of these only the newest is known."""
_AT_ONCE = 100


def past_product(session: Session, product_id: int, moment: datetime) -> Product:
    """Return the product as it was at a moment, deleted since or not; it belongs to no session.

    Raises NotFoundError where it was not there then. What no revision tells (`last_synced`, `source_updated_at`) is
    None if it is newer than the moment. Costs what happened since, not the whole history.
    """
    present = session.get(Product, product_id, populate_existing=True)
    if present is None:
        raise _not_there(product_id)
    values: dict[str, Any] = {field: getattr(present, field) for field in (*_TOLD, *_KEPT)}
    standing = None
    for revision in _newest_first(session, product_id):
        if revision.at <= moment:
            standing = revision
            break
        values |= {field: stored_value(field, old) for field, (old, _) in revision.changes.items() if field in _TOLD}
    if standing is None or values["deleted_at"] is not None:
        raise _not_there(product_id)
    noted = {name: at if (at := getattr(present, name)) and at <= moment else None for name in _NOTED}
    past = Product(**values, **noted, version=standing.version, updated_at=standing.at, updated_by=standing.actor)
    past.sync_state = write_side.sync_state_of(past)
    return past


def _not_there(product_id: int) -> NotFoundError:
    return NotFoundError(Sentence("There was no product %(product)s at that time.", product=product_id))


def _newest_first(session: Session, product_id: int) -> Iterator[Revision]:
    query = select(Revision).where(Revision.subject_type == write_side.SUBJECT, Revision.subject_id == product_id)
    yield from session.scalars(query.order_by(Revision.id.desc()).execution_options(yield_per=_AT_ONCE))
