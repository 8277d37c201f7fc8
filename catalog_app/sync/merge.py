"""The three-way decision for one product: what the source said before, what it says now, what stands here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Merge:
    """What a sync does to one product. All values are JSON values.

    `after` holds what the source changes here and `before` what stands there now; `conflicts` holds fields that
    people own and the source has changed, as {field: {"ours", "theirs"}}; `settled` names conflicts that are
    over, because the source came round to our value.
    """

    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    conflicts: dict[str, dict[str, Any]] = field(default_factory=dict)
    settled: tuple[str, ...] = ()

    @property
    def changes_something(self) -> bool:
        return bool(self.after or self.conflicts or self.settled)


def merge(*, said_before: Values, says_now: Values, here: Values, locks: Mapping[str, Any]) -> Merge:
    """Decide field by field.

    A field nobody locked follows the source. A locked one stays, and where the source changes it, that is a
    conflict to be shown and settled.
    """
    taken = {name: value for name, value in says_now.items() if name not in locks and here[name] != value}
    if "lifecycle_status" in taken and "status_reason" not in {*says_now, *locks}:
        # What a source moves is taken whatever the lifecycle table says; the reason tells who moved it.
        taken["status_reason"] = "source"
    locked = {name: value for name, value in says_now.items() if name in locks}
    return Merge(
        before={name: here[name] for name in taken},
        after=taken,
        conflicts={
            name: {"ours": here[name], "theirs": value}
            for name, value in locked.items()
            if value not in (here[name], said_before.get(name)) and locks[name].get("theirs") != value
        },
        settled=tuple(name for name, value in locked.items() if value == here[name] and "theirs" in locks[name]),
    )
