"""The verdict on named products for one customer, with its reasons."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog_app.products.models import Product
from tests.support.api import Program

Stored = Callable[..., Product]
PATH = "/products/eligibility/"


def test_each_product_has_its_verdict_with_the_reasons(api: Program, stored: Stored) -> None:
    open_to_all, gold, rich = stored(), stored(target_segments=["gold"]), stored(min_customer_value="1000")

    answer = api.post(
        PATH, {"customer_features": {"customer_value": 500}, "product_ids": [gold.id, rich.id, open_to_all.id, 999]}
    )

    assert answer.status_code == 200
    verdicts = {row["product_id"]: row for row in answer.json["results"]}
    assert [row["product_id"] for row in answer.json["results"]] == [gold.id, rich.id, open_to_all.id]
    assert answer.json["not_found"] == [999]
    assert (verdicts[gold.id]["eligibility"], verdicts[gold.id]["unchecked"]) == ("unknown", ["segments"])
    assert verdicts[rich.id]["eligibility"] == "no"
    assert verdicts[rich.id]["reasons"] == [
        {
            "code": "customer_value",
            "rule": "min_customer_value",
            "outcome": "no",
            "message": "min_customer_value: 500 is below 1000",
        }
    ]
    assert verdicts[open_to_all.id] == {
        "product_id": open_to_all.id,
        "eligibility": "yes",
        "unchecked": [],
        "reasons": [],
    }


def test_a_customer_value_of_zero_is_a_value(api: Program, stored: Stored) -> None:
    product = stored(min_customer_value="0", max_customer_value="0")

    answer = api.post(PATH, {"customer_features": {"customer_value": 0}, "product_ids": [product.id]})

    assert answer.json["results"][0]["eligibility"] == "yes"


def test_what_is_owned_and_the_channel_may_stand_beside_the_features(api: Program, stored: Stored) -> None:
    base = stored(external_product_id="PO-BASE")
    addon = stored(relations=[{"relation": "requires", "product": base.id}], channels=["sms"])
    asked = {"product_ids": [addon.id], "channel": "sms"}

    owning = api.post(PATH, {**asked, "owned": ["xiva:PO-BASE"]})
    without = api.post(PATH, {**asked, "owned": []})
    elsewhere = api.post(PATH, {**asked, "owned": [base.id], "channel": "email"})

    verdicts = [answer.json["results"][0]["eligibility"] for answer in (owning, without, elsewhere)]
    assert verdicts == ["yes", "no", "no"]


def test_it_agrees_with_what_is_available(api: Program, stored: Stored) -> None:
    products = [
        stored(),
        stored(target_segments=["gold"]),
        stored(exclude_segments=["gold"]),
        stored(payment_mode="prepaid"),
        stored(lifecycle_status="suspended"),
        stored(max_customer_value="10"),
    ]

    listed = api.results("/products/available/?customer_value=100&segment=gold")
    answer = api.post(
        PATH,
        {
            "customer_features": {"customer_value": 100, "segments": ["gold"]},
            "product_ids": [product.id for product in products],
        },
    )

    refused = {row["product_id"] for row in answer.json["results"] if row["eligibility"] == "no"}
    assert {row["id"] for row in listed} == {product.id for product in products} - refused
    assert len(refused) == 3


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/product_ids"),
        ({"product_ids": []}, "/product_ids"),
        ({"product_ids": list(range(1, 1002))}, "/product_ids"),
        ({"product_ids": [0]}, "/product_ids/0"),
        ({"product_ids": [1], "channel": "pigeon"}, "/channel"),
        ({"product_ids": [1], "customer_features": {"customer_value": "much"}}, "/customer_features/customer_value"),
        ({"product_ids": [1], "owned": ["?"]}, "/owned"),
        ({"product_ids": [1], "customer": {}}, "/customer"),
    ],
)
def test_what_cannot_be_asked_is_422_and_named(api: Program, body: dict[str, Any], pointer: str) -> None:
    answer = api.post(PATH, body)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
