"""An eligibility rule in words, and as the flat rows that people edit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, lazy_gettext

OPERATOR_WORDS: Mapping[str, Any] = {
    "eq": lazy_gettext("is"),
    "ne": lazy_gettext("is not"),
    "lt": lazy_gettext("is below"),
    "lte": lazy_gettext("is at most"),
    "gt": lazy_gettext("is above"),
    "gte": lazy_gettext("is at least"),
    "in": lazy_gettext("is one of"),
    "not_in": lazy_gettext("is none of"),
    "contains": lazy_gettext("contains"),
    "exists": lazy_gettext("is known"),
}


@dataclass(frozen=True)
class FlatRule:
    """A rule of one level: all, any or none of some conditions."""

    match: str
    conditions: tuple[Mapping[str, Any], ...]


def flat_rule(rule: Mapping[str, Any]) -> FlatRule | None:
    """Return the rule as one level, or None where groups lie inside groups."""
    match, members = next(iter(rule.items()))
    if all("attribute" in member for member in members):
        return FlatRule(match, tuple(members))
    return None


def rule_text(rule: Mapping[str, Any]) -> str:
    """Return the rule as people read it: "tenure_months is at least 6 and city is Riyadh"."""
    if "attribute" in rule:
        return _condition_text(rule)
    group, members = next(iter(rule.items()))
    parts = [f"({rule_text(member)})" if "attribute" not in member else rule_text(member) for member in members]
    if group == "all":
        return str(gettext(" and ")).join(parts)
    joined = str(gettext(" or ")).join(parts)
    return joined if group == "any" else str(gettext("none of: %(conditions)s", conditions=joined))


def operand_text(value: Any) -> str:
    """Return the value of a condition as people write it; several with commas."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _condition_text(condition: Mapping[str, Any]) -> str:
    attribute, operator, value = condition["attribute"], condition["operator"], condition["value"]
    if operator == "exists":
        words = gettext("is known") if value else gettext("is not known")
        return f"{attribute} {words}"
    return f"{attribute} {OPERATOR_WORDS[operator]} {operand_text(value)}"
