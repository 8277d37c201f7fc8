"""The three-way decision for one product: what the source said before, what it says now, what stands here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Merge:
    """What a sync does to one product. All values are JSON values.

    `after` holds every field that the source changed and that is taken, `before` what stands there now: where both
    are equal, the product says it already. `conflicts` holds fields that people own and the source has changed, as
    {field: {"ours", "theirs"}}; `settled` names conflicts that are over, because the source came round to our value
    or went back to what it said when the field was locked.
    """

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    conflicts: dict[str, dict[str, Any]] = field(default_factory=dict)
    settled: tuple[str, ...] = ()

    @property
    def changes_product(self) -> bool:
        """Whether the product says something else afterwards."""
        return self.before != self.after

    @property
    def changes_something(self) -> bool:
        return self.changes_product or bool(self.conflicts or self.settled)


def merge(*, said_before: Values, says_now: Values, here: Values, locks: Mapping[str, Any]) -> Merge:
    """Decide field by field.

    A field that the source did not change stays as it stands here, whoever wrote it. One that it changed follows
    the source, unless people own it: then it stays, and that is a conflict to be shown and settled.
    """
    changed = {name: value for name, value in says_now.items() if name not in said_before or said_before[name] != value}
    after = {name: value for name, value in changed.items() if name not in locks}
    moves = "lifecycle_status" in after and after["lifecycle_status"] != here["lifecycle_status"]
    if moves and "status_reason" not in {*says_now, *locks}:
        # What a source moves is taken whatever the lifecycle table says; the reason tells who moved it.
        after["status_reason"] = "source"
    settled = tuple(name for name in locks if name in says_now and is_over(locks[name], says_now[name], here[name]))
    return Merge(
        before={name: here[name] for name in after},
        after=after,
        conflicts={
            name: {"ours": here[name], "theirs": value}
            for name, value in changed.items()
            if name in locks and name not in settled and value != here[name] and locks[name].get("theirs") != value
        },
        settled=settled,
    )


def is_over(lock: Mapping[str, Any], says_now: Any, here: Any) -> bool:
    """Return whether the conflict noted beside a lock has ended, now that the source says this."""
    if "theirs" not in lock:
        return False
    return bool(says_now == here or ("theirs_before" in lock and says_now == lock["theirs_before"]))


def locks_after(
    locks: Mapping[str, Any],
    conflicts: Mapping[str, Any],
    *,
    said_before: Values,
    says_now: Values,
    here: Values,
    at: str,
) -> dict[str, Any]:
    """Return the locks with what the source wants beside each of them, and without what it no longer wants.

    `theirs_before` is what the source said when the conflict began: should it say that again, the conflict is over.
    """
    kept: dict[str, Any] = {}
    for name, lock in locks.items():
        if name in conflicts:
            wish = {"theirs": says_now[name], "theirs_since": at}
            if "theirs_before" not in lock and name in said_before:
                wish["theirs_before"] = said_before[name]
            kept[name] = {**lock, **wish}
        elif name in says_now and is_over(lock, says_now[name], here[name]):
            kept[name] = without_conflict(lock)
        else:
            kept[name] = lock
    return kept


def without_conflict(lock: Mapping[str, Any]) -> dict[str, Any]:
    """Return a lock without what the source wants instead."""
    return {key: value for key, value in lock.items() if not key.startswith("theirs")}
