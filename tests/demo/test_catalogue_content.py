"""The demo's catalogue reads like an operator's, and holds what a demo has to show."""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from graphlib import TopologicalSorter
from typing import Any

import pytest

from catalog_app.demo.catalogue import catalogue, kinds
from catalog_app.demo.catalogue_rows import rows

Product = dict[str, Any]

SEGMENTS = {"high-value", "family", "youth", "expat", "business", "senior", "traveller", "visitor"}
CHANNELS = {"sms", "email", "push", "app", "ussd", "web", "shop"}
NOW = "2026-11-23T00:00:00Z"


@pytest.fixture(scope="module")
def products() -> list[Product]:
    return catalogue()


def scripts_of(text: str) -> set[str]:
    return {unicodedata.name(letter).split()[0] for letter in text if letter.isalpha()}


def referred(products: Iterable[Product], listed: str) -> set[str]:
    return {other["id"] for product in products for other in product[listed]}


def money_of(price: Product) -> Product:
    amount: Product = price["price"].get("taxIncludedAmount", price["price"])
    return amount


def test_there_are_about_two_hundred_products(products: list[Product]) -> None:
    assert 190 <= len(products) <= 230


def test_ids_and_names_are_unique(products: list[Product]) -> None:
    assert len({product["id"] for product in products}) == len(products)
    assert [name for name, times in Counter(product["name"] for product in products).items() if times > 1] == []


def test_short_names_fit_and_are_unique() -> None:
    short_names = [row.short_name for row in rows() if row.short_name]
    assert max(map(len, short_names)) <= 40
    assert len(set(short_names)) == len(short_names)


def test_every_product_has_a_short_description(products: list[Product]) -> None:
    assert [product["id"] for product in products if not 20 <= len(product["description"]) <= 160] == []


def test_every_member_and_every_related_product_exists(products: list[Product]) -> None:
    ids = {product["id"] for product in products}
    assert referred(products, "bundledProductOffering") <= ids
    assert referred(products, "productOfferingRelationship") <= ids


def test_a_bundle_has_members_and_nothing_else_has(products: list[Product]) -> None:
    assert all(product["isBundle"] == bool(product["bundledProductOffering"]) for product in products)


def test_limits_of_members_are_in_order(products: list[Product]) -> None:
    options = [
        member["bundledProductOfferingOption"] for product in products for member in product["bundledProductOffering"]
    ]
    assert all(
        option["numberRelOfferLowerLimit"] <= option["numberRelOfferDefault"] <= option["numberRelOfferUpperLimit"]
        for option in options
    )
    assert any(option["numberRelOfferLowerLimit"] < option["numberRelOfferUpperLimit"] for option in options)


def test_a_product_on_sale_holds_no_member_that_is_not(products: list[Product]) -> None:
    on_sale = {product["id"] for product in products if product["lifecycleStatus"] in {"Active", "Launched"}}
    sold = [product for product in products if product["id"] in on_sale]
    assert referred(sold, "bundledProductOffering") - on_sale == set()


def test_no_bundle_contains_itself(products: list[Product]) -> None:
    members = {product["id"]: {member["id"] for member in product["bundledProductOffering"]} for product in products}
    assert set(TopologicalSorter(members).static_order()) == members.keys()


@pytest.mark.parametrize("kind", ["voice", "data", "sms", "bundle", "device", "service", "addon", "reward", "voucher"])
def test_each_kind_of_product_is_there_several_times(kind: str) -> None:
    assert Counter(kinds().values())[kind] >= 5


def test_no_product_says_its_type(products: list[Product]) -> None:
    assert "product_type" not in json.dumps(products)


@pytest.mark.parametrize(
    "status", ["Active", "Launched", "In design", "In test", "Suspended", "Retired", "Obsolete", "Rejected"]
)
def test_each_lifecycle_status_is_there(products: list[Product], status: str) -> None:
    assert status in {product["lifecycleStatus"] for product in products}


def test_most_products_are_on_sale(products: list[Product]) -> None:
    on_sale = sum(product["lifecycleStatus"] in {"Active", "Launched"} for product in products)
    assert on_sale > 0.8 * len(products)


def test_retired_products_say_why(products: list[Product]) -> None:
    gone = [product for product in products if product["lifecycleStatus"] in {"Retired", "Obsolete", "Suspended"}]
    assert [product["id"] for product in gone if not product.get("statusReason")] == []


@pytest.mark.parametrize("currency", ["SAR", "AED", "USD", "EUR", "KWD"])
def test_each_currency_is_there(products: list[Product], currency: str) -> None:
    assert currency in {money_of(price)["unit"] for product in products for price in product["productOfferingPrice"]}


def test_riyals_are_the_main_currency(products: list[Product]) -> None:
    units = Counter(money_of(price)["unit"] for product in products for price in product["productOfferingPrice"])
    assert units["SAR"] > 0.75 * units.total()


def test_a_dinar_price_has_three_decimals(products: list[Product]) -> None:
    dinars = [
        money_of(price)["value"]
        for product in products
        for price in product["productOfferingPrice"]
        if money_of(price)["unit"] == "KWD"
    ]
    assert any(round(value, 2) != value for value in dinars)


@pytest.mark.parametrize("script", ["LATIN", "ARABIC", "CYRILLIC", "CJK", "DEVANAGARI"])
def test_names_come_in_this_script(products: list[Product], script: str) -> None:
    assert any(script in scripts_of(product["name"]) for product in products)


def test_the_names_that_other_parts_count_on_are_there(products: list[Product]) -> None:
    names = {product["id"]: product["name"] for product in products}
    assert names["PO-10482"] == "Flex Postpaid 60 GB"
    assert {"Роуминг СНГ 7 дней", "Ünlimited Europe"} <= set(names.values())


def test_names_are_as_long_and_as_short_as_people_make_them(products: list[Product]) -> None:
    lengths = [len(product["name"]) for product in products]
    assert min(lengths) == 1
    assert 80 < max(lengths) <= 255


def test_segments_and_channels_are_the_known_ones(products: list[Product]) -> None:
    assert referred(products, "marketSegment") == SEGMENTS
    assert {channel["name"] for product in products for channel in product["channel"]} == CHANNELS


def test_some_windows_have_ended_some_are_to_come_and_some_are_open(products: list[Product]) -> None:
    windows = [product.get("validFor") for product in products]
    assert sum("endDateTime" in window and window["endDateTime"] < NOW for window in windows if window) >= 5
    assert sum("startDateTime" in window and window["startDateTime"] > NOW for window in windows if window) >= 5
    assert windows.count(None) > 100


def test_something_is_active_although_its_window_has_ended(products: list[Product]) -> None:
    ended = [
        product
        for product in products
        if product["lifecycleStatus"] == "Active" and product.get("validFor", {}).get("endDateTime", NOW) < NOW
    ]
    assert ended


def test_updates_are_spread_over_2026_and_end_before_20_november(products: list[Product]) -> None:
    moments = [datetime.fromisoformat(product["lastUpdate"]) for product in products]
    assert min(moments) >= datetime.fromisoformat("2026-01-01T00:00:00Z")
    assert max(moments) < datetime.fromisoformat("2026-11-20T00:00:00Z")
    assert len({moment.month for moment in moments}) == 11
    assert len(set(moments)) > 0.95 * len(moments)


@pytest.mark.parametrize("relation", ["requires", "excludes", "optionalFor", "replacedBy"])
def test_each_relation_is_there(products: list[Product], relation: str) -> None:
    found = {other["relationshipType"] for product in products for other in product["productOfferingRelationship"]}
    assert relation in found


def test_some_parts_are_sold_only_inside_a_bundle(products: list[Product]) -> None:
    parts = [product for product in products if not product["isSellable"]]
    assert len(parts) >= 10
    assert {part["id"] for part in parts} <= referred(products, "bundledProductOffering")


def test_everything_is_plain_json(products: list[Product]) -> None:
    assert json.loads(json.dumps(products, allow_nan=False)) == products
