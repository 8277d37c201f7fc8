"""Taking a change back, without touching what was changed since."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from catalog_app.core.errors import ConflictError, NotFoundError, Sentence
from catalog_app.core.json_values import as_json
from catalog_app.events.models import Revision
from catalog_app.products import changes as write_side
from catalog_app.products.models import Product
from catalog_app.products.patch import Fields
from catalog_app.products.schema import FIELDS, stored_value

LOCKS = "field_locks"
# Whether a source still lists a product is its own to say, and what is left of a quota follows from its total.
TAKEN_BACK = frozenset({*FIELDS, "deleted_at"})

Lock = dict[str, Any]


@dataclass(frozen=True)
class TakenBack:
    """What goes back of a change: values as the columns keep them, all locks as they are then, and fields that stay."""

    values: Mapping[str, Any]
    locks: Mapping[str, Lock]
    stay: Collection[str]


def undo_revision(
    session: Session, revision_id: int, *, actor: str, now: datetime, oldest: datetime
) -> tuple[Product, tuple[str, ...]]:
    """Bring back what a revision replaced, and return the product with the fields that stay as they are.

    A field that somebody changed since is theirs: it stays, and is named. Where a person takes back what a sync
    did, the fields become the person's own, or the next sync would bring them again. Raises ConflictError where
    nothing can be taken back, or the revision is older than `oldest`; RuleError where the product would break a rule.
    """
    revision, product = _found(session, revision_id, oldest)
    back, locks_before = taken_back(product, revision.changes), product.field_locks
    product.field_locks = dict(back.locks)
    changed = write_side.set_said(product, back.values)
    if revision.run_id is not None:
        write_side.lock_fields(product, changed, actor=actor, at=now, reason=None)
    if product.field_locks != locks_before:
        changed[LOCKS] = [locks_before, product.field_locks]
    if not changed:
        raise ConflictError(Sentence("Everything in this change was changed again since; nothing was taken back."))
    if changed.keys() & set(FIELDS):
        write_side.check_rules(product)
    write_side.write(session, product, changed, action="undone", actor=actor, at=now)
    return product, tuple(sorted(back.stay))


def taken_back(product: Fields, changes: Mapping[str, Any]) -> TakenBack:
    """Return what goes back of changes of one product, given as {field: [old, new]}; nothing is written."""
    told = {field: pair for field, pair in changes.items() if field in TAKEN_BACK}
    untouched = {field: old for field, (old, new) in told.items() if as_json(getattr(product, field)) == new}
    stay = told.keys() - untouched.keys()
    locks_before, locks_after = changes.get(LOCKS, ({}, {}))
    locks = _locks_back(product.field_locks, locks_before, locks_after, stay)
    values = _values_back(product, untouched, following=product.field_locks.keys() - locks.keys())
    says = {field: as_json(values.get(field, getattr(product, field))) for field in locks}
    return TakenBack(values, {field: _agreed(lock, says[field]) for field, lock in locks.items()}, stay)


def _found(session: Session, revision_id: int, oldest: datetime) -> tuple[Revision, Product]:
    revision = session.get(Revision, revision_id)
    if revision is None or revision.subject_type != write_side.SUBJECT or revision.action == "created":
        raise NotFoundError(Sentence("There is no such change to take back."))
    if revision.at < oldest:
        raise ConflictError(Sentence("This change is too old to be taken back."))
    if not revision.changes.keys() & {*TAKEN_BACK, LOCKS}:
        raise ConflictError(Sentence("Its source says whether it still has this product; that is not taken back here."))
    product = session.get(Product, revision.subject_id, with_for_update=True, populate_existing=True)
    if product is None:
        raise NotFoundError(Sentence("The product of this change is gone for good."))
    if product.deleted_at is not None and "deleted_at" not in revision.changes:
        raise ConflictError(Sentence("The product was deleted since; restore it first."))
    return revision, product


def _values_back(product: Fields, untouched: dict[str, Any], *, following: Collection[str]) -> dict[str, Any]:
    """Return what the fields go back to: what they said before, or, where a lock went with the change, the source's.

    A field without a lock follows its source, which may have moved since the person took the field over.
    """
    values = {field: stored_value(field, old) for field, old in untouched.items()}
    said = write_side.source_values(product) if following else {}
    return {**values, **{field: said[field] for field in following if field in said}}


def _locks_back(
    now: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any], stay: Collection[str]
) -> dict[str, Lock]:
    """Return the locks with those that a change set put back; one that somebody set since is left alone."""
    locks = dict(now)
    for field in before.keys() | after.keys():
        is_now, was = locks.get(field), before.get(field)
        if field in stay or was == after.get(field) or _owner(is_now) != _owner(after.get(field)):
            continue
        locks.pop(field, None)
        if was is not None:
            # The source may have spoken since: what it wants now counts, not what it wanted then.
            locks[field] = was if is_now == after.get(field) else _wanting(was, is_now)
    return locks


def _owner(lock: Lock | None) -> tuple[Any, Any] | None:
    return None if lock is None else (lock["by"], lock["at"])


def _wanting(lock: Lock, current: Lock | None) -> Lock:
    owned = {key: part for key, part in lock.items() if key not in write_side.CONFLICT}
    return {**owned, **{key: part for key, part in (current or {}).items() if key in write_side.CONFLICT}}


def _agreed(lock: Lock, says: Any) -> Lock:
    """Return a lock without a conflict that is over, because the product says what the source wants."""
    return _wanting(lock, write_side.wanting(lock, says))
