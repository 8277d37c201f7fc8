"""What returns of one change of a run when that is taken back, as the product stands now. Nothing here writes."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from catalog_app.core.json_values import as_json
from catalog_app.products.changes import quota_left
from catalog_app.products.plans.back import DELETED, LOCKS, Back, Locks, creation_back, within_rules
from catalog_app.products.schema import stored_value
from catalog_app.products.usage import Usage
from catalog_app.sync.models import CREATE, WITHDRAW
from catalog_app.sync.planning.merge import is_over, without_conflict

MISSING: Final = "missing_since"
NOT_LISTED: Final = ""
"""What a product whose withdrawal was taken back remembers as its source's last word: that it is not in the list."""


def back_of(change: Row[Any], product: Row[Any], locks: tuple[Locks, Locks] | None, used_by: Sequence[Usage]) -> Back:
    """Decide what returns of one change; `locks` are those before and after it, where it touched them.

    `used_by` is what keeps the product from being deleted.

    A field that no longer says what the run made of it was changed since, by a person or a later run: it stays. So
    does one that a person has locked since.
    """
    after, before = change.after or {}, change.before or {}
    if change.kind == CREATE:
        return creation_back(change.said or after, product, used_by)
    if product.deleted_at is not None and DELETED not in before:
        return Back(kept=frozenset({DELETED}))
    values, kept = {}, set()
    for name, made in after.items():
        # No run writes a field that people own: one that is locked was taken over since, whatever it says.
        if name in product.field_locks or as_json(getattr(product, name)) != made:
            kept.add(name)
        elif before[name] != made:
            values[name] = before[name]
    put_back = _locks_back(product, *locks) if locks else None
    return within_rules(product, Back(values, frozenset(kept), put_back))


def columns_of(back: Back, product: Row[Any], *, kind: str, now: datetime) -> dict[str, Any]:
    """Return the columns that an undo writes, with what the product is to remember of it.

    What its source last said stays noted: the next run of the same values finds nothing new and brings nothing back.
    """
    columns = {name: stored_value(name, value) for name, value in back.values.items()}
    if back.is_removed:
        columns[DELETED] = now
    if DELETED in columns or MISSING in columns:
        columns["undone_hash"] = NOT_LISTED if kind == WITHDRAW else product.source_hash
    if "quota_total" in columns:
        columns["quota_left"] = quota_left(product.quota_total, product.quota_left, columns["quota_total"])
    if back.locks is not None:
        columns[LOCKS] = back.locks
    return columns


def _locks_back(product: Row[Any], before: Locks, after: Locks) -> Locks | None:
    """Return the locks with the wishes that the run noted beside them put back; None where there is nothing to do.

    A run never sets or lifts a lock. One that somebody changed since is left alone. An undo takes back nothing of what
    the source says, and no run corrects a wish while the source stays the same: so none returns that it has given up.
    """
    now = product.field_locks
    back = {name: _up_to_date(product, name, lock) for name, lock in _untouched(now, before, after)}
    locks = {**now, **back}
    return locks if locks != now else None


def _up_to_date(product: Row[Any], name: str, lock: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a lock as it was, the wish beside it being what the source said last; without one, if that is no wish."""
    said = product.source_values or {}
    if "theirs" not in lock or name not in said or is_over(lock, said[name], as_json(getattr(product, name))):
        return without_conflict(lock)
    if lock["theirs"] == said[name]:
        return lock
    noted = product.field_locks[name]
    since = {"theirs_since": noted["theirs_since"]} if "theirs_since" in noted else {}
    return {**lock, **since, "theirs": said[name]}


def _untouched(now: Locks, before: Locks, after: Locks) -> Iterator[tuple[str, Any]]:
    for name in before.keys() & after.keys():
        if before[name] != after[name] and now.get(name) == after[name]:
            yield name, before[name]
