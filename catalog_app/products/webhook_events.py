"""What happens to products, as webhooks tell it: the entries of the change feed, one an event."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from catalog_app.core.db import db
from catalog_app.core.json_values import as_json
from catalog_app.events.models import Revision
from catalog_app.events.webhooks.shapes import Event, Shape
from catalog_app.products import changes as write_side
from catalog_app.products.feed import change_document, changes_of

CREATED: Final = "product.created"
UPDATED: Final = "product.updated"
WITHDRAWN: Final = "product.withdrawn"
RETURNED: Final = "product.returned"
DELETED: Final = "product.deleted"
RESTORED: Final = "product.restored"
TYPES: Final = (CREATED, UPDATED, WITHDRAWN, RETURNED, DELETED, RESTORED)
_BY_FIELD: Final = (("deleted_at", DELETED, RESTORED), ("missing_since", WITHDRAWN, RETURNED))


def product_events(revision: Revision) -> Sequence[Event]:
    """Return the one event of a change of a product, with the product as it was after it."""
    data = change_document(changes_of(db.session(), [revision])[0])
    kind = type_of(revision.action, revision.changes)
    body = {"type": kind, "timestamp": as_json(revision.at), "data": data}
    return [Event(str(revision.id), kind, body)]


def type_of(action: str, changes: Mapping[str, Sequence[Any]]) -> str:
    """Return what happened, told from what changed: an undo may delete, and a sync may bring back."""
    if action == "created":
        return CREATED
    for field, is_set, is_cleared in _BY_FIELD:
        if field in changes and (changes[field][0] is None) != (changes[field][1] is None):
            return is_cleared if changes[field][1] is None else is_set
    return UPDATED


SHAPE: Final = Shape("product", write_side.SUBJECT, TYPES, product_events)
