"""Taking a change back, without touching what was changed since."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from catalog_app.core.errors import ConflictError, NotFoundError
from catalog_app.events.models import Revision
from catalog_app.products import changes as write_side
from catalog_app.products.models import Product
from catalog_app.products.schema import FIELDS, stored_value

LOCKS = "field_locks"
# Whether a source still lists a product is its own to say, and what is left of a quota follows from its total.
TAKEN_BACK = frozenset({*FIELDS, "deleted_at"})

Lock = dict[str, Any]


def undo_revision(
    session: Session, revision_id: int, *, actor: str, now: datetime, oldest: datetime
) -> tuple[Product, tuple[str, ...]]:
    """Bring back what a revision replaced, and return the product with the fields that stay as they are.

    A field that somebody changed since is theirs: it stays, and is named. Where a person takes back what a sync
    did, the fields become the person's own, or the next sync would bring them again. Raises ConflictError where
    nothing can be taken back, or the revision is older than `oldest`; RuleError where the product would break a rule.
    """
    revision, product = _found(session, revision_id, oldest)
    told = {field: pair for field, pair in revision.changes.items() if field in TAKEN_BACK}
    untouched = {field: old for field, (old, new) in told.items() if write_side.shown(product, field) == new}
    stay = told.keys() - untouched.keys()
    locks_before = product.field_locks
    product.field_locks = _locks_back(product, revision, stay)
    changed = write_side.set_said(product, _values_back(product, untouched, freed=locks_before.keys()))
    if revision.run_id is not None:
        write_side.lock_fields(product, changed, actor=actor, at=now, reason=None)
    product.field_locks = {field: _agreed(product, field) for field in product.field_locks}
    if product.field_locks != locks_before:
        changed[LOCKS] = [locks_before, product.field_locks]
    if not changed:
        raise ConflictError("Everything in this change was changed again since; nothing was taken back.")
    if changed.keys() & set(FIELDS):
        write_side.check_rules(product)
    write_side.write(session, product, changed, action="undone", actor=actor, at=now)
    return product, tuple(sorted(stay))


def _found(session: Session, revision_id: int, oldest: datetime) -> tuple[Revision, Product]:
    revision = session.get(Revision, revision_id)
    if revision is None or revision.subject_type != write_side.SUBJECT or revision.action == "created":
        raise NotFoundError("There is no such change to take back.")
    if revision.at < oldest:
        raise ConflictError("This change is too old to be taken back.")
    if not revision.changes.keys() & {*TAKEN_BACK, LOCKS}:
        raise ConflictError("Its source says whether it still has this product; that is not taken back here.")
    product = session.get(Product, revision.subject_id, with_for_update=True, populate_existing=True)
    if product is None:
        raise NotFoundError("The product of this change is gone for good.")
    if product.deleted_at is not None and "deleted_at" not in revision.changes:
        raise ConflictError("The product was deleted since; restore it first.")
    return revision, product


def _values_back(product: Product, untouched: dict[str, Any], *, freed: Collection[str]) -> dict[str, Any]:
    """Return what the fields go back to: what they said before, or, where a lock went with the change, the source's.

    A field without a lock follows its source, which may have moved since the person took the field over.
    """
    values = {field: stored_value(field, old) for field, old in untouched.items()}
    following = {field for field in freed if field not in product.field_locks}
    said = write_side.source_values(product) if following else {}
    return {**values, **{field: said[field] for field in following if field in said}}


def _locks_back(product: Product, revision: Revision, stay: Collection[str]) -> dict[str, Lock]:
    """Return the locks with those that the revision set put back; one that somebody set since is left alone."""
    before, after = revision.changes.get(LOCKS, ({}, {}))
    locks = dict(product.field_locks)
    for field in before.keys() | after.keys():
        now, was = locks.get(field), before.get(field)
        if field in stay or was == after.get(field) or _owner(now) != _owner(after.get(field)):
            continue
        locks.pop(field, None)
        if was is not None:
            # The source may have spoken since the revision: what it wants now counts, not what it wanted then.
            locks[field] = was if now == after.get(field) else _wanting(was, now)
    return locks


def _owner(lock: Lock | None) -> tuple[Any, Any] | None:
    return None if lock is None else (lock["by"], lock["at"])


def _wanting(lock: Lock, current: Lock | None) -> Lock:
    owned = {key: part for key, part in lock.items() if key not in write_side.CONFLICT}
    return {**owned, **{key: part for key, part in (current or {}).items() if key in write_side.CONFLICT}}


def _agreed(product: Product, field: str) -> Lock:
    """Return a lock without a conflict that is over, because the product says what the source wants."""
    lock: Lock = product.field_locks[field]
    return _wanting(lock, write_side.waiting(product, field))
