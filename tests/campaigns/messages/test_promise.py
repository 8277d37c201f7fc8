"""What is promised: exact amounts, the reader's language, and a snapshot that is JSON for good."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest

from catalog_app.campaigns.messages.features import gigabytes
from tests.campaigns.messages.said import OFFER, promised, text_of, values


@pytest.mark.parametrize(
    ("config", "product", "price", "formatted"),
    [
        ({}, {}, "149.00", "SAR 149.00"),
        ({"price": "119.00"}, {}, "119.00", "SAR 119.00"),
        ({"price": "29.9", "currency": "KWD"}, {}, "29.900", "KWD 29.900"),
        ({"discount_percent": "20"}, {}, "119.20", "SAR 119.20"),
        ({"discount_percent": "33.33"}, {"price": "0.05"}, "0.03", "SAR 0.03"),
        ({"discount_percent": "50"}, {"price": "0.01"}, "0.01", "SAR 0.01"),
        ({"discount_percent": "12.5"}, {"price": "1999", "currency": "JPY"}, "1749", "JPY 1,749"),
        ({"discount_percent": "15"}, {"price": "9.995", "currency": "KWD"}, "8.496", "KWD 8.496"),
        ({"discount_percent": "100"}, {}, "0.00", "SAR 0.00"),
        ({}, {"price": "1234567.8900"}, "1234567.89", "SAR 1,234,567.89"),
        ({}, {"price": "0.0125"}, "0.0125", "SAR 0.0125"),
    ],
)
def test_the_price_is_exact_and_rounded_once(
    config: dict[str, Any], product: dict[str, Any], price: str, formatted: str
) -> None:
    promise = promised(config, **product)
    assert (str(promise.amounts.price), promise.price_formatted) == (price, formatted)


def test_a_product_without_a_price_promises_none() -> None:
    promise = promised({"discount_percent": "20"}, price=None, currency=None, recurring=False, billing_cycle="one_time")
    assert (promise.amounts.price, promise.price_formatted, promise.snapshot()["price"]) == (None, None, None)


@pytest.mark.parametrize(
    ("language", "formatted"),
    [
        ("en", "SAR 1,149.50"),
        ("de", "SAR 1.149,50"),
        ("fr-FR", "SAR 1 149,50"),
        ("ar", "SAR 1,149.50"),
        ("xx", "SAR 1,149.50"),
    ],
)
def test_an_amount_is_written_as_its_reader_writes_it_with_spaces_that_an_sms_has(
    language: str, formatted: str
) -> None:
    assert promised(language=language, price="1149.50").price_formatted == formatted


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("ar", "فليكس ٦٠"),
        ("ar-SA", "فليكس ٦٠"),
        ("AR_sa", "فليكس ٦٠"),
        ("fr", "Flex Postpaid 60 GB"),
        ("pt-PT", "Flexível"),
    ],
)
def test_a_name_comes_in_the_nearest_language_else_as_it_is(language: str, name: str) -> None:
    translations = {"ar": {"name": "فليكس ٦٠"}, "pt-BR": {"name": "Flexível"}}
    assert promised(language=language, translations=translations).name == name


@pytest.mark.parametrize(
    ("megabytes", "gb"),
    [
        (61440, "60"),
        (60000, "60"),
        (1536, "1.5"),
        (1500, "1.5"),
        (512, "0.5"),
        (500, "0.5"),
        (100, "0.1"),
        (777, "0.76"),
    ],
)
def test_gigabytes_are_what_operators_call_them(megabytes: int, gb: str) -> None:
    assert gigabytes(megabytes) == Decimal(gb)


def test_features_are_shown_as_written_and_counted_as_they_are() -> None:
    assert text_of("{{ product.features.voice_minutes }}") == "1,000"
    assert text_of("{{ product.features.voice_minutes | times: 2 }}") == "2000"
    assert text_of("{% if product.features.voice_minutes > 999 %}more{% endif %}") == "more"


@pytest.mark.parametrize(("language", "word"), [("en", "unlimited"), ("ar-SA", "غير محدود"), ("sw", "unlimited")])
def test_unlimited_data_is_a_word_of_the_language(language: str, word: str) -> None:
    promise = promised(language=language, features={"data_mb": "unlimited"})
    assert text_of("{{ product.features.data_gb }}", promise=promise) == word


@pytest.mark.parametrize(
    ("valid_to", "said"),
    [
        ("2026-12-31", "31 Dec"),
        ("2026-12-31T21:00:00Z", "31 Dec"),
        ("2026-12-31T20:59:59Z", "31 Dec"),
        ("2026-12-31T21:00:01Z", "1 Jan"),
    ],
)
def test_the_day_that_is_said_is_the_last_one_that_holds_where_its_customers_live(valid_to: str, said: str) -> None:
    promise = promised({"valid_to": valid_to})
    assert text_of('{{ config.valid_to | date: "%-d %b" }}', promise=promise) == said


def test_an_offer_ends_with_its_product() -> None:
    promise = promised({"valid_to": "2026-12-31"}, valid_to=datetime(2026, 11, 30, 21, tzinfo=UTC))
    assert promise.valid_to == datetime(2026, 11, 30, 21, tzinfo=UTC)
    assert values(promise)["config"]["valid_to_formatted"] == "30 Nov 2026"


def test_the_snapshot_is_plain_json_with_everything_that_was_promised() -> None:
    snapshot = promised({**OFFER, "headline": "More", "terms": "12 months"}).snapshot()
    assert orjson.loads(orjson.dumps(snapshot)) == snapshot
    assert snapshot == {
        "product": {
            "id": 1042,
            "name": "Flex Postpaid 60 GB",
            "short_name": "Flex 60",
            "external_system": "xiva",
            "external_product_id": snapshot["product"]["external_product_id"],
            "version": 3,
        },
        "price": "119.00",
        "currency": "SAR",
        "price_formatted": "SAR 119.00",
        "catalogue_price": "149.00",
        "discount_percent": None,
        "bonus": "5 GB weekend",
        "headline": "More",
        "terms": "12 months",
        "valid_to": "2026-12-31T20:59:59Z",
        "features": {"data_mb": 61440, "voice_minutes": 1000},
        "billing_cycle": "monthly",
        "at": "2026-11-01T09:00:00Z",
        "campaign_version": None,
    }
