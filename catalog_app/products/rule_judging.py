"""What a checked rule says about a customer, and in which words.

A missing attribute, or one of another kind than the rule asks for, makes a condition unknown; only `exists` can answer
without it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog_app.products.outcome import Outcome, all_of, any_of
from catalog_app.products.rule_values import compare, shown
from catalog_app.products.rules import group_of

# What a negated condition asks for, so that its reason can be said without "not".
_OPPOSITE = {
    "eq": "ne", "ne": "eq", "lt": "gte", "gte": "lt", "gt": "lte", "lte": "gt",
    "in": "not_in", "not_in": "in", "contains": "lacks", "exists": "absent",
}  # fmt: skip
_WORDS = {
    "eq": "must be {}",
    "ne": "must not be {}",
    "lt": "must be below {}",
    "lte": "must be at most {}",
    "gt": "must be above {}",
    "gte": "must be at least {}",
    "in": "must be one of {}",
    "not_in": "must be none of {}",
    "contains": "must contain {}",
    "lacks": "must not contain {}",
    "exists": "must be given",
    "absent": "must not be given",
}


@dataclass(frozen=True)
class Judgement:
    """What a rule says about one customer, and the conditions that decided it, in words."""

    outcome: Outcome
    words: str


def evaluate(rule: Mapping[str, Any], facts: Mapping[str, Any]) -> Outcome:
    """Return what `judge` does without its words, which take most of its time."""
    group = group_of(rule)
    if group is None:
        return _holds(rule, facts)
    parts = [evaluate(member, facts) for member in rule[group]]
    if group == "any":
        return any_of(parts)
    # "not" asks that none of them holds: all of the opposites.
    return all_of(part.negated() for part in parts) if group == "not" else all_of(parts)


def judge(rule: Mapping[str, Any], facts: Mapping[str, Any], *, negated: bool = False) -> Judgement:
    """Return what a checked rule says, with the words for it ("tenure_months is 3, must be at least 6")."""
    group = group_of(rule)
    if group is None:
        return _judge_condition(rule, facts, negated=negated)
    inner = negated != (group == "not")
    parts = [judge(member, facts, negated=inner) for member in rule[group]]
    # "not" asks that none of them holds: all of the opposites. A negated "all" asks for any opposite.
    combine = any_of if (group == "any") != negated else all_of
    outcome = combine(part.outcome for part in parts)
    return Judgement(outcome, "; ".join(part.words for part in parts if part.outcome is outcome))


def _judge_condition(condition: Mapping[str, Any], facts: Mapping[str, Any], *, negated: bool) -> Judgement:
    attribute, operator, operand = condition["attribute"], condition["operator"], condition["value"]
    fact = facts.get(attribute)
    outcome = _holds(condition, facts)
    # That something is given is asked for by the value true, and that it is not by false.
    if operator == "exists" and operand is False:
        operator = _OPPOSITE[operator]
    if negated:
        operator, outcome = _OPPOSITE.get(operator, "exists"), outcome.negated()
    return Judgement(outcome, _in_words(attribute, operator, fact, operand))


def _holds(condition: Mapping[str, Any], facts: Mapping[str, Any]) -> Outcome:
    fact, operand = facts.get(condition["attribute"]), condition["value"]
    if condition["operator"] == "exists":
        return Outcome.of((fact is not None) != (operand is False))
    return compare(condition["operator"], fact, operand)


def _in_words(attribute: str, operator: str, fact: Any, operand: Any) -> str:
    asked = _WORDS[operator].format(shown(operand))
    if operator in ("exists", "absent"):
        return f"{attribute} {asked}"
    if fact is None:
        return f"{attribute} not given, {asked}"
    return f"{attribute} is {shown(fact)}, {asked}"
