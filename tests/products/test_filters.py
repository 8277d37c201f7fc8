"""Every filter of the list of products, and the orders it can have."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog_app.core.errors import RuleError
from catalog_app.products.filter_kinds import MAX_SEARCH
from catalog_app.products.filters import FILTERS, MAX_REPEATS, Filter, parse_filters
from catalog_app.products.models import Product
from catalog_app.products.sorts import SORTS, parse_sort
from tests.products.factories import NOW, saved


@dataclass(frozen=True)
class Example:
    """What a filter is asked, a product it must find and one it must not."""

    asked: str
    hit: dict[str, Any]
    miss: dict[str, Any]
    beside: dict[str, list[str]] = field(default_factory=dict)


PRICED = {"price": "10", "currency": "SAR"}
IN_SAR = {"currency": ["SAR"]}
LOCKED = {"price": {"by": "user:lina@demo.example", "at": "2026-05-01T00:00:00Z", "reason": None}}

EXAMPLES = {
    "search": Example("roam", {"description": "Roaming abroad"}, {"description": "At home"}),
    "product_type": Example("voice", {"product_type": "voice"}, {"product_type": "data"}),
    "external_system": Example("crm", {"external_system": "crm"}, {"external_system": "xiva"}),
    "lifecycle_status": Example("retired", {"lifecycle_status": "retired"}, {"lifecycle_status": "launched"}),
    "category": Example("prep", {"category": "Mobile/Prepaid"}, {"category": None}),
    "segment": Example("vip", {"target_segments": ["new", "vip"]}, {"target_segments": ["vips"]}),
    "channel": Example("sms", {"channels": ["email", "sms"]}, {"channels": ["email"]}),
    "sync_state": Example("conflict", {"sync_state": "conflict"}, {"sync_state": "in_sync"}),
    "is_active": Example("true", {"lifecycle_status": "launched"}, {"lifecycle_status": "suspended"}),
    "is_available": Example("false", {"is_available": False}, {"is_available": True}),
    "available_now": Example("true", {"quota_left": 1}, {"quota_left": 0}),
    "currency": Example("SAR", PRICED, {"price": "10", "currency": "USD"}),
    "min_price": Example("10", PRICED, PRICED | {"price": "9.9999"}, IN_SAR),
    "max_price": Example("10.0", PRICED, PRICED | {"price": "10.0001"}, IN_SAR),
    "updated_since": Example("2026-06-01T12:00:00Z", {"updated_at": NOW}, {"updated_at": NOW - timedelta(seconds=1)}),
    "ends_from": Example("2026-06-01", {"valid_to": NOW}, {"valid_to": NOW - timedelta(days=1)}),
    "ends_until": Example("2026-06-01", {"valid_to": NOW}, {"valid_to": NOW + timedelta(days=1)}),
    "locked_by": Example("lina@demo.example", {"field_locks": LOCKED}, {"field_locks": {}}),
}
HOSTILE = (
    "%",
    "_",
    "\\",
    "'; DROP TABLE product; --",
    '"',
    "a\0b",
    "\ud800",
    "[]",
    "{}",
    "null",
    "-1e5",
    "NaN",
    "1e400",
    "9" * 400,
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "ı" * 201,
    "x" * 100_000,
)


def found(session: Session, parameters: dict[str, list[str]]) -> list[int]:
    statement = parse_filters(parameters).narrow(select(Product.id), NOW)
    return list(session.scalars(statement.order_by(Product.id)))


def found_or_refused(session: Session, name: str, text: str) -> list[int] | set[str]:
    try:
        return found(session, {name: [text]})
    except RuleError as error:
        return set(error.errors)


@pytest.mark.parametrize("declared", FILTERS, ids=lambda declared: declared.name)
def test_every_filter_finds_its_hit_leaves_its_miss_and_takes_hostile_text_as_text(
    session: Session, declared: Filter
) -> None:
    example = EXAMPLES[declared.name]
    hit = saved(session, **example.hit)
    saved(session, **example.miss)
    assert found(session, {declared.name: [example.asked], **example.beside}) == [hit.id]
    for text in HOSTILE:
        assert found_or_refused(session, declared.name, text) in ([], {declared.name}), ascii(text)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Роуминг", "роум"),
        ("Ünlimited", "ünlim"),
        ("Straße", "STRASSE"),
        ("باقة الإنترنت", "الإنترنت"),
        ("100% data", "0%"),
        ("big_data", "_"),
        ("a\\b", "\\"),
        ("50/50", "0/5"),
    ],
)
@pytest.mark.parametrize("where", ["search", "category"])
def test_text_is_found_in_any_script_and_no_letter_is_a_pattern(
    session: Session, where: str, name: str, asked: str
) -> None:
    hit = saved(session, **({"name": name} if where == "search" else {"category": name}))
    saved(session, name="Plain", category="Other")
    assert found(session, {where: [asked]}) == [hit.id]


def test_a_search_looks_at_name_external_id_and_description(session: Session) -> None:
    hits = [
        saved(session, name="Needle"),
        saved(session, external_product_id="NEEDLE-1"),
        saved(session, description="a needle"),
    ]
    saved(session, category="needle")
    assert found(session, {"search": ["needle"]}) == [hit.id for hit in hits]


def test_a_repeated_filter_means_any_of_its_values_and_different_filters_mean_all(session: Session) -> None:
    voice = saved(session, product_type="voice", channels=["sms"])
    data = saved(session, product_type="data", channels=["sms"])
    saved(session, product_type="sms", channels=["sms"])
    saved(session, product_type="data", channels=["email"])
    assert found(session, {"product_type": ["voice", "data"], "channel": ["sms"]}) == [voice.id, data.id]


def test_a_product_without_channels_is_found_under_every_channel(session: Session) -> None:
    everywhere = saved(session, channels=[])
    assert found(session, {"channel": ["ussd"]}) == [everywhere.id]


def test_a_product_without_a_price_is_inside_no_price_range(session: Session) -> None:
    saved(session, currency="SAR")
    assert found(session, {"min_price": ["0"], **IN_SAR}) == []


@pytest.mark.parametrize("flag", ["is_active", "is_available", "available_now"])
def test_the_two_values_of_a_flag_divide_the_catalogue(session: Session, flag: str) -> None:
    for overrides in (
        {},
        {"lifecycle_status": "retired"},
        {"is_available": False},
        {"valid_from": NOW + timedelta(days=1)},
        {"quota_left": 0},
        {"missing_since": NOW},
    ):
        saved(session, **overrides)
    yes, no = found(session, {flag: ["true"]}), found(session, {flag: ["false"]})
    assert yes
    assert no
    assert sorted(yes + no) == found(session, {})


def test_an_upper_case_alias_of_a_flag_is_understood() -> None:
    assert parse_filters({"is_active": ["True", "0"]}).active[0].values == (True, False)


def test_a_date_alone_is_its_midnight_in_utc() -> None:
    (active,) = parse_filters({"updated_since": ["2026-06-01"]}).active
    assert active.values == (NOW.replace(hour=0),)


@pytest.mark.parametrize(
    ("parameters", "faults"),
    [
        ({"product_type": ["phone"]}, {"product_type": "Choose one of: voice, data"}),
        ({"is_active": ["maybe"]}, {"is_active": "Choose true or false."}),
        ({"min_price": ["1,5"], "currency": ["SAR"]}, {"min_price": "Use digits only"}),
        ({"min_price": ["5"]}, {"min_price": "Say in which one currency this is."}),
        ({"max_price": ["5"], "currency": ["SAR", "USD"]}, {"max_price": "Say in which one currency"}),
        ({"currency": ["sar"]}, {"currency": "three capital letters"}),
        ({"updated_since": ["2026-06-01T12:00:00"]}, {"updated_since": "Add a time zone"}),
        ({"updated_since": ["yesterday"]}, {"updated_since": "Use a date and time"}),
        ({"search": ["x" * (MAX_SEARCH + 1)]}, {"search": "Use at most 200 characters."}),
        ({"segment": [str(n) for n in range(MAX_REPEATS + 1)]}, {"segment": "Use at most 50 values."}),
        ({"prodct_type": ["data"]}, {"prodct_type": "did you mean product_type?"}),
        ({"zzz": ["1"], "sync_state": ["odd"]}, {"zzz": "There is no such parameter.", "sync_state": "Choose one of"}),
    ],
)
def test_every_fault_of_a_query_is_named_at_once(parameters: dict[str, Any], faults: dict[str, str]) -> None:
    with pytest.raises(RuleError) as caught:
        parse_filters(parameters)
    assert caught.value.errors.keys() == faults.keys()
    for name, words in faults.items():
        assert words in caught.value.errors[name]


def test_other_parameters_are_left_to_those_who_know_them() -> None:
    assert not parse_filters({"sort": ["name"]}, also=("sort", "limit"))
    assert not parse_filters({"utm_source": ["mail"]}, ignore_unknown=True)


def test_blank_values_count_as_absent() -> None:
    assert not parse_filters({"product_type": [""], "search": ["  "], "min_price": [""]})


def test_the_query_of_the_filters_asks_for_the_same_again() -> None:
    filters = parse_filters({"search": ["50% & more"], "product_type": ["data", "voice"]})
    assert filters.query() == "search=50%25+%26+more&product_type=data&product_type=voice"
    assert filters.texts("product_type") == ("data", "voice")
    assert filters.texts("category") == ()


def test_a_chip_says_one_value_in_words_and_leads_to_the_list_without_it() -> None:
    chips = parse_filters({"lifecycle_status": ["launched", "in_design"], "is_active": ["true"]}).chips()
    assert [(chip.label, chip.text) for chip in chips] == [
        ("Status", "Active"),
        ("Status", "In design"),
        ("Active", "Yes"),
    ]
    assert chips[0].query_without == "lifecycle_status=in_design&is_active=true"
    assert chips[2].query_without == "lifecycle_status=launched&lifecycle_status=in_design"


def test_removing_the_currency_removes_the_prices_that_were_in_it() -> None:
    filters = parse_filters({"min_price": ["5"], "product_type": ["data"], **IN_SAR})
    assert filters.without("currency", "SAR").query() == "product_type=data"


def test_what_a_page_offers_to_choose_is_what_the_filter_takes() -> None:
    for declared in FILTERS:
        for choice in declared.choices:
            assert parse_filters({declared.name: [choice.value]}).texts(declared.name) == (choice.value,)
            assert choice.label


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("", "id"),
        ("-id", "-id"),
        ("-updated_at,name", "-updated_at,name,id"),
        ("name,-price", "name,-price,-id"),
        (" price , -id , name ", "price,-id"),
    ],
)
def test_an_order_always_ends_in_the_id(text: str, order: str) -> None:
    assert ",".join(map(str, parse_sort(text))) == order


@pytest.mark.parametrize("text", ["colour", "--name", "name,name", "name,-name", "-", "name;id", "search_text"])
def test_an_order_that_is_not_offered_is_refused(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_sort(text)
    assert caught.value.errors.keys() == {"sort"}


def test_every_order_that_is_offered_can_be_asked_for_both_ways() -> None:
    for key in SORTS:
        assert [str(parse_sort(text)[0]) for text in (key.name, f"-{key.name}")] == [key.name, f"-{key.name}"]


def test_a_page_finds_a_product_by_its_number_and_what_changed_in_the_last_days(session: Session) -> None:
    new = saved(session, name="Deal", updated_at=NOW - timedelta(days=6))
    old = saved(session, name=f"Deal #{new.id}", updated_at=NOW - timedelta(days=8))

    assert found_by_page(session, {"search": [f" #{new.id} "]}) == [new.id]
    assert found_by_page(session, {"search": [f"#{old.id}", f"#{new.id}"]}) == [new.id, old.id]
    assert found_by_page(session, {"search": [f"deal #{new.id}"]}) == [old.id]
    assert found_by_page(session, {"changed_days": ["7"]}) == [new.id]
    assert found_by_page(session, {"changed_days": ["8"]}) == [new.id, old.id]


def test_what_belongs_to_people_is_found_whoever_they_are(session: Session) -> None:
    ours = saved(session, field_locks=LOCKED)
    saved(session)
    assert found(session, {"locked_by": ["anyone"]}) == [ours.id]
    assert found(session, {"locked_by": ["omar@demo.example"]}) == []


@pytest.mark.parametrize("text", ["0", "-1", "seven", "3661", "9" * 400, "\u0667"])
def test_days_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_filters({"changed_days": [text]}, ignore_unknown=True)
    assert caught.value.errors.keys() == {"changed_days"}


def test_programs_do_not_know_what_changes_with_the_clock_alone() -> None:
    with pytest.raises(RuleError) as caught:
        parse_filters({"changed_days": ["7"]})
    assert caught.value.errors.keys() == {"changed_days"}


def found_by_page(session: Session, parameters: dict[str, list[str]]) -> list[int]:
    statement = parse_filters(parameters, ignore_unknown=True).narrow(select(Product.id), NOW)
    return list(session.scalars(statement.order_by(Product.id)))
