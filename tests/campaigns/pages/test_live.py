"""What follows the typing: the message of a sample customer, the verdict, and what pre-flight finds, on nothing saved."""

from typing import Any

import pytest
from flask import Flask

from catalog_app.campaigns.models import Campaign
from catalog_app.products.samples.service import SampleInput, keep
from tests.campaigns.factories import drafted, offered
from tests.campaigns.pages.conftest import Stored
from tests.campaigns.pages.typed import editor_of, fields_of
from tests.support.clients import Browser
from tests.support.people import HTMX


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    keep(SampleInput.check("Sara", {"first_name": "Sara", "customer_value": 900}, is_shared=True), owner="tests")
    keep(SampleInput.check("Tarek", {"customer_value": 1200}, is_shared=True), owner="tests")
    return drafted(offered(max_customer_value="1000", features={"data_mb": 61440}))


def checked(browser: Browser, campaign: Campaign, **typed: Any) -> str:
    """Return the answer to a check of the editor with this typed into it."""
    fields = {**editor_of(browser, campaign.id), **typed}
    answer = browser.post("/admin/campaigns/check", data=fields, headers=HTMX)
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


def test_the_phone_shows_what_is_typed_before_it_is_saved(editor: Browser, campaign: Campaign, stored: Stored) -> None:
    typed = {"message.sms.en.body": "Hi {{ customer.first_name }}: {{ config.price_formatted }}", "price": "99"}
    page = checked(editor, campaign, **typed)
    assert '<p class="bubble" dir="auto">Hi Sara: SAR 99.00</p>' in page
    assert "1 segment, GSM-7" in page
    assert stored(campaign.id).version == 1


def test_the_next_customer_is_another_one_with_a_verdict_of_its_own(editor: Browser, campaign: Campaign) -> None:
    first = checked(editor, campaign)
    assert "Sara is eligible for this offer by SMS" in first
    other = first.partition('value="sample-')[2].partition('"')[0]
    second = checked(editor, campaign, look_up=f"sample-{other}")
    assert "Tarek is not eligible. Customer value 1,200 is above 1,000" in second


def test_an_audience_that_leaves_the_customer_out_is_said_before_the_product(
    editor: Browser, campaign: Campaign
) -> None:
    page = checked(editor, campaign, min_customer_value="1000")
    assert "Sara is not in the audience. Customer value 900 is below 1,000" in page


def test_a_wrong_placeholder_is_told_with_its_place_marked_on_its_tab_and_put_right_by_a_button(
    editor: Browser, campaign: Campaign
) -> None:
    typed = {"message.sms.en.body": "All for you:\r\n{{ product.prise }}"}
    page = checked(editor, campaign, **typed)
    assert "SMS, line 2, column 4" in page
    assert "has an error" in page
    key = page.partition('name="replace" value="')[2].partition('"')[0]
    url = f"/admin/campaigns/{campaign.id}"
    again = editor.post(url, data={**editor_of(editor, campaign.id), **typed, "replace": key})
    assert fields_of(again.text, url)["message.sms.en.body"] == ["All for you:\n{{ product.price }}"]


def test_a_shorter_text_is_offered_and_not_taken_for_a_slip(editor: Browser, app: Flask) -> None:
    long = drafted(offered(name="Flex Postpaid 60 GB with everything in it", short_name="Flex 60"))
    body = "{{ product.name }} " + "x" * 125
    page = checked(editor, long, **{"message.sms.en.body": body})
    assert "Use it" in page
    assert "Did you mean" not in page


def test_a_customer_of_whom_a_field_is_not_told_shows_what_to_write_instead(
    editor: Browser, campaign: Campaign
) -> None:
    page = checked(editor, campaign, **{"message.sms.en.body": "Hi {{ customer.nickname }}"})
    assert "is not told of this customer, who gets no message" in page
    assert "{{ customer.nickname | default: &#34;...&#34; }}" in page


def test_a_test_begins_with_the_customer_and_the_language_in_front(editor: Browser, campaign: Campaign) -> None:
    page = checked(editor, campaign)
    sample = page.partition('name="sample" value="')[2].partition('"')[0]
    assert f"/admin/campaigns/{campaign.id}/test?customer={sample}&amp;language=en" in page


def test_activation_waits_for_the_errors(approver: Browser, campaign: Campaign) -> None:
    page = checked(approver, campaign, **{"message.sms.en.body": "{{ product.prise }}"})
    assert "Fix 1 error to activate" in page
    assert "Fix" not in checked(approver, campaign)


def test_what_breaks_a_rule_is_left_out_of_the_preview_and_nothing_else_is(editor: Browser, campaign: Campaign) -> None:
    page = checked(
        editor, campaign, name="", price="cheap", bonus="5 GB", **{"message.sms.en.body": "{{ config.bonus }}!"}
    )
    assert ">5 GB!</p>" in page


def test_another_product_is_shown_with_what_the_catalogue_says_of_it(editor: Browser, campaign: Campaign) -> None:
    other = offered(name="Weekend 5 GB", price="19.00")
    page = checked(editor, campaign, **{"offered-product": f"#{other.id}"})
    assert "Weekend 5 GB" in page
    assert "Catalog: SAR 19.00" in page
    assert 'hx-target="#product-box"' not in checked(editor, campaign, **{"offered-product": "no such product"})


def test_markup_in_a_value_is_text_on_the_phone(editor: Browser, campaign: Campaign) -> None:
    page = checked(editor, campaign, bonus="<b>5</b>", **{"message.sms.en.body": "<i>{{ config.bonus }}</i>"})
    assert "&lt;i&gt;&lt;b&gt;5&lt;/b&gt;&lt;/i&gt;" in page


@pytest.mark.parametrize(
    "name", ["channel", "language", "shown_channel", "sample", "product_shown", "replace", "add_row"]
)
def test_a_check_survives_nonsense(editor: Browser, campaign: Campaign, name: str) -> None:
    for text in ("", "\N{SNOWMAN}", "9" * 400, "a.b.c", "../x", "-1"):
        checked(editor, campaign, **{name: text})
