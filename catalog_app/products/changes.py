"""How a product changes: every door writes through these functions, inside the caller's transaction."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from catalog_app.core.db import Base
from catalog_app.core.json_values import as_json, moment_text
from catalog_app.core.text import fold
from catalog_app.core.upsert import insert_missing
from catalog_app.events.models import Revision
from catalog_app.events.service import record_revision
from catalog_app.products.models import Product, Segment
from catalog_app.products.schema import ProductInput
from catalog_app.products.terms import MANUAL

SUBJECT = "product"
SEARCHED = ("name", "external_product_id", "description")

Changes = dict[str, list[Any]]


def set_fields(product: Product, values: Mapping[str, Any]) -> Changes:
    """Set what differs and return it as {field: [old, new]}, both as JSON values; an empty result wrote nothing."""
    changes: Changes = {}
    for field, value in values.items():
        before = getattr(product, field)
        if before != value:
            changes[field] = [as_json(before), as_json(value)]
            setattr(product, field, value)
    return changes


def shown(product: Product, field: str) -> Any:
    """Return a field's value as JSON shows it."""
    return as_json(getattr(product, field))


def refresh_derived(product: Product) -> None:
    """Bring the columns that follow from others up to date: what is searched, and the sync state."""
    product.search_text = search_text(product.name, product.external_product_id, product.description)
    product.category_folded = fold(product.category)[:300] if product.category else None
    product.sync_state = sync_state_of(product)


def search_text(name: str, external_product_id: str, description: str | None) -> str:
    """Return the folded text in which a search looks for substrings."""
    return fold("\n".join((name, external_product_id, description or "")))


def sync_state_of(product: Product) -> str:
    """Return how the product stands to its source; a lock that holds `theirs` is a conflict to settle."""
    if product.external_system == MANUAL:
        return "manual"
    if product.missing_since is not None:
        return "missing"
    locks = product.field_locks.values()
    if any("theirs" in lock for lock in locks):
        return "conflict"
    return "local_edit" if locks else "in_sync"


def lock_fields(product: Product, fields: Collection[str], *, actor: str, at: datetime, reason: str | None) -> Changes:
    """Make people the owners of these fields, so that a sync does not overwrite them.

    A product that came from no source has nothing to be protected from, and stays without locks.
    """
    if product.external_system == MANUAL:
        return {}
    lock = {"by": actor, "at": moment_text(at), "reason": reason}
    locks = {**product.field_locks}
    for field in fields:
        locks[field] = {**lock, **({"theirs": locks[field]["theirs"]} if "theirs" in locks.get(field, {}) else {})}
    return set_fields(product, {"field_locks": locks})


def touch(product: Product, *, actor: str, at: datetime) -> None:
    """Bring derived columns up to date and note who changed the product, and when."""
    refresh_derived(product)
    product.updated_at, product.updated_by = at, actor


def tell(
    session: Session,
    product: Product,
    changes: Changes,
    *,
    action: str,
    actor: str,
    at: datetime,
    run_id: int | None = None,
) -> Revision:
    """Write the revision of a change that the database already has, so that version and id are known."""
    return record_revision(
        session,
        (SUBJECT, product.id, product.name),
        changes,
        version=product.version,
        action=action,
        actor=actor,
        at=at,
        run_id=run_id,
    )


def write(session: Session, product: Product, changes: Changes, *, action: str, actor: str, at: datetime) -> Revision:
    """Finish a change: derived columns, who and when, the next version, and the revision that tells of it."""
    touch(product, actor=actor, at=at)
    session.flush()
    revision = tell(session, product, changes, action=action, actor=actor, at=at)
    session.flush()
    return revision


def ensure_segments(session: Session, keys: Collection[str]) -> None:
    """Create the segments that nobody has defined yet, marked as such, so that a product may name them."""
    rows = [{"key": key, "label": _label(key), "is_undefined": True} for key in sorted(set(keys))]
    insert_missing(session, Base.metadata.tables[Segment.__tablename__], rows)


def _label(segment: str) -> str:
    return segment.replace("-", " ").replace("_", " ").capitalize()


def keep_quota(product: Product, quota_total: int | None) -> Changes:
    """Move what is left of a quota by as much as its total moves; never below nothing."""
    if quota_total is None:
        return set_fields(product, {"quota_left": None})
    used = 0 if product.quota_left is None else (product.quota_total or 0) - product.quota_left
    return set_fields(product, {"quota_left": max(0, quota_total - used)})


def release_fields(product: Product, fields: Collection[str]) -> Changes:
    """Give locked fields back to the source, taking the value it last said."""
    released = [field for field in fields if field in product.field_locks]
    theirs = {field: value for field, value in _source_input(product).items() if field in released}
    return {**set_fields(product, theirs), **_without_locks(product, released)}


def settle_ours(product: Product, fields: Collection[str]) -> Changes:
    """Keep our values of fields in conflict: the lock stays, the source's value is no longer waiting."""
    locks = {
        field: {key: part for key, part in lock.items() if field not in fields or not key.startswith("theirs")}
        for field, lock in product.field_locks.items()
    }
    return set_fields(product, {"field_locks": locks})


def _without_locks(product: Product, fields: Collection[str]) -> Changes:
    return set_fields(product, {"field_locks": {k: v for k, v in product.field_locks.items() if k not in fields}})


def _source_input(product: Product) -> dict[str, Any]:
    said = product.source_values or {}
    return {field: value for field, value in ProductInput.check(said).values().items() if field in said} if said else {}
