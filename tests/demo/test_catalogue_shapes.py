"""The catalogue uses every shape in which sources send characteristics and prices."""

from typing import Any

import pytest

from catalog_app.demo.catalogue import catalogue, kinds

Product = dict[str, Any]


@pytest.fixture(scope="module")
def by_id() -> dict[str, Product]:
    return {product["id"]: product for product in catalogue()}


def prices_named(product: Product, name: str) -> list[Product]:
    return [price for price in product["productOfferingPrice"] if price["name"] == name]


@pytest.mark.parametrize("shape", ["productOfferingCharacteristic", "prodSpecCharValueUse", "characteristic"])
def test_each_shape_of_characteristics_is_used_by_many(by_id: dict[str, Product], shape: str) -> None:
    assert sum(bool(product.get(shape)) for product in by_id.values()) >= 30


def test_a_product_uses_one_shape_of_characteristics(by_id: dict[str, Product]) -> None:
    shapes = {"productOfferingCharacteristic", "prodSpecCharValueUse", "characteristic"}
    assert all(len(shapes & product.keys()) == 1 for product in by_id.values())


def test_an_offering_characteristic_holds_its_value_with_the_unit(by_id: dict[str, Product]) -> None:
    first = by_id["PO-10482"]["productOfferingCharacteristic"][0]
    value = first["characteristicValueSpecification"][0]
    assert (first["name"], value["value"], value["unitOfMeasure"]) == ("data_allowance", 60, "GB")


def test_a_specification_use_holds_a_list_as_a_list(by_id: dict[str, Product]) -> None:
    uses = {use["name"]: use["productSpecCharacteristicValue"] for use in by_id["PO-10914"]["prodSpecCharValueUse"]}
    assert uses["roaming_zones"][0]["value"] == ["gcc", "europe", "north-america", "asia-pacific", "africa"]


def test_a_plain_characteristic_is_a_name_and_a_value(by_id: dict[str, Product]) -> None:
    plain = {item["name"]: item["value"] for item in by_id["PO-11504"]["characteristic"]}
    assert plain == {"points_price": 4000, "validity_days": 90, "short_name": "R lounge"}


def test_unlimited_is_a_word_without_a_unit(by_id: dict[str, Product]) -> None:
    first = by_id["PO-10484"]["productOfferingCharacteristic"][0]["characteristicValueSpecification"][0]
    assert first["value"] == "unlimited"
    assert "unitOfMeasure" not in first


def test_a_device_names_brand_model_and_colour(by_id: dict[str, Product]) -> None:
    names = {use["name"] for use in by_id["PO-11201"]["prodSpecCharValueUse"]}
    assert {"brand", "model", "colour"} <= names
    assert by_id["PO-11201"]["@type"] == "DeviceOffering"


def test_an_embedded_price_holds_its_tax(by_id: dict[str, Product]) -> None:
    (fee,) = prices_named(by_id["PO-10482"], "Monthly fee")
    assert fee["recurringChargePeriod"] == "month"
    assert fee["price"]["taxIncludedAmount"] == {"unit": "SAR", "value": 159.0}
    assert fee["price"]["dutyFreeAmount"] == {"unit": "SAR", "value": 138.2609}
    assert fee["price"]["taxRate"] == 15


def test_a_standalone_price_counts_its_periods(by_id: dict[str, Product]) -> None:
    (fee,) = prices_named(by_id["PO-10353"], "Quarterly fee")
    assert fee["price"] == {"unit": "SAR", "value": 279.0}
    assert (fee["recurringChargePeriodType"], fee["recurringChargePeriodLength"]) == ("month", 3)
    assert fee["tax"][0]["taxRate"] == 15


def test_the_first_price_of_the_best_seller_has_ended(by_id: dict[str, Product]) -> None:
    first, second, *_ = by_id["PO-10482"]["productOfferingPrice"]
    assert first["validFor"]["endDateTime"] == "2026-06-01T00:00:00Z"
    assert "validFor" not in second


@pytest.mark.parametrize("price_type", ["recurring", "oneTime", "usage", "discount"])
def test_each_type_of_price_is_there(by_id: dict[str, Product], price_type: str) -> None:
    assert price_type in {price["priceType"] for product in by_id.values() for price in product["productOfferingPrice"]}


def test_a_price_recurs_exactly_if_it_has_a_period(by_id: dict[str, Product]) -> None:
    periods = {"recurringChargePeriod", "recurringChargePeriodType"}
    prices = [price for product in by_id.values() for price in product["productOfferingPrice"]]
    assert all(bool(periods & price.keys()) for price in prices if price["priceType"] == "recurring")
    assert not any(periods & price.keys() for price in prices if price["priceType"] in {"oneTime", "usage"})


def test_a_usage_price_says_for_which_unit(by_id: dict[str, Product]) -> None:
    usage = [p for product in by_id.values() for p in product["productOfferingPrice"] if p["priceType"] == "usage"]
    assert all(price["unitOfMeasure"]["amount"] == 1 for price in usage)


def test_an_open_side_of_a_window_is_left_out(by_id: dict[str, Product]) -> None:
    assert by_id["PO-11256"]["validFor"] == {"startDateTime": "2027-04-01T00:00:00Z"}
    assert "validFor" not in by_id["PO-10483"]


def characteristic_names(product: Product) -> set[str]:
    shapes = ("productOfferingCharacteristic", "prodSpecCharValueUse", "characteristic")
    return {item["name"] for shape in shapes for item in product.get(shape, ())}


def derived_kind(product: Product) -> str:
    if product["isBundle"]:
        return "bundle"
    specification = product["productSpecification"]["name"].casefold()
    for word, kind in (("device", "device"), ("reward", "reward"), ("voucher", "voucher"), ("add-on", "addon")):
        if specification.endswith(word):
            return kind
    names = characteristic_names(product)
    given = (("data_allowance", "data"), ("voice_minutes", "voice"), ("sms_allowance", "sms"))
    return next((kind for name, kind in given if name in names), "service")


def test_the_product_type_can_be_told_from_what_is_sent(by_id: dict[str, Product]) -> None:
    assert {product: derived_kind(sent) for product, sent in by_id.items()} == kinds()
