"""The eligibility rule of a product: how it is checked when saved, and what it says about a customer.

A rule is a group {"all": [...]}, {"any": [...]} or {"not": [...]} (none of them may hold) whose members are groups
or conditions {"attribute", "operator", "value"}. What a customer's attribute is compared with has the same kind:
numbers with numbers, dates with dates. Text is compared exactly. A missing attribute, or one of another kind, makes
a condition unknown; only `exists` can answer without it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from catalog_app.core.errors import Sentence
from catalog_app.core.text import clean_json, clean_line
from catalog_app.products.outcome import Outcome, all_of, any_of

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
_SHOWN = 60


@dataclass(frozen=True)
class Judgement:
    """What a rule says about one customer, and the conditions that decided it, in words."""

    outcome: Outcome
    words: str


def check_rule(value: Any) -> dict[str, Any]:
    """Return the rule in its normal form: a group of groups and conditions; raise ValueError with one sentence.

    A single condition becomes a group of one, `exists` gets its value, and dates are checked as dates.
    """
    rule, conditions = _check_node(value, depth=1)
    if conditions > MAX_CONDITIONS:
        raise ValueError(Sentence("A rule holds at most %(most)s conditions.", most=MAX_CONDITIONS))
    return rule if _group_of(rule) else {"all": [rule]}


def evaluate(rule: Mapping[str, Any], facts: Mapping[str, Any]) -> Outcome:
    """Return what a checked rule says about a customer with these attributes."""
    return judge(rule, facts).outcome


def judge(rule: Mapping[str, Any], facts: Mapping[str, Any], *, negated: bool = False) -> Judgement:
    """Return what a checked rule says, with the words for it ("tenure_months is 3, must be at least 6")."""
    group = _group_of(rule)
    if group is None:
        return _judge_condition(rule, facts, negated=negated)
    inner = negated != (group == "not")
    parts = [judge(member, facts, negated=inner) for member in rule[group]]
    # "not" asks that none of them holds: all of the opposites. A negated "all" asks for any opposite.
    combine = any_of if (group == "any") != negated else all_of
    outcome = combine(part.outcome for part in parts)
    return Judgement(outcome, "; ".join(part.words for part in parts if part.outcome is outcome))


def _group_of(rule: Mapping[str, Any]) -> str | None:
    return next((group for group in GROUPS if group in rule), None)


def _check_node(value: Any, depth: int) -> tuple[dict[str, Any], int]:
    if not isinstance(value, Mapping):
        raise ValueError(Sentence("A rule is an object such as {all: [{attribute, operator, value}]}."))  # noqa: TRY004  # a person's mistake
    if "attribute" in value or "operator" in value:
        return _check_condition(value), 1
    if len(value) != 1 or (group := _group_of(value)) is None:
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
                'A condition has attribute, operator and value, not "%(value)s".', value=_shown(min(map(str, unknown)))
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
                attribute=_shown(attribute),
                operators=", ".join(OPERATORS),
            )
        )
    operand = _check_operand(_shown(attribute), str(operator), value.get("value"))
    return {"attribute": attribute, "operator": operator, "value": operand}


def _check_operand(attribute: str, operator: str, value: Any) -> Any:
    if operator == "exists":
        if not isinstance(value, bool | None):
            raise ValueError(Sentence("%(attribute)s: exists takes true or false.", attribute=attribute))
        return value is not False
    if operator in _LISTED:
        return _check_list(attribute, operator, value)
    scalar = _check_scalar(attribute, value)
    if operator in _ORDERED and _comparable(scalar) is None:
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
    if len({_kind(scalar) for scalar in scalars}) > 1:
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
    kind = _kind(cleaned)
    if kind is None:
        raise ValueError(
            Sentence("%(attribute)s: the value must be text, a number, or true or false.", attribute=attribute)
        )
    if kind == "text" and not 1 <= len(cleaned) <= MAX_TEXT:
        raise ValueError(
            Sentence(
                "%(attribute)s: the text to compare with has 1 to %(most)s characters.",
                attribute=attribute,
                most=MAX_TEXT,
            )
        )
    if kind == "number" and abs(cleaned) > MAX_NUMBER:
        raise ValueError(Sentence("%(attribute)s: this number is too large.", attribute=attribute))
    return cleaned


def _judge_condition(condition: Mapping[str, Any], facts: Mapping[str, Any], *, negated: bool) -> Judgement:
    attribute, operator, operand = condition["attribute"], condition["operator"], condition["value"]
    fact = facts.get(attribute)
    if operator == "exists":
        negated = negated != (operand is False)
        outcome = Outcome.of(fact is not None)
    else:
        outcome = _compare(operator, fact, operand)
    if negated:
        operator, outcome = _OPPOSITE[operator], outcome.negated()
    return Judgement(outcome, _in_words(attribute, operator, fact, operand))


def _compare(operator: str, fact: Any, operand: Any) -> Outcome:
    match operator:
        case "eq":
            return _equal(fact, operand)
        case "ne":
            return _equal(fact, operand).negated()
        case "in":
            return any_of(_equal(fact, item) for item in operand)
        case "not_in":
            return any_of(_equal(fact, item) for item in operand).negated()
        case "contains":
            return _contains(fact, operand)
        case _:
            return _ordered(operator, fact, operand)


def _equal(fact: Any, operand: Any) -> Outcome:
    kind = _kind(fact)
    if kind is None or kind != _kind(operand):
        return Outcome.UNKNOWN
    if kind == "number":
        return Outcome.of(_exact(fact) == _exact(operand))
    return Outcome.of(fact == operand)


def _contains(fact: Any, operand: Any) -> Outcome:
    if isinstance(fact, list | tuple | set | frozenset):
        return any_of(_equal(item, operand) for item in fact)
    if isinstance(fact, str) and isinstance(operand, str):
        return Outcome.of(operand in fact)
    return Outcome.UNKNOWN


def _ordered(operator: str, fact: Any, operand: Any) -> Outcome:
    left, right = _comparable(fact), _comparable(operand)
    if left is None or right is None or isinstance(left, datetime) != isinstance(right, datetime):
        return Outcome.UNKNOWN
    # Both are moments or both are numbers, which the check above proves and the types cannot.
    lower: Any = left
    match operator:
        case "lt":
            return Outcome.of(lower < right)
        case "lte":
            return Outcome.of(lower <= right)
        case "gt":
            return Outcome.of(lower > right)
        case _:
            return Outcome.of(lower >= right)


def _kind(value: Any) -> str | None:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int) or (isinstance(value, Decimal | float) and isfinite(value)):
        return "number"
    return "text" if isinstance(value, str) else None


def _exact(value: Decimal | float) -> int | Decimal:
    # A float stands for the digits it is written with: 0.1 from one JSON text equals Decimal("0.1") from another.
    return Decimal(repr(value)) if isinstance(value, float) else value


def _comparable(value: Any) -> int | Decimal | datetime | None:
    if _kind(value) == "number":
        return _exact(value)
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _in_words(attribute: str, operator: str, fact: Any, operand: Any) -> str:
    asked = _WORDS[operator].format(_shown(operand))
    if operator in ("exists", "absent"):
        return f"{attribute} {asked}"
    if fact is None:
        return f"{attribute} not given, {asked}"
    return f"{attribute} is {_shown(fact)}, {asked}"


def _shown(value: Any) -> str:
    """Return a value as a reason shows it: short, whatever somebody sent."""
    if isinstance(value, list | tuple | set | frozenset):
        text = ", ".join(str(item) for item in list(value)[:MAX_VALUES]) or "an empty list"
    else:
        text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
