"""An eligibility rule in words: what it asks, and what it found of one customer."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from catalog_app.products.facts import fact_label, fact_text
from catalog_app.products.outcome import Outcome
from catalog_app.products.rule_judging import judge
from catalog_app.products.rules import GROUPS

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
_ASKS: Mapping[str, Any] = {
    "eq": lazy_gettext("%(fact)s is %(value)s"),
    "ne": lazy_gettext("%(fact)s is not %(value)s"),
    "lt": lazy_gettext("%(fact)s is below %(value)s"),
    "lte": lazy_gettext("%(fact)s is at most %(value)s"),
    "gt": lazy_gettext("%(fact)s is above %(value)s"),
    "gte": lazy_gettext("%(fact)s is at least %(value)s"),
    "in": lazy_gettext("%(fact)s is one of %(value)s"),
    "not_in": lazy_gettext("%(fact)s is none of %(value)s"),
    "contains": lazy_gettext("%(fact)s contains %(value)s"),
    "lacks": lazy_gettext("%(fact)s does not contain %(value)s"),
    "exists": lazy_gettext("%(fact)s is known"),
    "absent": lazy_gettext("%(fact)s is not known"),
}
_HOLDS: Mapping[str, Any] = {
    "eq": lazy_gettext("%(fact)s is %(value)s"),
    "ne": lazy_gettext("%(given)s is not %(value)s"),
    "lt": lazy_gettext("%(given)s is below %(value)s"),
    "lte": lazy_gettext("%(given)s is at most %(value)s"),
    "gt": lazy_gettext("%(given)s is above %(value)s"),
    "gte": lazy_gettext("%(given)s is at least %(value)s"),
    "in": lazy_gettext("%(given)s is one of %(value)s"),
    "not_in": lazy_gettext("%(given)s is none of %(value)s"),
    "contains": lazy_gettext("%(fact)s contains %(value)s"),
    "lacks": lazy_gettext("%(fact)s does not contain %(value)s"),
    "exists": lazy_gettext("%(fact)s is known"),
    "absent": lazy_gettext("%(fact)s is not known"),
}
_MUST: Mapping[str, Any] = {
    "eq": lazy_gettext("%(fact)s is %(given)s, must be %(value)s"),
    "ne": lazy_gettext("%(fact)s is %(given)s, must not be"),
    "lt": lazy_gettext("%(fact)s is %(given)s, must be below %(value)s"),
    "lte": lazy_gettext("%(fact)s is %(given)s, must be at most %(value)s"),
    "gt": lazy_gettext("%(fact)s is %(given)s, must be above %(value)s"),
    "gte": lazy_gettext("%(fact)s is %(given)s, must be at least %(value)s"),
    "in": lazy_gettext("%(fact)s is %(given)s, must be one of %(value)s"),
    "not_in": lazy_gettext("%(fact)s is %(given)s, must be none of %(value)s"),
    "contains": lazy_gettext("%(fact)s is %(given)s, must contain %(value)s"),
    "lacks": lazy_gettext("%(fact)s is %(given)s, must not contain %(value)s"),
    "exists": lazy_gettext("%(fact)s must be known"),
    "absent": lazy_gettext("%(fact)s must not be known"),
}
_OPPOSITE = {
    "eq": "ne", "ne": "eq", "lt": "gte", "gte": "lt", "gt": "lte", "lte": "gt",
    "in": "not_in", "not_in": "in", "contains": "lacks", "exists": "absent",
}  # fmt: skip

Names = Mapping[str, str]


def rule_text(rule: Mapping[str, Any], names: Names | None = None) -> str:
    """Return the rule as people read it: "Tenure is at least 6 months and (City is Riyadh or City is Jeddah)".

    `names` are the labels of segments by their keys.
    """
    if "attribute" in rule:
        return _condition_text(rule, names)
    group, members = next(iter(rule.items()))
    parts = [f"({rule_text(member, names)})" if _is_several(member) else rule_text(member, names) for member in members]
    if group == "all":
        return str(gettext(" and ")).join(parts)
    joined = str(gettext(" or ")).join(parts)
    return joined if group == "any" else str(gettext("none of: %(conditions)s", conditions=joined))


def judged_text(rule: Mapping[str, Any], facts: Mapping[str, Any], names: Names | None = None) -> str:
    """Return why a rule says what it says of a customer with these facts: "Tenure is 3 months, must be at least 6"."""
    return "; ".join(dict.fromkeys(_deciding(rule, facts, names, negated=False)))


def attributes_of(rule: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return what a rule asks of a customer, each once, in its order."""
    return tuple(dict.fromkeys(_attributes(rule))) if rule else ()


def operand_text(value: Any) -> str:
    """Return the value of a condition as people write it; several with commas."""
    if isinstance(value, list):
        return ", ".join(map(operand_text, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _is_several(rule: Mapping[str, Any]) -> bool:
    """Return whether the words of a part need brackets around them inside a larger one."""
    if "attribute" in rule:
        return False
    group, members = next(iter(rule.items()))
    return group == "not" or len(members) > 1


def _attributes(rule: Mapping[str, Any]) -> Iterator[str]:
    if "attribute" in rule:
        yield rule["attribute"]
        return
    for members in rule.values():
        for member in members:
            yield from _attributes(member)


def _deciding(
    rule: Mapping[str, Any], facts: Mapping[str, Any], names: Names | None, *, negated: bool
) -> Iterator[str]:
    """Yield a sentence for each condition that decided, as `judge` decides."""
    outcome = judge(rule, facts, negated=negated).outcome
    group = next((name for name in GROUPS if name in rule), None)
    if group is None:
        yield _found(rule, facts, names, outcome, negated=negated)
        return
    inner = negated != (group == "not")
    for member in rule[group]:
        if judge(member, facts, negated=inner).outcome is outcome:
            yield from _deciding(member, facts, names, negated=inner)


def _found(
    condition: Mapping[str, Any], facts: Mapping[str, Any], names: Names | None, outcome: Outcome, *, negated: bool
) -> str:
    attribute, operator, value = condition["attribute"], condition["operator"], condition["value"]
    if operator == "exists":
        negated = negated != (value is False)
    asked = _OPPOSITE[operator] if negated else operator
    given = facts.get(attribute)
    values = {"fact": fact_label(attribute), "value": fact_text(attribute, value, names)}
    if outcome is Outcome.UNKNOWN and given is None:
        return str(gettext("%(fact)s is not told", fact=values["fact"]))
    values["given"] = "" if given is None else fact_text(attribute, given, names)
    return str((_HOLDS if outcome is Outcome.YES else _MUST)[asked]) % values


def _condition_text(condition: Mapping[str, Any], names: Names | None) -> str:
    attribute, operator, value = condition["attribute"], condition["operator"], condition["value"]
    if operator == "exists" and value is False:
        operator = "absent"
    return str(_ASKS[operator]) % {"fact": fact_label(attribute), "value": fact_text(attribute, value, names)}
