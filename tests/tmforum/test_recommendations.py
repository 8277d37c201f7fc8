"""What a customer is recommended: only what is eligible for certain, what is worth most first."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from catalog_app.products.models import Product
from tests.support.api import Answer, Program
from tests.tmforum.conftest import BASE, HOST, RECOMMEND

Save = Callable[..., Product]
Ask = Callable[..., Answer]


def names(answer: Answer) -> list[str]:
    assert answer.status_code == 201, answer.text
    return [item["productOffering"]["name"] for item in answer.json["recommendationItem"]]


def test_the_items_are_the_eligible_products_by_value(recommend: Ask, stored: Save) -> None:
    stored(name="Plain", business_value="5")
    best = stored(name="Best", business_value="50")
    stored(name="For spenders", business_value="99", min_customer_value="5000")
    stored(name="Draft", business_value="99", lifecycle_status="in_design")

    answer = recommend({"relatedParty": {"characteristic": [{"name": "customer_value", "value": 1000}]}})

    assert names(answer) == ["Best", "Plain"]
    first = answer.json["recommendationItem"][0]
    href = f"{HOST}{BASE}/productOffering/{best.id}"
    assert (first["id"], first["priority"]) == ("1", 1)
    assert first["productOffering"] == {"id": str(best.id), "href": href, "name": "Best"}
    assert answer.json["state"] == "done"


def test_what_cannot_be_decided_is_not_recommended(recommend: Ask, stored: Save) -> None:
    stored(name="For gold", target_segments=["gold"])
    stored(name="For all")

    assert names(recommend({})) == ["For all"]
    assert names(recommend({"characteristic": [{"name": "segments", "value": ["gold"]}]})) == ["For gold", "For all"]


@pytest.mark.parametrize(
    "body",
    [
        {"relatedParty": {"characteristic": [{"name": "customer_value", "value": 10}]}},
        {"relatedParty": [{"characteristics": {"customer_value": 10}}]},
        {"characteristic": [{"name": "customer_value", "value": "10"}]},
        {"characteristics": {"total_revenue": 10}},
    ],
)
def test_features_are_taken_from_the_party_or_the_question_in_either_form(
    recommend: Ask, stored: Save, body: dict[str, Any]
) -> None:
    stored(name="For small", max_customer_value="10")
    stored(name="For large", min_customer_value="11")

    assert names(recommend(body)) == ["For small"]


def test_what_the_customer_owns_and_the_channel_count(recommend: Ask, stored: Save) -> None:
    base = stored(name="Base", channels=["shop"])
    stored(name="On top", relations=[{"relation": "requires", "product": base.id}])
    sms = {"channel": [{"id": "sms"}]}

    assert names(recommend({"owned": [base.id], **sms})) == ["On top"]
    assert names(recommend({"owned": [], **sms})) == []


def test_a_stretch_of_the_order_can_be_asked_for(recommend: Ask, stored: Save) -> None:
    for value in range(12):
        stored(name=f"V{value}", business_value=str(value))

    assert len(names(recommend({}))) == 10
    assert names(recommend({}, "?offset=1&limit=2")) == ["V10", "V9"]
    assert recommend({}, "?limit=101").status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        [], {"colour": 1}, {"relatedParty": "me"}, {"relatedParty": [1]}, {"characteristic": [{"name": 1}]}, {"owned": "%"},
        {"characteristic": [{"name": "customer_value", "value": "much"}]}, {"channel": [{"id": "smoke"}]},
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_read_is_400(recommend: Ask, body: Any) -> None:
    answer = recommend(body)

    assert (answer.status_code, answer.json["status"]) == (400, "400")


def test_only_a_token_that_may_decide_is_answered(app: Flask) -> None:
    program = Program.with_scopes(app, "products:read", "products:write", name="another")

    assert program.post(f"{HOST}{RECOMMEND}", {}).status_code == 403
