"""What may be chosen for a bulk action, looked at before any product is."""

from collections.abc import Mapping
from typing import Any

import pytest

from catalog_app.core.errors import RuleError
from catalog_app.edits.actions import ACTIONS, action_named
from catalog_app.edits.selection import Selection
from catalog_app.edits.views.forms import FORMS

Sent = Mapping[str, Any]


@pytest.mark.parametrize(
    ("action", "sent", "field"),
    [
        ("price_set", {"currency": "SAR", "amount": ""}, "amount"),
        ("price_set", {"currency": "SAR", "amount": "-1"}, "amount"),
        ("price_set", {"currency": "SAR", "amount": "1.005"}, "amount"),
        ("price_set", {"currency": "SAR", "amount": "NaN"}, "amount"),
        ("price_set", {"currency": "SAR", "amount": "1E+999999999"}, "amount"),
        ("price_set", {"currency": "riyal", "amount": "1"}, "currency"),
        ("price_add", {"currency": "SAR", "amount": "0"}, "amount"),
        ("price_percent", {"direction": "sideways", "percent": "5"}, "direction"),
        ("price_percent", {"direction": "lower", "percent": "101"}, "percent"),
        ("status", {"status": "sold"}, "status"),
        ("retire", {"reason": "x" * 256}, "reason"),
        ("retire", {"reason": "no\0thing"}, "reason"),
        ("segments", {"side": "target_segments"}, "add"),
        ("segments", {"side": "target_segments", "add": ["youth"], "remove": ["youth"]}, "remove"),
        ("category", {"category": "x" * 101}, "category"),
        ("availability", {}, "state"),
        ("validity", {}, "valid_from"),
        ("validity", {"valid_from": "2027-01-02T00:00Z", "valid_to": "2027-01-01T00:00Z"}, "valid_to"),
        ("validity", {"valid_to": "2027-01-01T00:00Z", "clear_valid_to": True}, "valid_to"),
        ("locks", {"owner": "lock", "fields": ["no such"]}, "fields"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_beside_its_field(action: str, sent: Sent, field: str) -> None:
    with pytest.raises(RuleError) as refused:
        action_named(action).check(sent)

    assert list(refused.value.errors) == [field]


def test_every_action_has_a_form() -> None:
    assert sorted(FORMS) == sorted(action.name for action in ACTIONS)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"ids": ["x", "-1", "0", "99999999999"]},
        {"ids": [str(number) for number in range(1, 1002)]},
        {"all": ["1"], "query": ["min_price=cheap"]},
        {"all": ["1"], "query": ["lifecycle_state=retired"]},
        {"all": ["1"], "query": ["product_type=data&Search=flex"]},
        {"all": ["1"], "query": ["\0"]},
        {"all": ["1"], "query": ["search=%00"]},
    ],
)
def test_a_selection_of_nothing_or_of_what_cannot_be_is_refused(sent: Mapping[str, list[str]]) -> None:
    with pytest.raises(RuleError):
        Selection.of(sent)


def test_all_that_match_are_those_of_the_filters_whatever_the_order_and_place_of_the_list() -> None:
    selection = Selection.of({"all": ["1"], "query": ["product_type=bundle&sort=name&limit=50&cursor=x&at=26"]})

    assert selection.filters().pairs() == (("product_type", "bundle"),)
    assert selection.document() == {"query": "product_type=bundle"}
    assert Selection.from_request(selection.document()) == selection
