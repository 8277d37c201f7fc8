"""The verdict on one product and one customer."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from catalog_app.core.errors import RuleError
from catalog_app.products.checks import CHECKS, Reason
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.eligibility import Verdict, available_now, eligibility
from catalog_app.products.models import Product
from catalog_app.products.outcome import Outcome
from catalog_app.products.owned import Owned, owned_from, resolve_owned
from tests.products.factories import NOW, product, saved

YES, NO, UNKNOWN = Outcome.YES, Outcome.NO, Outcome.UNKNOWN

ORDER = (
    "lifecycle",
    "switch",
    "window",
    "missing",
    "quota",
    "channel",
    "payment_mode",
    "customer_value",
    "segments",
    "relations",
    "points",
    "limit",
    "cooldown",
    "rule",
)
RESTRICTED = {
    "channels": ["sms"],
    "payment_mode": "prepaid",
    "max_customer_value": "1000",
    "target_segments": ["vip"],
    "relations": [{"relation": "requires", "product": 7}],
    "points_price": 100,
    "max_per_customer": 1,
    "cooldown_days": 30,
    "eligibility_rule": {"all": [{"attribute": "tenure_months", "operator": "gte", "value": 6}]},
}
FITTING: dict[str, Any] = {
    "payment_mode": "prepaid",
    "customer_value": 1000,
    "segments": ["vip"],
    "owned": [7],
    "points": 100,
    "times_taken": {},
    "last_offered": {},
    "tenure_months": 6,
}


def offered(**overrides: Any) -> Product:
    made = product(**overrides)
    made.id = 1
    return made


def judged(made: Product, features: Mapping[str, Any] | None = None, channel: str | None = None) -> Verdict:
    return eligibility(made, CustomerFeatures.of(features or {}), NOW, channel)


def check(verdict: Verdict, code: str) -> Reason:
    (found,) = (reason for reason in verdict.checks if reason.code == code)
    return found


def test_a_product_without_restrictions_is_for_everyone() -> None:
    verdict = judged(offered())
    assert (verdict.outcome, verdict.reasons, verdict.unchecked) == (YES, (), ())


def test_every_check_leaves_its_result_in_the_fixed_order() -> None:
    assert tuple(reason.code for reason in judged(offered(**RESTRICTED)).checks) == ORDER
    assert len(ORDER) == len(CHECKS)


def test_a_customer_who_fits_in_every_dimension_gets_a_yes() -> None:
    assert judged(offered(**RESTRICTED), FITTING, "sms").outcome is YES


def test_a_customer_of_whom_nothing_is_known_gets_an_unknown_naming_every_dimension() -> None:
    verdict = judged(offered(**RESTRICTED))
    assert verdict.outcome is UNKNOWN
    assert verdict.unchecked == ORDER[5:]
    assert [reason.message for reason in verdict.reasons[:4]] == [
        "channel not given",
        "payment_mode not given",
        "customer_value not given",
        "segments not given",
    ]


@pytest.mark.parametrize("left_out", [*FITTING, "channel"])
def test_what_was_not_given_is_never_read_as_yes(left_out: str) -> None:
    features = {name: value for name, value in FITTING.items() if name != left_out}
    verdict = judged(offered(**RESTRICTED), features, None if left_out == "channel" else "sms")
    assert verdict.outcome is UNKNOWN
    assert len(verdict.unchecked) == 1


def test_one_no_outweighs_any_number_of_unknowns() -> None:
    assert judged(offered(**RESTRICTED), {"customer_value": 1200}).outcome is NO


@pytest.mark.parametrize(
    ("overrides", "code", "message"),
    [
        ({"lifecycle_status": "in_test"}, "lifecycle", "lifecycle_status: in_test is not launched"),
        ({"deleted_at": NOW}, "lifecycle", "lifecycle_status: the product is deleted"),
        (
            {"field_locks": {"lifecycle_status": {"by": "anna", "theirs": "retired"}}},
            "lifecycle",
            "lifecycle_status: held until its conflict is settled",
        ),
        ({"is_available": False}, "switch", "is_available: switched off"),
        ({"valid_from": NOW + timedelta(seconds=1)}, "window", "valid_from: begins 2026-06-01T12:00:01+00:00"),
        ({"valid_to": NOW}, "window", "valid_to: ended 2026-06-01T12:00:00+00:00"),
        ({"missing_since": NOW}, "missing", "missing_since: gone from its source since 2026-06-01T12:00:00+00:00"),
        ({"quota_left": 0}, "quota", "quota_left: 0 left"),
    ],
)
def test_a_product_that_is_not_on_sale_is_refused_to_everyone(
    overrides: dict[str, Any], code: str, message: str
) -> None:
    made = offered(**overrides)
    (reason,) = judged(made).reasons
    assert (reason.code, reason.message, reason.outcome) == (code, message, NO)
    assert not available_now(made, NOW)


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"valid_from": NOW},
        {"valid_to": NOW + timedelta(microseconds=1)},
        {"quota_left": 1},
        {"field_locks": {"price": {"by": "anna", "theirs": "5"}, "lifecycle_status": {"by": "anna"}}},
        RESTRICTED,
    ],
)
def test_a_product_on_sale_is_available_whoever_may_buy_it(overrides: dict[str, Any]) -> None:
    assert available_now(offered(**overrides), NOW)


@pytest.mark.parametrize(
    ("overrides", "features", "message"),
    [
        ({"max_customer_value": "1000"}, {"customer_value": 1200}, "max_customer_value: 1200 is above 1000"),
        (
            {"max_customer_value": "1000.50"},
            {"customer_value": "1000.51"},
            "max_customer_value: 1000.51 is above 1000.5",
        ),
        ({"min_customer_value": "100"}, {"customer_value": 0}, "min_customer_value: 0 is below 100"),
        ({"payment_mode": "prepaid"}, {"payment_mode": "hybrid"}, "payment_mode: hybrid is not prepaid"),
        ({"target_segments": ["vip", "new"]}, {"segments": ["old"]}, "target_segments: old is none of new, vip"),
        ({"target_segments": ["vip"]}, {"segments": []}, "target_segments: no segment is none of vip"),
        ({"exclude_segments": ["debt"]}, {"segments": ["debt", "vip"]}, "exclude_segments: debt is excluded"),
        ({"points_price": 100}, {"points": 99}, "points_price: 99 is below 100"),
        ({"max_per_customer": 2}, {"times_taken": {"1": 2}}, "max_per_customer: taken 2 of 2 times"),
        (
            {"eligibility_rule": {"all": [{"attribute": "tenure_months", "operator": "gte", "value": 6}]}},
            {"tenure_months": 3},
            "eligibility_rule: tenure_months is 3, must be at least 6",
        ),
    ],
)
def test_a_refusal_names_the_values(overrides: dict[str, Any], features: dict[str, Any], message: str) -> None:
    verdict = judged(offered(**overrides), features)
    assert verdict.outcome is NO
    assert [reason.message for reason in verdict.reasons] == [message]


def test_a_channel_that_the_product_does_not_use_is_refused() -> None:
    (reason,) = judged(offered(channels=["sms", "push"]), channel="email").reasons
    assert (reason.outcome, reason.message) == (NO, "channels: email is none of sms, push")


@pytest.mark.parametrize("value", ["100", "1000"])
def test_the_bounds_of_the_customer_value_are_inside(value: str) -> None:
    made = offered(min_customer_value="100", max_customer_value="1000")
    assert judged(made, {"customer_value": value}).outcome is YES


def test_a_null_bound_is_no_bound() -> None:
    assert judged(offered(min_customer_value="100"), {"customer_value": 9_999_999_999}).outcome is YES
    assert judged(offered(max_customer_value="100"), {"customer_value": 0}).outcome is YES


@pytest.mark.parametrize("bound", ["min_customer_value", "max_customer_value"])
def test_a_bound_of_zero_is_a_bound(bound: str) -> None:
    assert judged(offered(**{bound: "0"}), {"customer_value": 0}).outcome is YES
    assert judged(offered(**{bound: "0"})).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("features", "value"),
    [
        ({"customer_value": 0, "lifetime_value": 5, "total_revenue": 7}, 0),
        ({"customer_value": None, "lifetime_value": 0, "total_revenue": 7}, 0),
        ({"total_revenue": "7.50"}, Decimal("7.50")),
        ({"customer_value": " "}, None),
        ({}, None),
    ],
)
def test_the_first_value_that_is_given_is_the_customer_value_and_zero_is_given(
    features: dict[str, Any], value: Decimal | None
) -> None:
    customer = CustomerFeatures.of(features)
    assert customer.customer_value == value
    assert customer.facts.get("customer_value") == value


def test_an_empty_list_says_none_at_all_and_nothing_says_not_known() -> None:
    assert CustomerFeatures.of({"segments": [], "owned": []}).segments == frozenset()
    assert CustomerFeatures.of({"segments": None, "owned": None}) == CustomerFeatures.of({})
    assert judged(offered(exclude_segments=["debt"]), {"segments": []}).outcome is YES


@pytest.mark.parametrize(
    ("features", "faults"),
    [
        ({"customer_value": -1}, {"customer_value": "Use 0 or more."}),
        ({"lifetime_value": "much"}, {"lifetime_value": "Use digits only, such as 140.00."}),
        ({"total_revenue": float("nan")}, {"total_revenue": "Use an ordinary number."}),
        ({"customer_value": 10**10}, {"customer_value": "Use a number below 10000000000."}),
        ({"segments": 5.5}, {"segments": "Write this as a list."}),
        ({"segments": ["a\0"]}, {"segments.0": "This holds a character that cannot be kept (U+0000)."}),
        ({"payment_mode": "barter"}, {"payment_mode": "Choose one of: 'prepaid', 'postpaid' or 'hybrid'."}),
        ({"points": 1.5}, {"points": "Use a whole number, such as 30."}),
        ({"owned": {"a": 1}}, {"owned": "Write this as a list."}),
        (
            {"owned": ["PO-7"]},
            {"owned": "Name each product by its id, such as 7, or as system:external id, such as xiva:PO-7."},
        ),
        ({"age": float("inf"), "city": "a\0"}, {"age": "Use an ordinary number.", "city": "This holds"}),
        ({f"attribute{n}": n for n in range(501)}, {"customer_features": "Use at most 500 attributes."}),
    ],
)
def test_what_a_caller_gets_wrong_is_named_in_words(features: dict[str, Any], faults: dict[str, str]) -> None:
    with pytest.raises(RuleError) as caught:
        CustomerFeatures.of(features)
    assert caught.value.errors.keys() == faults.keys()
    for name, words in faults.items():
        assert caught.value.errors[name].startswith(words)


def requiring(reference: object, relation: str = "requires") -> Product:
    return offered(relations=[{"relation": relation, "product": reference}])


@pytest.mark.parametrize("reference", [7, "PO-7", ["xiva", "PO-7"]])
@pytest.mark.parametrize(("relation", "owning", "without"), [("requires", YES, NO), ("excludes", NO, YES)])
def test_a_relation_is_judged_by_what_the_customer_owns(
    reference: object, relation: str, owning: Outcome, without: Outcome
) -> None:
    made = requiring(reference, relation)
    assert judged(made, {"owned": [7, "xiva:PO-7"]}).outcome is owning
    assert judged(made, {"owned": []}).outcome is without
    assert judged(made).outcome is UNKNOWN


def test_a_product_named_in_another_form_than_the_relation_is_unknown_not_absent() -> None:
    verdict = judged(requiring(7), {"owned": ["xiva:PO-7"]})
    assert verdict.outcome is UNKNOWN
    assert check(verdict, "relations").message == "relations: requires 7, which is not known to be owned"


def test_owning_one_of_two_required_products_is_not_enough() -> None:
    made = offered(relations=[{"relation": "requires", "product": 7}, {"relation": "requires", "product": 8}])
    verdict = judged(made, {"owned": [7]})
    assert check(verdict, "relations").message == "relations: requires 8, which is not owned"
    assert verdict.outcome is NO


@pytest.mark.parametrize("relation", ["optional_for", "replaced_by"])
def test_other_relations_restrict_nobody(relation: str) -> None:
    assert judged(requiring(7, relation)).outcome is YES


def test_resolving_completes_what_is_owned_in_both_forms(session: Session) -> None:
    made = [saved(session, external_product_id=f"PO:{n}") for n in range(2)]
    owned = resolve_owned(session, owned_from([made[0].id, "xiva:PO:1", "crm:gone"]))
    assert owned.ids == {made[0].id, made[1].id}
    assert owned.keys == {("xiva", "PO:0"), ("xiva", "PO:1"), ("crm", "gone")}
    assert owned.has(99) is NO
    assert resolve_owned(session, Owned()).has(99) is NO


@pytest.mark.parametrize(
    ("entry", "owned"),
    [
        (7, Owned(ids=frozenset({7}))),
        ("7", Owned(ids=frozenset({7}))),
        ("xiva:a:b", Owned(keys=frozenset({("xiva", "a:b")}))),
        (["xiva", "7"], Owned(keys=frozenset({("xiva", "7")}))),
    ],
)
def test_an_owned_product_is_named_by_id_or_by_system_and_external_id(entry: object, owned: Owned) -> None:
    assert owned_from([entry]) == owned


@pytest.mark.parametrize(
    "entry", [0, -1, True, 1.5, None, "", ":", "xiva:", ":7", "PO-7", ["xiva"], ["xiva", 7], "٧", "9" * 30, "x:\0"]
)
def test_any_other_name_of_an_owned_product_is_refused(entry: object) -> None:
    with pytest.raises(ValueError, match="Name each product"):
        owned_from([entry])


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        (NOW - timedelta(days=30), YES),
        (NOW - timedelta(days=30) + timedelta(seconds=1), NO),
        ("9999-12-31T00:00:00Z", NO),
        ("0001-01-01T00:00:00+23:59", YES),
    ],
)
def test_a_cool_down_ends_after_its_days(last: Any, outcome: Outcome) -> None:
    assert judged(offered(cooldown_days=30), {"last_offered": {1: last}}).outcome is outcome


def test_what_the_contacts_know_counts_for_the_product_it_is_about() -> None:
    customer = CustomerFeatures().with_contacts(times_taken={2: 5}, last_offered={2: NOW})
    made = offered(max_per_customer=1, cooldown_days=30)
    assert eligibility(made, customer, NOW).outcome is YES


@pytest.mark.parametrize("field", ["points_price", "cooldown_days"])
def test_a_price_of_no_points_and_a_cool_down_of_no_days_restrict_nobody(field: str) -> None:
    assert judged(offered(**{field: 0})).outcome is YES


def test_a_rule_sees_every_attribute_by_its_name() -> None:
    rule = {
        "all": [
            {"attribute": "customer_value", "operator": "eq", "value": 10.5},
            {"attribute": "segments", "operator": "contains", "value": "vip"},
            {"attribute": "payment_mode", "operator": "eq", "value": "prepaid"},
            {"attribute": "city", "operator": "eq", "value": "Jeddah"},
        ]
    }
    features = {"total_revenue": 10.5, "segments": ["vip"], "payment_mode": "prepaid", "city": " Jeddah "}
    assert judged(offered(eligibility_rule=rule), features).outcome is YES
