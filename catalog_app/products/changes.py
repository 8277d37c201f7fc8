"""How a product changes: every door writes through these functions, inside the caller's transaction."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from catalog_app.core.changed import set_values
from catalog_app.core.db import Base
from catalog_app.core.errors import RuleError, Sentence
from catalog_app.core.json_values import as_json, moment_text
from catalog_app.core.text import fold
from catalog_app.core.upsert import insert_missing
from catalog_app.events.models import Revision
from catalog_app.events.service import record_revision
from catalog_app.products.models import Product, Segment
from catalog_app.products.patch import Fields, current_values
from catalog_app.products.schema import FIELDS, ProductInput
from catalog_app.products.terms import MANUAL

SUBJECT = "product"
SEARCHED = ("name", "external_product_id", "description")

CONFLICT = ("theirs", "theirs_since", "theirs_before")
"""What a lock holds while the source wants something else: what, since when, and what it said when it was locked."""

Changes = dict[str, list[Any]]


def set_fields(product: Product, values: Mapping[str, Any]) -> Changes:
    """Set what differs and return it as {field: [old, new]}, both as JSON values; an empty result wrote nothing."""
    return set_values(product, values)


def set_said(product: Product, values: Mapping[str, Any]) -> Changes:
    """Set what people or sources may say, like `set_fields`; what is left of a quota moves with its total."""
    quota: Changes = {}
    if "quota_total" in values and values["quota_total"] != product.quota_total:
        quota = keep_quota(product, values["quota_total"])
    return {**set_fields(product, values), **quota}


def shown(product: Product, field: str) -> Any:
    """Return a field's value as JSON shows it."""
    return as_json(getattr(product, field))


def refresh_derived(product: Product) -> None:
    """Bring the columns that follow from others up to date: what is searched, and the sync state."""
    product.search_text = search_text(product.name, product.external_product_id, product.description)
    product.category_folded = category_folded(product.category)
    product.sync_state = sync_state_of(product)


def search_text(name: str, external_product_id: str, description: str | None) -> str:
    """Return the folded text in which a search looks for substrings."""
    return fold("\n".join((name, external_product_id, description or "")))


def category_folded(category: str | None) -> str | None:
    """Return the category as filters compare it."""
    return fold(category)[:300] if category else None


def sync_state_of(product: Product) -> str:
    """Return how the product stands to its source."""
    is_missing = product.missing_since is not None
    return sync_state(product.external_system, product.field_locks, is_missing=is_missing)


def sync_state(external_system: str, locks: Mapping[str, Any], *, is_missing: bool) -> str:
    """Return how a product stands to its source; a lock that holds `theirs` is a conflict to settle."""
    if external_system == MANUAL:
        return "manual"
    if is_missing:
        return "missing"
    if any("theirs" in lock for lock in locks.values()):
        return "conflict"
    return "local_edit" if locks else "in_sync"


def lock_fields(product: Product, fields: Collection[str], *, actor: str, at: datetime, reason: str | None) -> Changes:
    """Make people the owners of these fields, so that a sync does not overwrite them.

    What the source wants of a field stays beside the lock, unless the product says the same by now: then they agree.
    A product that came from no source has nothing to be protected from, and stays without locks.
    """
    if product.external_system == MANUAL:
        return {}
    says = {field: shown(product, field) for field in fields if field in FIELDS}
    return set_fields(
        product, {"field_locks": locks_with(product.field_locks, says, actor=actor, at=at, reason=reason)}
    )


def locks_with(
    locks: Mapping[str, Any], says: Mapping[str, Any], *, actor: str, at: datetime, reason: str | None
) -> dict[str, Any]:
    """Return the locks of a product with these fields locked too; `says` is what each of them says, as JSON."""
    lock = {"by": actor, "at": moment_text(at), "reason": reason}
    return {**locks, **{field: {**lock, **wanting(locks.get(field, {}), says[field])} for field in says}}


def waiting(product: Product, field: str) -> dict[str, Any]:
    """Return what the source wants of a field that people own and since when; nothing where it wants what stands."""
    return wanting(product.field_locks.get(field, {}), shown(product, field))


def wanting(lock: Mapping[str, Any], says: Any) -> dict[str, Any]:
    """Return the same of a lock, whose field says this."""
    if "theirs" not in lock or lock["theirs"] == says:
        return {}
    return {key: part for key, part in lock.items() if key in CONFLICT}


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
    rows = [{"key": key, "label": _label(key), "is_undefined": True, "version": 1} for key in sorted(set(keys))]
    insert_missing(session, Base.metadata.tables[Segment.__tablename__], rows)


def _label(segment: str) -> str:
    return segment.replace("-", " ").replace("_", " ").capitalize()


def keep_quota(product: Product, quota_total: int | None) -> Changes:
    """Move what is left of a quota by as much as its total moves; never below nothing."""
    return set_fields(product, {"quota_left": quota_left(product.quota_total, product.quota_left, quota_total)})


def quota_left(total_before: int | None, left_before: int | None, total: int | None) -> int | None:
    """Return what is left of a quota whose total becomes `total`."""
    if total is None:
        return None
    used = 0 if left_before is None else (total_before or 0) - left_before
    return max(0, total - used)


def release_fields(product: Product, fields: Collection[str]) -> Changes:
    """Give locked fields back to the source, taking the value it last said.

    Raises RuleError where that value does not fit another field that people still own, naming that field.
    """
    released = [field for field in fields if field in product.field_locks]
    said = source_values(product)
    theirs = {field: value for field, value in said.items() if field in released}
    changed = {**set_said(product, theirs), **_without_locks(product, released)}
    if not changed:
        return changed
    try:
        check_rules(product)
    except RuleError as error:
        raise RuleError(_with_partner(product, said, error)) from None
    return changed


def check_rules(product: Product) -> None:
    """Raise RuleError where the product as it stands breaks a rule that an edit would have to keep."""
    ProductInput.check(current_values(product))


def _with_partner(product: Product, said: Mapping[str, Any], error: RuleError) -> dict[str, str]:
    """Return the faults, and which locked field of the same product would have to be given back too."""
    for field in product.field_locks:
        try:
            ProductInput.check({**current_values(product), **{key: said[key] for key in said if key == field}})
        except RuleError:
            continue
        return {
            name: Sentence("%(fault)s Give %(field)s back to its source too.", fault=fault, field=field)
            for name, fault in error.errors.items()
        }
    return error.errors


def settle_ours(product: Product, fields: Collection[str]) -> Changes:
    """Keep our values of fields in conflict: the lock stays, the source's value is no longer waiting."""
    locks = {
        field: {key: part for key, part in lock.items() if field not in fields or key not in CONFLICT}
        for field, lock in product.field_locks.items()
    }
    return set_fields(product, {"field_locks": locks})


def _without_locks(product: Product, fields: Collection[str]) -> Changes:
    return set_fields(product, {"field_locks": {k: v for k, v in product.field_locks.items() if k not in fields}})


def source_values(product: Fields) -> dict[str, Any]:
    """Return what the source last said of the product, as its columns keep it."""
    said = product.source_values or {}
    return {field: value for field, value in ProductInput.check(said).values().items() if field in said} if said else {}
