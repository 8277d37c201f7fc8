"""The catalogue can be made smaller and larger without breaking."""

import json
from itertools import islice

import pytest

from catalog_app.demo.catalogue import catalogue, offerings
from catalog_app.demo.catalogue_rows import rows

WHOLE = len(rows())


def test_it_is_the_same_each_time() -> None:
    assert json.dumps(catalogue(WHOLE + 300)) == json.dumps(catalogue(WHOLE + 300))


@pytest.mark.parametrize("count", [0, 1, 2, 7, 30, 60, 61, 117, 180, WHOLE - 1, WHOLE, WHOLE + 1, 2500])
def test_it_has_exactly_as_many_products_as_asked(count: int) -> None:
    assert len({product["id"] for product in catalogue(count)}) == count


@pytest.mark.parametrize("count", [1, 7, 30, 60, 117, WHOLE - 1, 1000])
def test_members_and_relations_resolve_at_every_size(count: int) -> None:
    products = catalogue(count)
    ids = {product["id"] for product in products}
    for product in products:
        assert {member["id"] for member in product["bundledProductOffering"]} <= ids
        assert {other["id"] for other in product["productOfferingRelationship"]} <= ids
        assert product["isBundle"] == bool(product["bundledProductOffering"])


def test_a_small_catalogue_still_mixes_families() -> None:
    categories = {product["category"][0]["name"] for product in catalogue(40)}
    assert {"Roaming", "Home", "Prepaid/Data", "Devices/Phones", "Loyalty/Vouchers"} <= categories


def test_a_larger_one_begins_with_the_hand_written_one() -> None:
    assert catalogue(WHOLE + 50)[:WHOLE] == catalogue()


def test_editions_have_names_and_ids_of_their_own() -> None:
    products = catalogue(5000)
    assert len({product["name"] for product in products}) == 5000
    assert max(len(product["name"]) for product in products) <= 255


def test_an_edition_has_prices_that_its_currency_can_pay() -> None:
    amounts = [
        price["price"].get("taxIncludedAmount", price["price"])
        for product in catalogue(1000)[WHOLE:]
        for price in product["productOfferingPrice"]
        if price["priceType"] != "usage"
    ]
    assert all(round(amount["value"], 3 if amount["unit"] == "KWD" else 2) == amount["value"] for amount in amounts)


def test_the_first_of_a_hundred_thousand_come_without_the_rest() -> None:
    assert len(list(islice(offerings(100_000), 3))) == 3


def test_fewer_than_none_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer than 0"):
        catalogue(-1)
