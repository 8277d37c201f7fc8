"""Whether what several clients saw of products can have happened one after another; versions are the witnesses.

Each change of a product raises its version by one and leaves a revision. So the order in which things happened is known,
and a history is linearizable where that order agrees with the clocks, and with what everybody was shown.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

COMPARED: Final = ("name", "description", "category", "lifecycle_status", "price")
State = dict[str, Any]


@dataclass(frozen=True)
class Happened:
    """What one client did to one product and was told, between two moments of one clock.

    `version` and `state` are those of the answer, None where it showed none. `status` is that of HTTP.
    """

    client: str
    what: str
    product: int
    status: int
    begun: float
    ended: float
    version: int | None = None
    expected: int | None = None
    state: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        match = f" if {self.expected}" if self.expected is not None else ""
        shown = f" version {self.version}" if self.version is not None else ""
        return f"{self.client} {self.what} {self.product}{match}: {self.status}{shown}"


@dataclass(frozen=True)
class Change:
    """One revision of a product, as the database keeps it; `run` is the sync that made it, None where people did."""

    product: int
    version: int
    actor: str
    run: int | None
    changes: Mapping[str, Sequence[Any]]


@dataclass
class _Written:
    """Between which moments each version of one product was written."""

    begun: dict[int, float] = field(default_factory=dict)
    ended: dict[int, float] = field(default_factory=dict)


def faults(
    history: Sequence[Happened],
    changes: Sequence[Change],
    runs: Mapping[int, tuple[float, float]],
    present: Mapping[int, Mapping[str, Any]],
) -> list[str]:
    """Return what cannot have been; `runs` tells when each sync began and ended, `present` how products stand now."""
    of_product: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        of_product[change.product].append(change)
    found: list[str] = []
    for product, own in of_product.items():
        told = [one for one in history if one.product == product]
        found += replayed(own, present[product])
        written, unclaimed = _written(told, own, runs)
        found += unclaimed
        found += _out_of_order(told, written)
        found += _wrongly_refused(told, written)
        found += _wrongly_shown(told, own)
    return found


def replayed(own: Sequence[Change], present: Mapping[str, Any]) -> list[str]:
    """Return where the revisions of a product, one after another, do not lead to how it stands."""
    product, state = own[0].product, State()
    found = []
    if [change.version for change in own] != list(range(1, len(own) + 1)):
        found.append(f"product {product}: versions {[change.version for change in own]}")
    for change in own:
        for name, (old, new) in change.changes.items():
            if name in state and state[name] != old:
                found.append(f"product {product} version {change.version}: {name} was {state[name]!r}, not {old!r}")
            state[name] = new
    if present["version"] != own[-1].version:
        found.append(f"product {product} is at version {present['version']}, its audit at {own[-1].version}")
    found += [
        f"product {product}: {name} is {present[name]!r}, by its audit {value!r}"
        for name, value in state.items()
        if name in present and present[name] != value
    ]
    return found


def _written(
    told: Sequence[Happened], own: Sequence[Change], runs: Mapping[int, tuple[float, float]]
) -> tuple[_Written, list[str]]:
    """Return when each version was written, and revisions that nobody was told of."""
    written, found = _Written(), []
    claims: dict[tuple[str, int], Happened] = {}
    for one in sorted(told, key=lambda one: one.begun):
        if one.version is not None and one.what != "read":
            claims.setdefault((one.client, one.version), one)
    for change in own:
        if change.run is not None:
            written.begun[change.version], written.ended[change.version] = runs[change.run]
        elif claim := claims.get((change.actor, change.version)):
            written.begun[change.version], written.ended[change.version] = claim.begun, claim.ended
        else:
            found.append(f"product {change.product} version {change.version}: nobody was told of it ({change.actor})")
            written.begun[change.version], written.ended[change.version] = float("-inf"), float("inf")
    return written, found


def _out_of_order(told: Sequence[Happened], written: _Written) -> Iterator[str]:
    """Yield what was answered older than what had been answered, or written, before it was asked; or newer than there was."""
    for one in told:
        if one.version is None:
            continue
        newest = max((version for version, ended in written.ended.items() if ended < one.begun), default=0)
        seen = max((other.version or 0 for other in told if other.ended < one.begun), default=0)
        if one.version < max(newest, seen):
            yield f"{one}; but {max(newest, seen)} was there before it was asked"
        if written.begun.get(one.version, float("inf")) > one.ended:
            yield f"{one}; but that was written later"


def _wrongly_refused(told: Sequence[Happened], written: _Written) -> Iterator[str]:
    """Yield who was told that the version had moved while it stood, and who changed what had moved."""
    for one in told:
        if one.expected is None:
            continue
        moved_on = written.begun.get(one.expected + 1, float("inf")) <= one.ended
        was_not_yet = written.ended.get(one.expected, float("inf")) >= one.begun
        if one.status == 412 and not (moved_on or was_not_yet):  # noqa: PLR2004  # HTTP's
            yield f"{one}; but that version stood"
        if one.status == 200 and one.version not in (one.expected, one.expected + 1):  # noqa: PLR2004  # HTTP's
            yield f"{one}; it was to follow {one.expected}"


def _wrongly_shown(told: Sequence[Happened], own: Sequence[Change]) -> Iterator[str]:
    """Yield what was shown otherwise than it stood at that version."""
    states: dict[int, State] = {}
    state = State()
    for change in own:
        state = {**state, **{name: new for name, (_, new) in change.changes.items() if name in COMPARED}}
        states[change.version] = state
    for one in told:
        if one.state is None or one.version is None:
            continue
        wanted = states.get(one.version)
        if wanted is None:
            yield f"{one}; there never was such a version"
        elif wrong := {name: one.state[name] for name in wanted if one.state[name] != wanted[name]}:
            yield f"{one} showed {wrong}, where it stood {wanted}"
