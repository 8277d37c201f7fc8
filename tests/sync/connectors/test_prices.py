from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from catalog_app.core.errors import MappingError
from tests.sync.connectors.test_mapping import mapped, values

Json = dict[str, Any]
MAIN = ("price", "currency", "recurring", "billing_cycle", "tax_included", "tax_rate")


def embedded(amount: Any, period: str | None = None, **fields: Any) -> Json:
    price = {"taxIncludedAmount": {"unit": "EUR", "value": amount}}
    return {"name": "Fee", "price": price, "recurringChargePeriod": period, **fields}


def standalone(amount: Any, period: str | None = None, **fields: Any) -> Json:
    return {"name": "Fee", "price": {"unit": "EUR", "value": amount}, "recurringChargePeriodType": period, **fields}


def main(*prices: Json) -> tuple[Any, ...]:
    found = values(productOfferingPrice=list(prices))
    return tuple(found[name] for name in MAIN)


@pytest.mark.parametrize("shape", [embedded, standalone])
def test_a_price_is_read_in_both_shapes(shape: Any) -> None:
    assert main(shape(19.9, "month", priceType="recurring")) == (Decimal("19.9"), "EUR", True, "monthly", True, None)


def test_an_amount_without_tax_says_so() -> None:
    price = {"dutyFreeAmount": {"unit": "USD", "value": "10.00"}, "taxRate": 20}
    assert main({"price": price, "recurringChargePeriod": "year"}) == (
        *(Decimal("10.00"), "USD", True, "yearly", False, Decimal(20)),
    )


@pytest.mark.parametrize(
    ("period", "length", "cycle"),
    [
        ("day", None, "daily"),
        ("Daily", 1, "daily"),
        ("week", 0, "weekly"),
        ("Monthly", None, "monthly"),
        ("months", 1, "monthly"),
        ("month", 3, "quarterly"),
        ("months", "12", "yearly"),
        ("quarter", None, "quarterly"),
        ("annual", None, "yearly"),
        ("annually", None, "yearly"),
        ("P1M", None, "monthly"),
        ("days", 30, "monthly"),
    ],
)
def test_a_billing_cycle_is_a_period_and_its_length(period: str, length: Any, cycle: str) -> None:
    price = standalone(5, period, recurringChargePeriodLength=length)
    assert main(price)[2:4] == (True, cycle)


@pytest.mark.parametrize(
    ("period", "length"), [("fortnight", None), ("month", 5), ("month", "x"), (7, None), ({}, None)]
)
def test_a_billing_cycle_that_is_not_known_sets_the_record_aside(period: Any, length: Any) -> None:
    with pytest.raises(MappingError) as fault:
        mapped(productOfferingPrice=[standalone(5, period, recurringChargePeriodLength=length)])
    assert fault.value.field == "billing_cycle"


def test_a_null_billing_cycle_is_one_time_when_nothing_recurs() -> None:
    assert main(standalone(5)) == (Decimal(5), "EUR", False, "one_time", True, None)


def test_a_recurring_price_without_a_period_is_set_aside() -> None:
    with pytest.raises(MappingError) as fault:
        mapped(productOfferingPrice=[standalone(5, priceType="recurring")])
    assert fault.value.field == "billing_cycle"


def test_the_first_recurring_price_is_the_main_one_and_the_rest_is_kept_in_order() -> None:
    found = values(
        productOfferingPrice=[
            standalone(50, priceType="one time", name="Activation"),
            {"id": "7", "name": "only a reference", "@referredType": "ProductOfferingPrice"},
            standalone(20, "month", priceType="recurring", name="Fee"),
            standalone("0.35", priceType="usage", name="Call"),
            standalone(-5, "month", priceType="discount", name="Promotion"),
            standalone(30, "month", priceType="Recurring", name="Other"),
        ]
    )
    assert (found["price"], found["recurring"], found["billing_cycle"]) == (Decimal(20), True, "monthly")
    assert [(row["name"], row["price_type"], row["amount"], row["billing_cycle"]) for row in found["prices"]] == [
        ("Activation", "one_time", Decimal(50), "one_time"),
        ("Call", "usage", Decimal("0.35"), "one_time"),
        ("Promotion", "discount", Decimal(-5), "monthly"),
        ("Other", "recurring", Decimal(30), "monthly"),
    ]
    assert tuple(found["prices"][0]) == (
        *("name", "price_type", "amount", "currency", "billing_cycle", "tax_included", "tax_rate"),
        *("valid_from", "valid_to"),
    )


def test_without_a_recurring_price_the_first_one_time_price_is_the_main_one() -> None:
    assert main(standalone(1, priceType="usage"), standalone(50, priceType="oneTime"))[0] == Decimal(50)


def test_only_a_price_that_is_valid_now_is_the_main_one_and_the_next_change_is_told() -> None:
    found = mapped(
        productOfferingPrice=[
            standalone(1, "month", validFor={"endDateTime": "2026-11-23T12:00:00Z"}),
            standalone(2, "month", validFor={"startDateTime": "2026-12-01T00:00:00Z"}),
            standalone(
                3, "month", validFor={"startDateTime": "2026-11-23T12:00:00Z", "endDateTime": "2027-01-01T00:00:00Z"}
            ),
        ]
    )
    assert found.values["price"] == Decimal(3)
    assert [row["amount"] for row in found.values["prices"]] == [Decimal(1), Decimal(2)]
    assert found.remap_at == datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "amount",
    ["NaN", "Infinity", "", "free", "1,50", 1e300, 10**30, "9" * 50, True, [], {"value": 1}, -1, "-0.01", "5 EUR"],
)
def test_an_amount_that_is_none_sets_the_record_aside(amount: Any) -> None:
    prices = [standalone(amount, "month")]
    if amount == "":
        assert values(productOfferingPrice=prices)["price"] is None
        return
    with pytest.raises(MappingError) as fault:
        mapped(productOfferingPrice=prices)
    assert fault.value.field == "price"


@pytest.mark.parametrize(
    ("field", "price"),
    [
        ("currency", {"price": {"value": 5}}),
        ("currency", {"price": {"value": 5, "unit": "euros"}}),
        ("prices", standalone(5, priceType="barter")),
        ("prices", standalone(5, validFor={"startDateTime": "soon"})),
        ("tax_rate", {"price": {"taxRate": -1, "value": 5, "unit": "EUR"}}),
    ],
)
def test_what_is_wrong_with_a_price_names_its_field(field: str, price: Json) -> None:
    with pytest.raises(MappingError) as fault:
        mapped(productOfferingPrice=[price])
    assert fault.value.field == field


def test_an_amount_keeps_its_digits_and_loses_the_noise_of_a_binary_fraction() -> None:
    assert str(main(standalone("19.90"))[0]) == "19.90"
    assert main(standalone(0.1 + 0.2))[0] == Decimal("0.3")


def test_prices_that_are_no_list_set_the_record_aside() -> None:
    with pytest.raises(MappingError):
        mapped(productOfferingPrice={"price": {"value": 5}})
