"""Pre-flight: each mistake is found before anybody is written to, and what is in order is told as well."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog_app.campaigns.messages.finding import ERROR, PASS, WARNING
from catalog_app.campaigns.messages.preflight import preflight
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.models import Segment
from tests.campaigns.messages.said import MOCK, NOW, OFFER, Said, codes, flex, found

_YEAR = timedelta(days=365)


def test_a_campaign_in_order_passes() -> None:
    findings = found("Hi {{ customer.first_name | default: 'there' }}", ends_at=datetime(2026, 12, 1, tzinfo=UTC))
    assert [(one.level, one.code) for one in findings] == [(PASS, "on_sale"), (PASS, "audience")]


def test_what_customers_may_lack_is_warned_of_unless_every_sample_has_it_or_something_stands_instead() -> None:
    hi = "Hi {{ customer.first_name }}"
    named, nameless = CustomerFeatures.of({"first_name": "Sara"}), CustomerFeatures.of({"points": 3})

    assert "customer_field" in codes(found(hi), WARNING)
    assert "customer_field" in codes(found(hi, samples=[named, nameless]), WARNING)
    assert "customer_field" not in codes(found(hi, samples=[named]), WARNING)
    assert "customer_field" not in codes(found("Hi {{ customer.first_name | default: 'x' }}"), WARNING)


@pytest.mark.parametrize(
    ("body", "code", "line", "column", "suggestion", "replacement"),
    [
        ("a\n\n for {{ product.prise }}", "unknown_field", 3, 9, "product.price", "a\n\n for {{ product.price }}"),
        ("{{ prodct.name }}", "unknown_field", 1, 4, "product.name", "{{ product.name }}"),
        ("{{ name }}", "unknown_field", 1, 4, None, None),
        (
            "{{ product.features.data_gbs }}",
            "unknown_field",
            1,
            4,
            "product.features.data_gb",
            "{{ product.features.data_gb }}",
        ),
        (
            "{{ product.attributes.term_url }}",
            "unknown_field",
            1,
            4,
            "product.attributes.terms_url",
            "{{ product.attributes.terms_url }}",
        ),
        (
            "{{ config.vald_to | date: '%d' }}",
            "unknown_field",
            1,
            4,
            "config.valid_to",
            "{{ config.valid_to | date: '%d' }}",
        ),
        ("{{ customer.fist_name }}", "unknown_field", 1, 4, "customer.first_name", "{{ customer.first_name }}"),
        ("{{ campaign.owner }}", "unknown_field", 1, 4, None, None),
        (
            "{% if product.prise > 1 %}a{% endif %}b",
            "unknown_field",
            1,
            7,
            "product.price",
            "{% if product.price > 1 %}a{% endif %}b",
        ),
        ("{% for z in product.feature.zones %}{{ z }}{% endfor %}b", "unknown_field", 1, 13, "product.features", None),
        (
            "a {{ product.name | truncat: 9 }}",
            "unknown_filter",
            1,
            21,
            "truncate",
            "a {{ product.name | truncate: 9 }}",
        ),
        ("{% elseif true %}", "unknown_tag", 1, 4, "elsif", "{% elsif true %}"),
        ("{{ product.name", "template", 1, 1, None, None),
        ("{{ product.name | }}", "template", None, None, None, None),
        ("{{ product.features.sms_count }}", "empty_field", 1, 4, None, None),
        ("{{ product.category }}", "empty_field", 1, 4, None, None),
        ("{{ config.terms }}", "empty_field", 1, 4, None, None),
        ("{{ product.features }}", "template", 1, 1, None, None),
        ('{{ config.valid_to | date: "%Q" }}', "template", 1, 1, None, None),
        ("{{ product.name | times: 2 }}", "template", 1, 1, None, None),
        ("", "missing", None, None, None, None),
        ("a" * 2001, "too_long", 1, 2001, None, None),
        ("{% if customer.first_name == 'x' %}a{% endif %}", "empty", None, None, None, None),
    ],
)
def test_a_mistake_in_a_template_is_an_error_with_its_place_and_what_was_meant(
    body: str, code: str, line: int | None, column: int | None, suggestion: str | None, replacement: str | None
) -> None:
    errors = [one for one in found(body, messages={"sms": {"en": {"body": body}}}) if one.level == ERROR]
    assert [one.code for one in errors] == [code]
    assert (errors[0].channel, errors[0].language, errors[0].part) == ("sms", "en", "body")
    if line is not None:
        assert (errors[0].line, errors[0].column) == (line, column)
    assert errors[0].suggestion == suggestion
    if replacement is not None:
        assert errors[0].replacement == replacement


def test_all_mistakes_of_a_template_are_told_at_once_even_beside_a_block_that_is_not_closed() -> None:
    findings = found("{{ product.prise }}\n{{ config.bonus }}{{ product.nme }}\n{% if x %}")
    told = [(one.code, one.line) for one in findings if one.level == ERROR]
    assert told == [("template", 3), ("unknown_field", 1), ("unknown_field", 2)]


@pytest.mark.parametrize(
    "body",
    [
        "{{ product.short_name | default: product.name }}",
        "{% if product.short_name %}{{ product.short_name }}{% else %}{{ product.name }}{% endif %}",
        "{% assign n = product.short_name | default: product.name %}{{ n | upcase }}",
    ],
)
def test_an_empty_field_is_no_error_where_the_template_says_what_stands_there_instead(body: str) -> None:
    assert not codes(found(body, offered=flex(short_name=None)), ERROR)
    assert codes(found("{{ product.short_name }}", offered=flex(short_name=None)), ERROR) == ["empty_field"]


def test_a_price_without_a_currency_is_told_as_that() -> None:
    # No door takes such a price, but a source may have brought one before there was a rule.
    priced = flex()
    priced.currency = None
    findings = found("{{ config.price_formatted }}", offered=priced, product_config={"price": "9.00"})
    assert codes(findings, ERROR) == ["no_currency"]


def test_a_field_that_not_every_customer_has_asks_for_something_to_say_instead() -> None:
    findings = found("Hi {{ customer.nickname }}")
    warned = next(one for one in findings if one.code == "customer_field")
    assert (warned.level, warned.line, warned.column) == (WARNING, 1, 7)
    assert warned.replacement == 'Hi {{ customer.nickname | default: "" }}'
    samples = [CustomerFeatures.of({"nickname": "S"}), CustomerFeatures.of({"nickname": "T"})]
    said = Said(messages={"sms": {"en": {"body": "Hi {{ customer.nickname }}"}}})
    assert "customer_field" not in codes(preflight(said, flex(), now=NOW, samples=samples), WARNING)
    assert "customer_field" in codes(preflight(said, flex(), now=NOW, samples=[*samples, CustomerFeatures()]), WARNING)


def test_the_segments_are_those_of_the_worst_sample_and_the_short_name_is_offered_where_it_saves_one() -> None:
    named = [CustomerFeatures.of({"first_name": "Sara"})]
    assert [str(one.message) for one in found(MOCK, samples=named) if one.level == WARNING] == [
        "The SMS is 2 segments for every customer. The short name saves 12 characters.",
        "The offer holds until 31 Dec 2026; the campaign goes on.",
    ]
    long = found("{{ product.name }}" + "a" * 200)
    assert "The SMS is 2 segments for every customer." in [str(one.message) for one in long]
    tight = "{{ product.name }} " + "a" * 145
    short = next(one for one in found(tight) if one.code == "short_name")
    assert str(short.message) == "The SMS is 2 segments for every customer. The short name saves 12 characters."
    assert short.replacement == "{{ product.short_name }} " + "a" * 145
    assert codes(found(short.replacement or ""), WARNING) == ["offer_ends"]
    between = "{{ customer.first_name }}" + "a" * 152
    assert [str(one.message) for one in found(between) if one.code == "sms_segments"] == [
        "The SMS is up to 2 segments."
    ]


def test_an_sms_that_no_network_takes_is_an_error_and_typographic_marks_are_told() -> None:
    assert codes(found("a" * 1900), ERROR) == ["sms_too_long"]
    curly = "It’s “{{ product.name }}” – " + "a" * 60
    told = next(one for one in found(curly) if one.code == "outside_gsm")
    assert told.replacement == 'It\'s "{{ product.name }}" - ' + "a" * 60
    assert "outside_gsm" not in codes(found("ب" * 100), WARNING)
    assert "ussd_too_long" in codes(found("a" * 183, channel="ussd"), WARNING)


def test_a_channel_without_a_message_and_one_that_the_product_refuses_are_errors() -> None:
    findings = found("a", channels=("sms", "push"), offered=flex(channels=["email", "push"]))
    assert {(one.code, one.channel) for one in findings if one.level == ERROR} == {
        ("channel", "sms"),
        ("missing_message", "push"),
    }


def test_customers_of_other_languages_have_the_fallback_or_are_told_of() -> None:
    arabic = {"ar": {"body": "ب"}}
    assert codes(found("", messages={"sms": arabic}), ERROR) == ["missing_fallback"]
    both = {"sms": {"en": {"body": "a"}, **arabic}, "push": {"en": {"title": "t", "body": "b"}}}
    warned = [one for one in found("", messages=both, channels=("sms", "push")) if one.code == "missing_language"]
    assert [(one.level, one.channel, one.language) for one in warned] == [(WARNING, "push", "ar")]


@pytest.mark.parametrize(
    ("product", "campaign", "level", "code"),
    [
        ({"valid_to": NOW - timedelta(days=1)}, {}, ERROR, "sale_over"),
        ({"valid_to": NOW + timedelta(days=9)}, {"starts_at": NOW + timedelta(days=10)}, ERROR, "sale_over"),
        ({"valid_to": NOW + timedelta(days=9)}, {"ends_at": NOW + _YEAR}, WARNING, "sale_ends"),
        ({"valid_from": NOW + timedelta(days=9)}, {"ends_at": NOW + timedelta(days=8)}, ERROR, "sale_later"),
        ({"valid_from": NOW + timedelta(days=9)}, {}, WARNING, "sale_begins"),
        ({"lifecycle_status": "retired"}, {}, ERROR, "not_on_sale"),
        ({"lifecycle_status": "suspended"}, {}, ERROR, "not_on_sale"),
        ({"is_available": False}, {}, ERROR, "not_on_sale"),
        ({"missing_since": NOW}, {}, ERROR, "not_on_sale"),
        ({"deleted_at": NOW}, {}, ERROR, "not_on_sale"),
        ({"quota_total": 5, "quota_left": 0}, {}, WARNING, "quota"),
        ({}, {"product_config": {"valid_to": "2026-10-31"}}, ERROR, "offer_over"),
        ({}, {"product_config": {"valid_to": "2026-11-30"}, "ends_at": NOW + _YEAR}, WARNING, "offer_ends"),
    ],
)
def test_a_product_or_an_offer_that_is_not_there_for_the_whole_campaign_is_told(
    product: dict[str, Any], campaign: dict[str, Any], level: str, code: str
) -> None:
    findings = found("a", offered=flex(**product), **campaign)
    assert code in codes(findings, level)
    assert "on_sale" not in codes(findings, PASS)


def _rule(attribute: str, operator: str, value: Any) -> dict[str, Any]:
    return {"all": [{"attribute": attribute, "operator": operator, "value": value}]}


@pytest.mark.parametrize(
    ("audience", "product"),
    [
        ({"segments": ["youth"]}, {"exclude_segments": ["youth", "family"]}),
        ({"exclude_segments": ["youth", "family"]}, {"target_segments": ["youth"]}),
        ({"segments": ["low"]}, {"target_segments": ["high"]}),
        ({"segments": ["low"]}, {"min_customer_value": "500"}),
        ({"max_customer_value": "100"}, {"min_customer_value": "100.01"}),
        ({"min_customer_value": "1000"}, {"max_customer_value": "999.99"}),
        ({"rule": _rule("payment_mode", "eq", "prepaid")}, {"payment_mode": "postpaid"}),
        ({"rule": _rule("payment_mode", "in", ["prepaid", "hybrid"])}, {"payment_mode": "postpaid"}),
        ({"rule": _rule("payment_mode", "ne", "postpaid")}, {"payment_mode": "postpaid"}),
        ({"rule": _rule("customer_value", "lt", 100)}, {"min_customer_value": "100"}),
        ({"rule": _rule("tenure_months", "lt", 6)}, {"eligibility_rule": _rule("tenure_months", "gte", 6)}),
        ({"rule": _rule("city", "eq", "Jeddah")}, {"eligibility_rule": _rule("city", "in", ["Riyadh", "Dammam"])}),
        ({"rule": _rule("city", "exists", False)}, {"eligibility_rule": _rule("city", "eq", "Riyadh")}),
        ({"rule": {"not": _rule("age", "lt", 30)["all"]}}, {"eligibility_rule": {"all": [_rule("age", "eq", 29)]}}),
        ({"rule": _rule("age", "in", [20, 25])}, {"eligibility_rule": _rule("age", "gt", 25)}),
    ],
)
def test_an_audience_that_the_product_excludes_entirely_is_an_error(
    audience: dict[str, Any], product: dict[str, Any]
) -> None:
    segments = [
        Segment(key="low", label="Low", max_customer_value=Decimal(99)),
        Segment(key="high", label="High", min_customer_value=Decimal(500)),
    ]
    said = Said(audience=audience)
    findings = preflight(said, flex(**product), now=NOW, segments=segments)
    assert codes(findings, ERROR) == ["audience_excluded"]
    assert "audience" not in codes(findings, PASS)


@pytest.mark.parametrize(
    ("audience", "product"),
    [
        ({}, {"target_segments": ["youth"], "min_customer_value": "5", "payment_mode": "prepaid"}),
        ({"segments": ["youth", "family"]}, {"exclude_segments": ["youth"]}),
        ({"segments": ["youth"]}, {"target_segments": ["youth", "family"]}),
        ({"max_customer_value": "100"}, {"min_customer_value": "100"}),
        ({"min_customer_value": "0"}, {"max_customer_value": "0"}),
        ({"rule": _rule("age", "lte", 30)}, {"eligibility_rule": _rule("age", "gte", 30)}),
        (
            {"rule": {"any": [*_rule("age", "lt", 9)["all"], *_rule("vip", "eq", True)["all"]]}},
            {"eligibility_rule": _rule("age", "gt", 30)},
        ),
        ({"rule": _rule("city", "ne", "Riyadh")}, {"eligibility_rule": _rule("city", "ne", "Jeddah")}),
        ({"rule": _rule("segments", "contains", "youth")}, {"target_segments": ["family"]}),
    ],
)
def test_an_audience_of_which_somebody_may_be_offered_the_product_is_no_error(
    audience: dict[str, Any], product: dict[str, Any]
) -> None:
    assert not codes(preflight(Said(audience=audience), flex(**product), now=NOW), ERROR)


def test_segments_that_only_some_customers_share_are_told_and_no_error() -> None:
    findings = preflight(Said(audience={"segments": ["youth"]}), flex(target_segments=["family"]), now=NOW)
    assert (codes(findings, ERROR), codes(findings, WARNING)) == ([], ["segments_apart"])


def test_without_a_product_the_templates_are_still_read() -> None:
    said = Said(messages={"sms": {"en": {"body": "{{ product.nmae }} {{ product.category }}{% if %}"}}})
    assert codes(preflight(said, None, now=NOW), ERROR) == ["template", "unknown_field"]


def test_pre_flight_of_seven_channels_in_five_languages_takes_a_moment() -> None:
    parts = {"sms": ("body",), "email": ("subject", "body"), "push": ("title", "body"), "app": ("title", "body")}
    parts |= {"ussd": ("body",), "web": ("title", "body"), "shop": ("body",)}
    languages = ("en", "ar", "fr", "ur", "hi")
    messages = {
        channel: {language: dict.fromkeys(names, f"{MOCK} {channel} {language}") for language in languages}
        for channel, names in parts.items()
    }
    said = Said(channels=tuple(parts), messages=messages, product_config=OFFER)
    started = time.process_time()
    findings = preflight(said, flex(), now=NOW)
    assert time.process_time() - started < 0.5
    assert not codes(findings, ERROR)
