from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from catalog_app.sync.connectors.casts import CASTS, LIST_CASTS, MOMENTS, VALUE_CASTS, Table, minor_units
from catalog_app.sync.connectors.text import CastError, slug, snake


@pytest.mark.parametrize(
    ("cast", "value", "result"),
    [
        ("text", "  e\u0301 ", "é"),
        ("text", 5, "5"),
        ("text", "a \u202e b", "a \u202e b"),
        ("lower", "ABC", "abc"),
        ("upper", "abc", "ABC"),
        ("slug", "High Value_Customers!", "high-value-customers"),
        ("id", " A\u200b1 ", "A1"),
        ("decimal", "19.90", Decimal("19.90")),
        ("decimal", 5, Decimal(5)),
        ("decimal", Decimal("19.990000000000002"), Decimal("19.9900")),
        ("decimal", "-0.5", Decimal("-0.5")),
        ("decimal", Decimal("0.00005"), Decimal("0.0000")),
        ("decimal", Decimal("1E+3"), Decimal(1000)),
        ("integer", "12", 12),
        ("integer", Decimal("12.0"), 12),
        ("bool", True, True),
        ("bool", "False", False),
        ("bool", "YES", True),
        ("bool", 0, False),
        ("datetime", "2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("datetime", "2026-11-23T10:00:00+03:00", datetime(2026, 11, 23, 7, tzinfo=UTC)),
        ("datetime", "2026-11-23T10:00:00.123456789Z", datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)),
        ("datetime", "2026-11-23T10:00:00", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("currency", "eur", "EUR"),
    ],
)
def test_a_cast_gives_what_a_product_takes(cast: str, value: Any, result: Any) -> None:
    made = VALUE_CASTS[cast](value)
    assert (made, type(made)) == (result, type(result))


REFUSED: dict[str, tuple[Any, ...]] = {
    "text": (True, 1.5, [], {}, "a\0b", "\x1b[31m", "half \ud800"),
    "slug": ("!!!",),
    "decimal": (
        *(True, "", "NaN", "nan", "Infinity", "1e5", "1,5", "5 EUR", "٥", [], {}),
        *(10**10, "9" * 41, Decimal("1E+300"), "0x10", "--5", "1_000"),
    ),
    "integer": ("1.5", 2**31, Decimal("0.5")),
    "bool": ("maybe", 2, [], {}),
    "datetime": (
        *("", "now", "2026-02-30", "0000-00-00", 1700000000, True, "12:00"),
        *("9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00"),
    ),
    "currency": ("", "EURO", "€", "1", 978),
}


@pytest.mark.parametrize(("cast", "value"), [(cast, value) for cast, values in REFUSED.items() for value in values])
def test_a_cast_refuses_what_it_would_have_to_guess(cast: str, value: Any) -> None:
    with pytest.raises(CastError):
        VALUE_CASTS[cast](value)


@pytest.mark.parametrize(
    ("value", "currency", "amount"),
    [
        (1999, "EUR", "19.99"),
        (1999, "JPY", "1999"),
        (1999, "KWD", "1.999"),
        ("1999", "BHD", "1.999"),
        (-5, "OMR", "-0.005"),
    ],
)
def test_minor_units_are_divided_by_the_exponent_of_the_currency(value: Any, currency: str, amount: str) -> None:
    assert minor_units(value, currency) == Decimal(amount)


@pytest.mark.parametrize("odd", ["19.99", Decimal("1999.00001"), Decimal("1E-300"), True, "1e3"])
def test_minor_units_are_whole_numbers(odd: Any) -> None:
    with pytest.raises(CastError):
        minor_units(odd, "EUR")


def test_how_large_an_amount_may_be_does_not_depend_on_the_unit_that_it_is_counted_in() -> None:
    assert minor_units(2_500_000_000, "IDR") == 25_000_000
    assert minor_units(10**12 - 1, "USD") == Decimal("9999999999.99")
    with pytest.raises(CastError, match="larger than any amount"):
        minor_units(10**12, "USD")


def test_a_number_that_is_nearly_whole_is_not_taken_for_a_whole_one() -> None:
    for odd in (Decimal("1.00001"), Decimal("1E-300"), "0.00004"):
        with pytest.raises(CastError, match="is not a whole number"):
            VALUE_CASTS["integer"](odd)


def test_names_and_values_become_an_object() -> None:
    pairs = LIST_CASTS["pairs"]
    assert pairs([{"name": "a", "value": 1}, {"name": "b"}]) == {"a": 1, "b": None}
    for wrong in ("text", [{"value": 1}], [1], [{"name": "a"}, {"name": "a"}]):
        with pytest.raises(CastError):
            pairs(wrong)


def test_a_table_compares_without_case_and_gaps_and_takes_the_full_match_first() -> None:
    table = Table({"in test": "in_test", "in *": "in_design", "active": "launched"})
    assert [table(word) for word in (" ACTIVE ", "In Test", "in_test", "In-Test", "In Study", "in  design")] == [
        *("launched", "in_test", "in_test", "in_test", "in_design", "in_design"),
    ]
    for unknown in ("inactive", "indesign", "", "in", None, 5):
        with pytest.raises(CastError):
            table(unknown)


def test_a_table_knows_true_and_false_as_words() -> None:
    table = Table({"true": "launched", "false": "suspended"})
    assert [table(value) for value in (True, False, "TRUE")] == ["launched", "suspended", "launched"]
    with pytest.raises(CastError):
        table(1)


@pytest.mark.parametrize(
    ("written", "way"),
    [
        (1767225600, "seconds"),
        ("1767225600", "seconds"),
        (1767225600000, "milliseconds"),
        ("2026-01-01T00:00:00.000+0000", "iso"),
        ("2026-01-01 00:00:00", "sql"),
    ],
)
def test_a_time_is_read_however_it_is_written(written: object, way: str) -> None:
    assert MOMENTS[way](written) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("odd", [True, 1.5, "soon", 10**30, -(10**30), None, "-5", [1], "9" * 5000])
@pytest.mark.parametrize("way", ["seconds", "milliseconds"])
def test_an_odd_time_is_refused(odd: object, way: str) -> None:
    with pytest.raises(CastError, match="is not a date"):
        MOMENTS[way](odd)


def test_a_source_may_count_a_currency_otherwise_than_iso_4217() -> None:
    assert minor_units(150_000, "ISK", {"ISK": 2}) == 1500
    assert minor_units(1500, "JPY", {"ISK": 2}) == 1500


def test_the_list_of_casts_is_closed() -> None:
    assert set(CASTS) == {
        *("text", "trim", "lower", "upper", "slug", "id", "decimal", "integer", "bool", "datetime", "currency"),
        *("seconds", "milliseconds"),
        *("unique", "pairs", "join", "table", "minor_units"),
    }


@pytest.mark.parametrize("name", ["Number of Ports", "numberOfPorts", "number_of_ports", " NUMBER-OF ports "])
def test_the_names_of_characteristics_are_one_however_they_are_written(name: str) -> None:
    assert snake(name) == "number_of_ports"


def test_a_slug_keeps_letters_of_every_script() -> None:
    assert slug("Высокая ценность") == "высокая-ценность"
