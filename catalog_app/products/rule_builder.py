"""An eligibility rule as the builder of the form shows it: conditions, and groups of conditions, on one level."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Group:
    """All, any or none of some conditions."""

    match: str
    conditions: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class BuiltRule(Group):
    """A rule of two levels: conditions, and behind them groups of conditions."""

    groups: tuple[Group, ...] = ()

    def rule(self) -> dict[str, Any] | None:
        """Return the rule itself, None where it asks nothing. A group that asks nothing is left out."""
        groups = [{group.match: list(group.conditions)} for group in self.groups if group.conditions]
        members = [*self.conditions, *groups]
        return {self.match: members} if members else None


def built(rule: Mapping[str, Any]) -> BuiltRule | None:
    """Return the rule for the builder, or None where it is deeper than the builder shows.

    The builder shows conditions before groups; for a rule that mixes them only the order differs, never the meaning.
    """
    match, members = next(iter(rule.items()))
    groups = [group for member in members if "attribute" not in member and (group := _group(member)) is not None]
    conditions = tuple(member for member in members if "attribute" in member)
    if len(groups) + len(conditions) < len(members):
        return None
    return BuiltRule(match, conditions, tuple(groups))


def in_kept_order(made: Mapping[str, Any] | None, kept: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return what was made in the builder, or the rule that was kept where both say the same in another order."""
    if made is None or kept is None:
        return made
    shown = built(kept)
    return kept if shown is not None and shown.rule() == made else made


def _group(member: Mapping[str, Any]) -> Group | None:
    match, conditions = next(iter(member.items()))
    return Group(match, tuple(conditions)) if all("attribute" in one for one in conditions) else None
