"""How pages say values: exact, in the reader's order, and never more than is known."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from catalog_app.products.form_fields import moment_input
from catalog_app.products.form_rows import FreeRow, reference_from
from catalog_app.products.formatting import Ages, feature_text, money, number
from catalog_app.products.rule_rows import ConditionRow
from catalog_app.products.rule_words import rule_text
from tests.products.factories import NOW


@pytest.fixture
def database_url() -> str:
    """Nothing here touches the database, so one is enough."""
    return "sqlite://"


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("149", "SAR", "SAR 149.00"),
        ("12846.5", "USD", "USD 12,846.50"),
        ("0.0125", "SAR", "SAR 0.0125"),
        ("1500", "JPY", "JPY 1,500"),
        ("9.5", "KWD", "KWD 9.500"),
        ("-5", "SAR", "SAR -5.00"),
        ("7", None, "7.00"),
    ],
)
def test_money_has_its_currency_first_and_loses_no_digit(
    app: Flask, amount: str, currency: str | None, said: str
) -> None:
    with app.test_request_context():
        assert money(Decimal(amount), currency).replace("\N{NO-BREAK SPACE}", " ") == said


@pytest.mark.parametrize(("language", "said"), [("en", "12,846.5"), ("de", "12.846,5"), ("hi", "12,846.5")])
def test_numbers_follow_the_readers_language(app: Flask, language: str, said: str) -> None:
    with app.test_request_context(), force_locale(language):
        assert number(Decimal("12846.5")) == said


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("data_mb", 61440, "61,440 MB"),
        ("data_mb", "unlimited", "unlimited"),
        ("roaming_zones", ["GCC", "EU"], "GCC, EU"),
        ("hotspot", True, "Yes"),
        ("ratio", 1.5, "1.5"),
        ("colour", "red", "red"),
    ],
)
def test_a_feature_has_its_unit(app: Flask, key: str, value: Any, said: str) -> None:
    with app.test_request_context():
        assert feature_text(key, value) == said


def test_ages_of_the_same_minute_are_worked_out_once(app: Flask) -> None:
    with app.test_request_context():
        ages = Ages(NOW)
        assert ages.ago(NOW - timedelta(hours=2)) == "2 h ago"
        assert ages.ago(NOW - timedelta(hours=2, seconds=5)) == "2 h ago"


def test_a_rule_reads_like_a_sentence(app: Flask) -> None:
    rule = {
        "all": [
            {"attribute": "tenure_months", "operator": "gte", "value": 6},
            {"any": [{"attribute": "city", "operator": "in", "value": ["Riyadh", "Jeddah"]}]},
        ]
    }
    with app.test_request_context():
        assert rule_text(rule) == "Tenure is at least 6 months and City is one of Riyadh, Jeddah"


@pytest.mark.parametrize(
    "value", ["text", "12", 12, 1.5, True, None, [1, "a"], {"a": 1}, "true", "", "0012", -3, 10**12]
)
def test_a_free_value_comes_back_as_it_went(value: Any) -> None:
    assert FreeRow(data=FreeRow.of("key", value)).as_pair() == ("key", value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("1.5", 1.5),
        ("-3", -3),
        ("true", True),
        ("0012", "0012"),
        ("+966", "+966"),
        ("1e5", "1e5"),
        ("", ""),
    ],
)
def test_a_free_value_that_is_typed_is_a_number_only_where_it_plainly_is_one(text: str, value: Any) -> None:
    assert FreeRow(data={"key": "key", "text": text, "original": '"before"'}).as_pair() == ("key", value)


@pytest.mark.parametrize(
    ("operator", "value"),
    [("eq", "7"), ("eq", 7), ("in", ["a", "7"]), ("in", [7]), ("exists", True), ("exists", False)],
)
def test_a_condition_comes_back_as_it_went(operator: str, value: Any) -> None:
    condition = {"attribute": "city", "operator": operator, "value": value}
    assert ConditionRow(data=ConditionRow.of(condition)).as_value() == condition


@pytest.mark.parametrize(
    ("text", "reference"),
    [("7", 7), ("#7", 7), ("PO-7", "PO-7"), ("xiva:PO-7", ["xiva", "PO-7"]), (":PO", ":PO"), ("crm:7", ["crm", "7"])],
)
def test_a_product_is_named_in_three_ways(text: str, reference: Any) -> None:
    assert reference_from(text) == reference


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00"),
        (datetime(2026, 1, 1, 23, 59, 59, tzinfo=UTC), "2026-01-01T23:59:59"),
        (datetime(2026, 1, 1, 23, 59, 59, 999999, tzinfo=UTC), "2026-01-01T23:59:59.999"),
        ("2026-01-01T10:30:00Z", "2026-01-01T10:30"),
        (None, ""),
    ],
)
def test_a_moment_is_shown_without_zone_or_empty_parts(moment: datetime | str | None, shown: str) -> None:
    assert moment_input(moment) == shown
