"""How a change is said, field by field."""

from typing import Any

import pytest
from flask import Flask

from catalog_app.events.diffs import MAX_SHOWN, NOTHING, FieldDiff, field_diffs, said

pytestmark = pytest.mark.usefixtures("app")


def lines(before: dict[str, Any], after: dict[str, Any], **options: str) -> list[tuple[str, str, str]]:
    return [(line.field, line.old, line.new) for line in field_diffs(before, after, **options)]


def test_only_what_differs_inside_an_object_is_a_line() -> None:
    before = {"features": {"data_mb": 5120, "sms_count": 100, "gone": "x"}}
    after = {"features": {"data_mb": 6144, "sms_count": 100, "new": True}}

    assert lines(before, after) == [
        ("features.data_mb", "5,120 MB", "6,144 MB"),
        ("features.gone", "x", "–"),
        ("features.new", "–", "Yes"),
    ]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", None, "–"),
        ("channels", [], "–"),
        ("is_available", False, "no"),
        ("quota_total", 12846, "12,846"),
        ("price", "1299.5", "SAR 1,299.50"),
        ("lifecycle_status", "launched", "Active"),
        ("name", "launched", "launched"),
        ("valid_to", "2027-03-31T00:00:00Z", "31 Mar 2027"),
        ("valid_to", "2027-03-31T21:30:00Z", "31 Mar 2027 21:30"),
        ("name", "2027-13-45T00:00:00Z", "2027-13-45T00:00:00Z"),
        ("name", "2027-03-31T00:00:00Z", "2027-03-31T00:00:00Z"),
        ("attributes.valid_to", "2027-03-31T00:00:00Z", "31 Mar 2027"),
        ("valid_to", "until further notice", "until further notice"),
        ("valid_from", "0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00+23:59"),
        ("valid_to", "9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59-23:59"),
        ("channels", ["sms", "app"], "SMS, App"),
        ("members", [{"product": "PO-1"}, {"product": 7}], "PO-1, #7"),
        ("relations", [{"relation": "excludes", "product": ["xiva", "PO-1"]}], "Excludes xiva:PO-1"),
        ("unheard_of", [{"a": 1}], '[{"a": 1}]'),
        ("price", "a lot", "SAR a lot"),
    ],
)
def test_each_kind_of_value_is_said_in_words(app: Flask, field: str, value: Any, words: str) -> None:
    assert said(field, value, "SAR") == words


def test_an_edit_that_locks_its_field_tells_the_field_alone(app: Flask) -> None:
    before = {"price": "19.00", "field_locks": {}}
    after = {"price": "21.00", "field_locks": {"price": {"by": "user:lina"}}}

    assert field_diffs(before, after) == [FieldDiff("price", "19.00", "21.00")]


def test_a_conflict_tells_what_the_source_wants(app: Flask) -> None:
    lock = {"by": "user:lina"}

    lines = field_diffs({"field_locks": {"price": lock}}, {"field_locks": {"price": {**lock, "theirs": "25.00"}}})

    assert lines == [FieldDiff("price", NOTHING, "25.00", at_source=True)]
    assert lines[0].label == "Price at the source"


def test_a_field_that_is_locked_or_released_by_itself_changes_its_owner(app: Flask) -> None:
    free: dict[str, Any] = {"field_locks": {}}
    locked = {"field_locks": {"name": {"by": "user:lina"}}}

    assert field_diffs(free, locked) == [FieldDiff("name", "follows the source", "yours")]
    assert field_diffs(locked, free) == [FieldDiff("name", "yours", "follows the source")]


def test_what_is_very_long_is_cut() -> None:
    (line,) = field_diffs({"description": "a"}, {"description": "b" * 5000})

    assert line == FieldDiff("description", "a", "b" * (MAX_SHOWN - 1) + "…")


def test_what_a_product_means_is_said_in_words_and_never_as_json(app: Flask) -> None:
    rule = {"all": [{"attribute": "tenure_months", "operator": "gte", "value": 6}]}
    price = {"name": "Fee", "price_type": "one_time", "amount": "50.00", "currency": "SAR", "billing_cycle": "one_time"}

    assert lines({"eligibility_rule": None}, {"eligibility_rule": rule}) == [
        ("eligibility_rule", NOTHING, "Tenure is at least 6 months")
    ]
    assert lines({"prices": []}, {"prices": [price]}) == [("prices", NOTHING, "Fee SAR 50.00 once")]
    call = {**price, "name": "Call", "price_type": "usage"}
    assert lines({"prices": []}, {"prices": [call]}) == [("prices", NOTHING, "Call SAR 50.00 per use")]


@pytest.mark.parametrize(
    ("field", "label"),
    [
        ("valid_to", "Valid until"),
        ("features.data_mb", "Data"),
        ("features.fair_use", "fair_use"),
        ("translations.ar.name", "Name (ar)"),
        ("attributes.terms_url", "terms_url"),
        ("is_undefined", "Not defined yet"),
        ("unheard_of", "Unheard of"),
    ],
)
def test_a_field_is_named_as_people_call_it(app: Flask, field: str, label: str) -> None:
    assert FieldDiff(field, "a", "b").label == label


def test_of_a_list_only_the_prices_that_changed_are_told(app: Flask) -> None:
    fee = {"name": "Fee", "price_type": "one_time", "amount": "50.00", "currency": "SAR", "billing_cycle": "one_time"}
    rent = {**fee, "name": "Rent", "price_type": "recurring", "billing_cycle": "monthly"}

    assert lines({"prices": [fee, rent]}, {"prices": [fee, {**rent, "amount": "60.00"}]}) == [
        ("prices", "Rent SAR 50.00 / month", "Rent SAR 60.00 / month")
    ]
