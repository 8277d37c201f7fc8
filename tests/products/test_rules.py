"""What a rule may be when it is saved, and what it says about a customer."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_app.products.outcome import Outcome
from catalog_app.products.rule_judging import evaluate, judge
from catalog_app.products.rules import MAX_CONDITIONS, MAX_DEPTH, OPERATORS, check_rule

YES, NO, UNKNOWN = Outcome.YES, Outcome.NO, Outcome.UNKNOWN


def condition(attribute: str = "tenure_months", operator: str = "gte", value: Any = 6) -> dict[str, Any]:
    return {"attribute": attribute, "operator": operator, "value": value}


def nested(depth: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"all": [condition()]}
    for _ in range(depth - 1):
        rule = {"any": [rule]}
    return rule


def test_a_single_condition_becomes_a_group_of_one() -> None:
    assert check_rule(condition()) == {"all": [condition()]}


def test_a_checked_rule_is_in_its_normal_form() -> None:
    rule = check_rule({"not": {"attribute": " region ", "operator": "exists"}})
    assert rule == {"not": [{"attribute": "region", "operator": "exists", "value": True}]}
    assert check_rule(rule) == rule


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        (None, "is an object"),
        ([], "is an object"),
        ({}, "one of all, any or not"),
        ({"all": [condition()], "any": [condition()]}, "one of all, any or not"),
        ({"some": [condition()]}, "one of all, any or not"),
        ({"all": []}, "at least one"),
        ({"all": "tenure_months"}, "at least one"),
        ({"all": condition()}, "at least one"),
        ({"all": [7]}, "is an object"),
        (condition() | {"unit": "months"}, 'not "unit"'),
        (condition(attribute=""), "names its attribute"),
        (condition(attribute="x" * 101), "names its attribute"),
        (condition(attribute="a\0b"), "cannot be kept"),
        ({"operator": "eq", "value": 1}, "names its attribute"),
        (condition(operator="matches"), "must be one of: eq, ne"),
        (condition(operator="lt", value="soon"), "takes a number, or a date"),
        (condition(operator="lt", value=True), "takes a number, or a date"),
        (condition(operator="eq", value=None), "must be text, a number"),
        (condition(operator="eq", value=[1]), "must be text, a number"),
        (condition(operator="eq", value=""), "has 1 to 255 characters"),
        (condition(operator="eq", value=float("nan")), "ordinary number"),
        (condition(operator="eq", value=10**400), "number"),
        (condition(operator="in", value=[]), "takes a list of 1 to"),
        (condition(operator="in", value="vip"), "takes a list of 1 to"),
        (condition(operator="not_in", value=[1, "a"]), "all be of one kind"),
        (condition(operator="exists", value="yes"), "takes true or false"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_one_sentence(rule: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as caught:
        check_rule(rule)
    assert str(caught.value).endswith(".")


def test_a_rule_holds_as_many_conditions_as_allowed_and_no_more() -> None:
    half = MAX_CONDITIONS // 2
    check_rule({"all": [{"any": [condition()] * half}, {"any": [condition()] * half}]})
    with pytest.raises(ValueError, match="at most 50 conditions"):
        check_rule({"all": [{"any": [condition()] * half}, {"any": [condition()] * (half + 1)}]})


def test_a_rule_is_as_deep_as_allowed_and_no_deeper() -> None:
    check_rule(nested(MAX_DEPTH))
    with pytest.raises(ValueError, match="at most 5 groups deep"):
        check_rule(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize(
    ("operator", "value", "fact", "outcome"),
    [
        ("eq", "gold", "gold", YES),
        ("eq", "gold", "Gold", NO),
        ("eq", 1, 1.0, YES),
        ("eq", 0.1, 0.1, YES),
        ("eq", 1, True, UNKNOWN),
        ("eq", 1, "1", UNKNOWN),
        ("ne", "gold", "silver", YES),
        ("ne", 1, "1", UNKNOWN),
        ("lt", 6, 5, YES),
        ("lt", 6, 6, NO),
        ("lte", 6, 6, YES),
        ("gt", 6, 6, NO),
        ("gte", 6, 6, YES),
        ("gte", 6, "many", UNKNOWN),
        ("gte", "2026-01-31", "2026-02-01", YES),
        ("lt", "2026-01-31T00:00:00Z", "2026-01-31T01:00:00+02:00", YES),
        ("gte", "2026-01-31", 6, UNKNOWN),
        ("in", ["north", "south"], "south", YES),
        ("in", ["north", "south"], "east", NO),
        ("not_in", ["north", "south"], "east", YES),
        ("not_in", ["north", "south"], 7, UNKNOWN),
        ("contains", "vip", ["new", "vip"], YES),
        ("contains", "vip", [], NO),
        ("contains", "vip", ["new", 7], UNKNOWN),
        ("contains", "5G", "Phone 5G", YES),
        ("contains", "5G", 5, UNKNOWN),
        ("exists", True, 0, YES),
        ("exists", False, 0, NO),
    ],
)
def test_an_operator_compares_what_can_be_compared(operator: str, value: Any, fact: Any, outcome: Outcome) -> None:
    rule = check_rule(condition("attribute", operator, value))
    assert evaluate(rule, {"attribute": fact}) is outcome


@pytest.mark.parametrize("facts", [{}, {"attribute": None}])
@pytest.mark.parametrize("operator", [operator for operator in OPERATORS if operator != "exists"])
def test_a_missing_attribute_is_unknown_to_every_operator_but_exists(operator: str, facts: dict[str, Any]) -> None:
    value = [6] if operator in {"in", "not_in"} else 6
    assert evaluate(check_rule(condition("attribute", operator, value)), facts) is UNKNOWN


@pytest.mark.parametrize(("value", "outcome"), [(True, NO), (False, YES)])
def test_exists_answers_for_a_missing_attribute(value: bool, outcome: Outcome) -> None:
    assert evaluate(check_rule(condition("attribute", "exists", value)), {}) is outcome


YES_CONDITION, NO_CONDITION = condition("known", "eq", 1), condition("known", "eq", 2)
UNKNOWN_CONDITION = condition("unheard_of")


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ({"all": [YES_CONDITION, UNKNOWN_CONDITION]}, UNKNOWN),
        ({"all": [NO_CONDITION, UNKNOWN_CONDITION]}, NO),
        ({"any": [YES_CONDITION, UNKNOWN_CONDITION]}, YES),
        ({"any": [NO_CONDITION, UNKNOWN_CONDITION]}, UNKNOWN),
        ({"not": [NO_CONDITION, UNKNOWN_CONDITION]}, UNKNOWN),
        ({"not": [YES_CONDITION, UNKNOWN_CONDITION]}, NO),
        ({"not": [NO_CONDITION, NO_CONDITION]}, YES),
        ({"not": [{"all": [YES_CONDITION, NO_CONDITION]}]}, YES),
        ({"not": [{"not": [YES_CONDITION]}]}, YES),
    ],
)
def test_groups_follow_three_valued_logic(rule: dict[str, Any], outcome: Outcome) -> None:
    assert evaluate(check_rule(rule), {"known": 1}) is outcome


@pytest.mark.parametrize(
    ("rule", "facts", "words"),
    [
        (condition(), {"tenure_months": 3}, "tenure_months is 3, must be at least 6"),
        ({"not": [condition()]}, {"tenure_months": 9}, "tenure_months is 9, must be below 6"),
        (condition(), {}, "tenure_months not given, must be at least 6"),
        (condition("region", "exists", True), {}, "region must be given"),
        (condition("region", "in", ["a", "b"]), {"region": "c"}, "region is c, must be one of a, b"),
        ({"all": [YES_CONDITION, NO_CONDITION]}, {"known": 1}, "known is 1, must be 2"),
    ],
)
def test_the_words_name_the_values_that_decided(rule: dict[str, Any], facts: dict[str, Any], words: str) -> None:
    assert judge(check_rule(rule), facts).words == words


def test_a_long_value_is_cut_in_the_words() -> None:
    words = judge(check_rule(condition("note", "eq", "x")), {"note": "y" * 10_000}).words
    assert len(words) < 200


scalars = st.one_of(st.integers(-3, 3), st.sampled_from(["a", "b", "2026-01-01"]), st.booleans())
values = st.one_of(scalars, st.none(), st.lists(scalars, max_size=3))
conditions = st.one_of(
    st.builds(condition, st.sampled_from("xy"), st.sampled_from(["eq", "ne", "contains"]), scalars),
    st.builds(condition, st.sampled_from("xy"), st.sampled_from(["lt", "lte", "gt", "gte"]), st.integers(-3, 3)),
    st.builds(
        condition,
        st.sampled_from("xy"),
        st.sampled_from(["in", "not_in"]),
        st.lists(st.integers(-3, 3), min_size=1, max_size=3),
    ),
    st.builds(condition, st.sampled_from("xy"), st.just("exists"), st.booleans()),
)
rules = st.recursive(
    conditions,
    lambda inner: st.dictionaries(
        st.sampled_from(["all", "any", "not"]), st.lists(inner, min_size=1, max_size=3), min_size=1, max_size=1
    ),
    max_leaves=8,
).filter(lambda rule: depth_of(rule) <= MAX_DEPTH - 1)


def depth_of(rule: dict[str, Any]) -> int:
    members: list[dict[str, Any]] = next((rule[group] for group in ("all", "any", "not") if group in rule), [])
    return 1 + max(map(depth_of, members)) if members else 0


@given(rule=rules, facts=st.dictionaries(st.sampled_from("xy"), values))
def test_the_opposite_of_a_rule_says_the_opposite(rule: dict[str, Any], facts: dict[str, Any]) -> None:
    assert evaluate(check_rule({"not": [rule]}), facts) is evaluate(check_rule(rule), facts).negated()


@given(rule=rules, facts=st.dictionaries(st.sampled_from("xy"), values), more=values)
def test_learning_more_never_turns_a_no_into_a_yes(rule: dict[str, Any], facts: dict[str, Any], more: Any) -> None:
    checked = check_rule(rule)
    if uses_exists(rule) or "x" in facts:
        return
    before, after = evaluate(checked, facts), evaluate(checked, facts | {"x": more})
    assert before is UNKNOWN or before is after


def uses_exists(rule: dict[str, Any]) -> bool:
    return "'exists'" in str(rule)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["all", "any", "not", "attribute", "operator", "value", "x"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_is_sent_as_a_rule_is_checked_or_refused(value: Any) -> None:
    try:
        checked = check_rule(value)
    except ValueError:
        return
    assert evaluate(checked, {"": 1}) in Outcome
    assert check_rule(checked) == checked
