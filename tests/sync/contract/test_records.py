"""Single records that are odd: what is usable arrives as the source has it, and the rest is set aside with a reason."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalog_app.demo.standin import Fault
from catalog_app.demo.standin.products import StandinProduct
from catalog_app.demo.standin.source import SourceStandin

from .conftest import Read, Reading


def list_one(standin: SourceStandin, product: StandinProduct) -> str:
    """Make the stand-in list this product after an ordinary one."""
    standin.replace([standin.product(0), product])
    return product.id


def test_a_product_arrives_with_its_name_price_currency_and_status(read: Read, standin: SourceStandin) -> None:
    name = list_one(standin, standin.product(1, name="Ünlimited Роуминг ٥", price=Decimal("249.50")))
    values = read().mapped[name].values
    assert (values["name"], values["lifecycle_status"]) == ("Ünlimited Роуминг ٥", "launched")
    assert (values["price"], values["currency"]) == (Decimal("249.50"), "SAR")
    assert (values["recurring"], values["billing_cycle"]) == (True, "monthly")


@pytest.mark.parametrize(
    ("currency", "price"), [("JPY", "1500"), ("USD", "19.90"), ("KWD", "1.375"), ("BHD", "0.250"), ("OMR", "12.345")]
)
def test_an_amount_has_the_decimals_of_its_currency(
    read: Read, standin: SourceStandin, currency: str, price: str
) -> None:
    name = list_one(standin, standin.product(1, price=Decimal(price), currency=currency))
    values = read().mapped[name].values
    assert (values["price"], values["currency"]) == (Decimal(price), currency)


def test_an_id_with_two_contents_is_rejected_twice_and_taken_never(read: Read, standin: SourceStandin) -> None:
    standin.replace(standin.product(number) for number in range(4))
    standin.fault = Fault.DUPLICATE_IDS
    reading = read()
    times = Counter([*(record.external_id for record in reading.rejected), *reading.ids])
    assert sorted(times.values()) == [1, 1, 1, 2]
    twin = next(name for name, count in times.items() if count > 1)
    assert twin not in reading.ids


def test_ids_that_differ_in_case_alone_are_two_products(read: Read, standin: SourceStandin) -> None:
    small, large = standin.id_of(1).lower() + "a", standin.id_of(1).lower() + "A"
    standin.replace([standin.product(0), standin.product(1, id=small), standin.product(2, id=large)])
    assert {small, large} <= set(read().ids)


def test_ids_that_differ_in_what_nobody_sees_are_one(read: Read, standin: SourceStandin) -> None:
    plain = standin.id_of(1)
    standin.replace([standin.product(0), standin.product(1), standin.product(1, id=f" {plain}\u200b")])
    reading = read()
    assert set(reading.ids) <= {standin.id_of(0), plain}


def test_a_record_without_an_id_is_rejected_and_nothing_is_proved(read: Read, standin: SourceStandin) -> None:
    standin.fault = Fault.MISSING_ID
    reading = read()
    assert [record.external_id for record in reading.rejected][:1] == [None]
    assert reading.rejected[0].field == "external_product_id"
    assert not reading.proof.complete


def test_a_field_of_the_wrong_type_sets_its_record_aside_alone(read: Read, standin: SourceStandin) -> None:
    standin.replace(standin.product(number) for number in range(5))
    standin.fault = Fault.WRONG_TYPES
    reading = read()
    assert len(reading.mapped) == 4
    assert [fault.field for fault in reading.unmapped.values()] == ["name"]


@pytest.mark.parametrize("price", ["-19.90", "1e24"])
def test_a_negative_or_huge_price_sets_its_record_aside(read: Read, standin: SourceStandin, price: str) -> None:
    name = list_one(standin, standin.product(1, price=Decimal(price)))
    assert is_set_aside(read(), name, "price")


@pytest.mark.parametrize("text", ["nul \x00 inside", "half \ud800 a pair"])
def test_text_that_no_database_takes_sets_its_record_aside(read: Read, standin: SourceStandin, text: str) -> None:
    name = list_one(standin, standin.product(1, name=text))
    assert is_set_aside(read(), name, "")


def test_text_that_reads_backwards_is_kept_as_it_is(read: Read, standin: SourceStandin) -> None:
    name = list_one(standin, standin.product(1, name="Plan \u202egpj.exe"))
    reading = read()
    assert name in reading.unmapped or reading.mapped[name].values["name"] == "Plan \u202egpj.exe"


@pytest.mark.parametrize("moment", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, 23, 59, 59, tzinfo=UTC)])
def test_a_clock_that_is_wrong_at_the_source_stops_no_record(
    read: Read, standin: SourceStandin, moment: datetime
) -> None:
    name = list_one(standin, standin.product(1, updated=moment))
    reading = read()
    assert name in reading.mapped
    assert reading.proof.complete


def is_set_aside(reading: Reading, name: str, field: str) -> bool:
    """Tell whether just this record was refused, for this field if one is named, and the other one taken."""
    refused = {record.external_id: record.field for record in reading.rejected}
    refused |= {key: fault.field for key, fault in reading.unmapped.items()}
    others = set(reading.mapped) - {name}
    return len(others) == 1 and len(refused) == 1 and field in next(iter(refused.values()))
