"""What may be said of a campaign, and what is refused with a sentence beside its field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_app.campaigns.schema import FIELDS, CampaignInput, stored_value
from catalog_app.core.errors import RuleError
from catalog_app.core.json_values import as_json

LATER, EARLIER = "2026-12-02T00:00:00Z", "2026-12-01T00:00:00Z"


def refused(**values: Any) -> set[str]:
    with pytest.raises(RuleError) as caught:
        CampaignInput.check({"name": "Year-end", **values})
    return set(caught.value.errors)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"use_nbo": True, "candidates": [True]}, "candidates.0"),
        ({"product_id": True}, "product_id"),
        ({"limit_per_customer": True}, "limit_per_customer"),
        ({"starts_at": LATER, "ends_at": EARLIER}, "ends_at"),
        ({"starts_at": "2026-12-01T00:00:00"}, "starts_at"),
        ({"quiet_from": "21:00"}, "quiet_to"),
        ({"quiet_to": "9:00", "quiet_from": "21:00"}, "quiet_to"),
        ({"channels": ["fax"]}, "channels.0"),
        ({"messages": {"fax": {"en": {"body": "Hi"}}}}, "messages"),
        ({"messages": {"sms": {"en": {"subject": "Hi"}}}}, "messages"),
        ({"messages": {"sms": {"english": {"body": "Hi"}}}}, "messages.sms.english"),
        ({"messages": {"sms": {"en": {"body": "x" * 20_001}}}}, "messages.sms.en.body"),
        ({"messages": {"sms": "Hi"}}, "messages"),
        ({"product_config": {"price": "1", "discount_percent": "5"}}, "product_config.discount_percent"),
        ({"product_config": {"discount_percent": "0"}}, "product_config.discount_percent"),
        ({"product_config": {"discount_percent": "101"}}, "product_config.discount_percent"),
        ({"product_config": {"currency": "SAR"}}, "product_config.currency"),
        ({"product_config": {"colour": "red"}}, "product_config.colour"),
        ({"product_config": {"price": "-1"}}, "product_config.price"),
        ({"audience": {"segments": ["gold"], "exclude_segments": ["gold"]}}, "audience.exclude_segments"),
        ({"audience": {"min_customer_value": "9", "max_customer_value": "5"}}, "audience.max_customer_value"),
        ({"audience": {"rule": {"all": []}}}, "audience.rule"),
        ({"use_nbo": True, "product_id": 1}, "product_id"),
        ({"use_nbo": True, "on_withdrawal": "successor"}, "on_withdrawal"),
        ({"use_nbo": True, "product_config": {"price": "5"}}, "product_config.price"),
        ({"candidates": [1]}, "candidates"),
        ({"control_group_percent": "100"}, "control_group_percent"),
        ({"limit_per_customer": 0}, "limit_per_customer"),
        ({"limit_total": 2**31}, "limit_total"),
        ({"trigger_event": "Re charge"}, "trigger_event"),
        ({"sender": "pigeon"}, "sender"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_breaks_a_rule_is_named_by_its_field(values: dict[str, Any], field: str) -> None:
    assert field in refused(**values)


def test_blank_texts_are_not_said() -> None:
    checked = CampaignInput.check(
        {
            "name": "Year-end",
            "messages": {"sms": {"en": {"body": "Hi"}, "ar": {"body": "  "}}, "email": {"en": {"subject": ""}}},
            "product_config": {"bonus": " ", "headline": "More"},
            "quiet_from": "",
            "quiet_to": "",
        }
    )

    values = checked.values()
    assert values["messages"] == {"sms": {"en": {"body": "Hi"}}}
    assert (values["product_config"], values["quiet_from"]) == ({"headline": "More"}, None)


@given(
    percent=st.decimals(0, 99, places=4),
    start=st.datetimes(timezones=st.timezones()),
    value=st.decimals(0, 10**9, places=4),
)
def test_what_history_shows_of_a_value_brings_it_back(percent: Any, start: Any, value: Any) -> None:
    sent = {
        "name": "A",
        "control_group_percent": percent,
        "starts_at": start,
        "audience": {"min_customer_value": value},
    }
    values = CampaignInput.check(sent).values()

    back = {field: stored_value(field, as_json(values[field])) for field in FIELDS}

    assert back == values
    assert CampaignInput.check(back).values() == values
