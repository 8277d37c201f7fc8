"""What a customer may be offered: who is asked for what, in which order, and what could not be checked."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog_app.products.models import Product
from tests.support.api import Program

Stored = Callable[..., Product]


def names(api: Program, query: str) -> list[str]:
    return [str(product["name"]) for product in api.results(f"/products/available/?{query}")]


def test_the_existing_call_keeps_its_meaning(api: Program, stored: Stored) -> None:
    stored(name="For everyone")
    stored(name="For 1000 and more", min_customer_value="1000")
    stored(name="For up to 1000", max_customer_value="1000")
    stored(name="For more", min_customer_value="1000.01")
    stored(name="For gold, if we knew", target_segments=["gold"])
    stored(name="Suspended", lifecycle_status="suspended")

    assert names(api, "customer_value=1000") == [
        "For everyone",
        "For 1000 and more",
        "For up to 1000",
        "For gold, if we knew",
    ]


def test_an_unknown_says_what_was_not_checked_and_strict_leaves_it_out(api: Program, stored: Stored) -> None:
    stored(name="Open")
    stored(name="Gold by SMS", target_segments=["gold"], channels=["sms"])

    shown = api.results("/products/available/?customer_value=1000")

    told = {product["name"]: (product["eligibility"], product["unchecked"]) for product in shown}
    assert told == {"Open": ("yes", []), "Gold by SMS": ("unknown", ["channel", "segments"])}
    assert names(api, "customer_value=1000&strict=true") == ["Open"]
    assert names(api, "segment=gold&channel=sms&strict=true") == ["Open", "Gold by SMS"]


def test_defect_customer_value_0_was_treated_as_missing(api: Program, stored: Stored) -> None:
    stored(name="Open")
    stored(name="For spenders", min_customer_value="0.01")
    stored(name="For those who spend nothing", max_customer_value="0")

    assert names(api, "customer_value=0") == ["Open", "For those who spend nothing"]
    assert names(api, "") == ["Open", "For spenders", "For those who spend nothing"]


def test_each_dimension_that_is_given_decides(api: Program, stored: Stored) -> None:
    owned = stored(name="Base plan")
    stored(name="Add-on", relations=[{"relation": "requires", "product": owned.id}])
    stored(name="Rival", relations=[{"relation": "excludes", "product": owned.external_product_id}])
    stored(name="Prepaid only", payment_mode="prepaid")
    stored(name="Not for churners", exclude_segments=["churner"])

    assert names(api, f"owned={owned.id}&payment_mode=postpaid&segment=churner") == ["Base plan", "Add-on"]
    assert names(api, "owned=4711,4712&payment_mode=prepaid&segment=gold&segment=young") == [
        "Base plan",
        "Rival",
        "Prepaid only",
        "Not for churners",
    ]
    assert names(api, f"owned=xiva:{owned.external_product_id}&strict=1") == ["Base plan", "Add-on"]


def test_the_filters_of_the_list_narrow_what_is_offered(api: Program, stored: Stored) -> None:
    stored(name="Data", product_type="data", price="5", currency="SAR")
    stored(name="Voice", product_type="voice", price="15", currency="SAR")
    stored(name="Retired", product_type="data", lifecycle_status="retired")

    assert names(api, "product_type=data") == ["Data"]
    assert names(api, "min_price=10&currency=SAR") == ["Voice"]
    assert names(api, "lifecycle_status=retired") == []


def test_what_is_missing_at_its_source_or_out_of_its_window_is_not_offered(api: Program, stored: Stored) -> None:
    now = datetime.now(UTC)
    stored(name="Gone", missing_since=now)
    stored(name="Not yet", valid_from=now + timedelta(hours=1))
    stored(name="Over", valid_to=now)
    stored(name="Used up", quota_total=5, quota_left=0)

    assert names(api, "customer_value=5") == []


def test_the_most_valuable_comes_first_and_other_currencies_after(api: Program, stored: Stored) -> None:
    stored(name="Cheap", price="5", currency="SAR")
    stored(name="In euros", price="500", currency="EUR")
    stored(name="Worth more than it costs", price="1", currency="SAR", business_value="90")
    stored(name="Dear", price="50", currency="SAR")

    order = ["Worth more than it costs", "Dear", "Cheap", "In euros"]
    assert names(api, "customer_value=5") == order
    assert names(api, "customer_value=5&limit=1") == order


def test_nothing_is_cut_silently(api: Program, stored: Stored) -> None:
    for number in range(53):
        stored(name=f"P{number:02}", price=str(number % 5), currency="SAR")

    first = api.get("/products/available/?customer_value=5&count=true")

    assert (len(first.json["results"]), first.json["count"]) == (50, 53)
    assert first.headers["Link"] == f'<{first.json["next"]}>; rel="next"'
    assert sorted(names(api, "customer_value=5")) == [f"P{number:02}" for number in range(53)]


def test_pages_stay_right_while_offers_come_and_go(api: Program, stored: Stored) -> None:
    kept = [stored(name=f"P{number}", business_value=str(10 - number)) for number in range(6)]
    page: Any = api.get("/products/available/?limit=2").json
    seen = [product["name"] for product in page["results"]]
    while page["next"]:
        stored(name="Newer and better", business_value="99")
        api.delete(f"/products/{kept[len(seen) - 1].id}/")
        page = api.get(page["next"]).json
        seen += [product["name"] for product in page["results"]]

    assert seen == [product.name for product in kept]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("customer_value=-1", "customer_value"),
        ("customer_value=much", "customer_value"),
        ("customer_value=1&customer_value=2", "customer_value"),
        ("channel=fax", "channel"),
        ("payment_mode=any", "payment_mode"),
        ("owned=PO-7", "owned"),
        (f"segment={'x' * 51}", "segment"),
        ("strict=very", "strict"),
        ("sort=name", "sort"),
        ("cursor=nonsense", "cursor"),
        ("customervalue=5", "customervalue"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused_and_named(api: Program, query: str, parameter: str) -> None:
    answer = api.get(f"/products/available/?{query}")

    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert [error["pointer"] for error in answer.json["errors"]] == [f"/{parameter}"]


def test_blank_parameters_say_nothing(api: Program, stored: Stored) -> None:
    stored(name="Gold", target_segments=["gold"], min_customer_value="5")

    (product,) = api.results("/products/available/?customer_value=&segment=&channel=&owned=&payment_mode=")

    assert product["unchecked"] == ["customer_value", "segments"]


def test_fields_narrow_what_is_shown_of_an_offer(api: Program, stored: Stored) -> None:
    stored(name="Open")

    assert api.results("/products/available/?fields=name") == [
        {"name": "Open", "eligibility": "yes", "unchecked": []},
    ]
