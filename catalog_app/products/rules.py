"""The eligibility rule of a product: its form, checked when it is saved.

A rule is a group {"all": [...]}, {"any": [...]} or {"not": [...]} (none of them may hold) whose members are groups
or conditions {"attribute", "operator", "value"}. What it says about a customer: rule_judging.py.
"""

from collections.abc import Mapping
from typing import Any

from catalog_app.core.errors import Sentence
from catalog_app.core.text import clean_json, clean_line
from catalog_app.products.rule_values import comparable, kind, shown

MAX_CONDITIONS = 50
MAX_DEPTH = 5
MAX_ATTRIBUTE = 100
MAX_TEXT = 255
MAX_VALUES = 200
MAX_NUMBER = 10**15

GROUPS = ("all", "any", "not")
_ORDERED = ("lt", "lte", "gt", "gte")
_LISTED = ("in", "not_in")
OPERATORS = ("eq", "ne", *_ORDERED, *_LISTED, "contains", "exists")


def check_rule(value: Any) -> dict[str, Any]:
    """Return the rule in its normal form: a group of groups and conditions; raise ValueError with one sentence.

    A single condition becomes a group of one, `exists` gets its value, and dates are checked as dates.
    """
    rule, conditions = _check_node(value, depth=1)
    if conditions > MAX_CONDITIONS:
        raise ValueError(Sentence("A rule holds at most %(most)s conditions.", most=MAX_CONDITIONS))
    return rule if group_of(rule) else {"all": [rule]}


def group_of(rule: Mapping[str, Any]) -> str | None:
    """Return which of all, any and not a part of a rule is, None for a condition."""
    return next((group for group in GROUPS if group in rule), None)


def _check_node(value: Any, depth: int) -> tuple[dict[str, Any], int]:
    if not isinstance(value, Mapping):
        raise ValueError(Sentence("A rule is an object such as {all: [{attribute, operator, value}]}."))  # noqa: TRY004  # a person's mistake
    if "attribute" in value or "operator" in value:
        return _check_condition(value), 1
    if len(value) != 1 or (group := group_of(value)) is None:
        raise ValueError(
            Sentence(
                "Each part of a rule is one of all, any or not, or a condition with attribute, operator and value."
            )
        )
    if depth > MAX_DEPTH:
        raise ValueError(Sentence("A rule is at most %(most)s groups deep.", most=MAX_DEPTH))
    members = value[group]
    if group == "not" and isinstance(members, Mapping):
        members = [members]
    if not isinstance(members, list | tuple) or not members:
        raise ValueError(Sentence('"%(group)s" needs a list with at least one condition.', group=group))
    checked = [_check_node(member, depth + 1) for member in members[: MAX_CONDITIONS + 1]]
    return {group: [rule for rule, _ in checked]}, sum(count for _, count in checked)


def _check_condition(value: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(value) - {"attribute", "operator", "value"}
    if unknown:
        raise ValueError(
            Sentence(
                'A condition has attribute, operator and value, not "%(value)s".', value=shown(min(map(str, unknown)))
            )
        )
    attribute = value.get("attribute")
    if not isinstance(attribute, str) or not 1 <= len(attribute := clean_line(attribute)) <= MAX_ATTRIBUTE:
        raise ValueError(Sentence("A condition names its attribute in 1 to %(most)s characters.", most=MAX_ATTRIBUTE))
    operator = value.get("operator")
    if operator not in OPERATORS:
        raise ValueError(
            Sentence(
                "The operator of %(attribute)s must be one of: %(operators)s.",
                attribute=shown(attribute),
                operators=", ".join(OPERATORS),
            )
        )
    operand = _check_operand(shown(attribute), str(operator), value.get("value"))
    return {"attribute": attribute, "operator": operator, "value": operand}


def _check_operand(attribute: str, operator: str, value: Any) -> Any:
    if operator == "exists":
        if not isinstance(value, bool | None):
            raise ValueError(Sentence("%(attribute)s: exists takes true or false.", attribute=attribute))
        return value is not False
    if operator in _LISTED:
        return _check_list(attribute, operator, value)
    scalar = _check_scalar(attribute, value)
    if operator in _ORDERED and comparable(scalar) is None:
        raise ValueError(
            Sentence(
                "%(attribute)s: %(operator)s takes a number, or a date such as 2026-12-31.",
                attribute=attribute,
                operator=operator,
            )
        )
    return scalar


def _check_list(attribute: str, operator: str, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= MAX_VALUES:
        raise ValueError(
            Sentence(
                "%(attribute)s: %(operator)s takes a list of 1 to %(most)s values.",
                attribute=attribute,
                operator=operator,
                most=MAX_VALUES,
            )
        )
    scalars = [_check_scalar(attribute, item) for item in value]
    if len({kind(scalar) for scalar in scalars}) > 1:
        raise ValueError(
            Sentence(
                "%(attribute)s: the values of %(operator)s must all be of one kind.",
                attribute=attribute,
                operator=operator,
            )
        )
    return scalars


def _check_scalar(attribute: str, value: Any) -> Any:
    cleaned = clean_json(value)
    of = kind(cleaned)
    if of is None:
        raise ValueError(
            Sentence("%(attribute)s: the value must be text, a number, or true or false.", attribute=attribute)
        )
    if of == "text" and not 1 <= len(cleaned) <= MAX_TEXT:
        raise ValueError(
            Sentence(
                "%(attribute)s: the text to compare with has 1 to %(most)s characters.",
                attribute=attribute,
                most=MAX_TEXT,
            )
        )
    if of == "number" and abs(cleaned) > MAX_NUMBER:
        raise ValueError(Sentence("%(attribute)s: this number is too large.", attribute=attribute))
    return cleaned
