"""Making and changing a campaign: rules answer beside the field, nothing typed is lost, two people never overwrite each other."""

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.service import CampaignService
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import drafted, offered, running
from tests.campaigns.pages.conftest import Stored
from tests.campaigns.pages.typed import editor_of, faults, fields_of, new_editor
from tests.support.clients import Browser
from tests.support.people import HTMX

RICH: dict[str, Any] = {
    "name": "Year-end & <60 GB>",
    "description": "Two\n\nlines",
    "trigger_event": "churn-risk",
    "product_config": {
        "price": "119.00",
        "currency": "SAR",
        "bonus": "5 GB weekend",
        "valid_to": "2027-01-01T00:00:07.5Z",
    },
    "audience": {
        "segments": ["youth", "family"],
        "exclude_segments": ["expat"],
        "min_customer_value": "0",
        "max_customer_value": "1000.50",
        "rule": {"all": [{"attribute": "tenure_months", "operator": "gte", "value": 6}]},
    },
    "starts_at": "2026-12-01T09:00:30Z",
    "ends_at": "2026-12-31T21:00:00Z",
    "channels": ["push", "sms"],
    "messages": {
        "sms": {"en": {"body": "Hi,\n{{ product.name }}"}, "ar": {"body": "مرحبا {{ product.name }}"}},
        "push": {"en": {"title": "More", "body": "{{ product.name }}"}},
    },
    "sender": "smtp",
    "sender_config": {"reply_to": "care@operator.example"},
    "quiet_from": "21:00",
    "quiet_to": "09:00",
    "on_withdrawal": "successor",
    "limit_per_customer": 1,
    "limit_total": 500,
    "cooldown_days": 7,
    "decline_days": 30,
    "control_group_percent": "12.5",
}


@pytest.fixture
def rich(app: Flask) -> Campaign:
    return drafted(offered(), **RICH)


def test_an_editor_that_nobody_touched_changes_nothing(editor: Browser, rich: Campaign, stored: Stored) -> None:
    answer = editor.post(f"/admin/campaigns/{rich.id}", data=editor_of(editor, rich.id))
    assert answer.status_code == 303, faults(answer.text)
    assert stored(rich.id).version == 1


def test_a_campaign_is_made_on_the_page_and_its_number_is_where_the_way_leads(
    editor: Browser, app: Flask, stored: Stored
) -> None:
    product = offered()
    fields = new_editor(editor, f"?product={product.id}")
    fields |= {"name": ["Spring"], "price": ["99"], "message.sms.en.body": ["{{ product.name }}"]}
    answer = editor.post("/admin/campaigns/", data=fields)
    assert answer.status_code == 303, faults(answer.text)
    made = stored(int(answer.headers["Location"].rpartition("/")[2]))
    assert (made.name, made.product_id, made.product_config) == ("Spring", product.id, {"price": "99.00"})
    assert made.messages == {"sms": {"en": {"body": "{{ product.name }}"}}}
    assert (made.owner, made.control_group_percent) == ("editor@operator.example", Decimal(10))


def test_what_was_typed_is_all_there_when_something_in_it_is_wrong(editor: Browser, rich: Campaign) -> None:
    fields = editor_of(editor, rich.id)
    fields |= {"price": ["cheap"], "message.sms.ar.body": ["نص جديد"], "conditions-0-operand": ["12"]}
    answer = editor.post(f"/admin/campaigns/{rich.id}", data=fields)
    assert answer.status_code == 422
    assert "Use digits only, such as 140.00." in answer.text
    again = {
        name: values
        for name, values in fields_of(answer.text, f"/admin/campaigns/{rich.id}").items()
        if name != "csrf_token"
    }
    assert again == {name: values for name, values in fields.items() if name != "csrf_token"}


def test_a_channel_and_a_language_are_added_by_buttons_and_saved_with_their_words(
    editor: Browser, rich: Campaign, stored: Stored
) -> None:
    url = f"/admin/campaigns/{rich.id}"
    added = editor.post(url, data={**editor_of(editor, rich.id), "add_channel": "ussd"})
    spoken = editor.post(
        url,
        data={**fields_of(added.text, f"/admin/campaigns/{rich.id}"), "new_language": "fr-CA", "look_up": "language"},
    )
    assert (added.status_code, spoken.status_code) == (200, 200)
    assert stored(rich.id).version == 1
    fields = {**fields_of(spoken.text, f"/admin/campaigns/{rich.id}"), "message.ussd.fr-CA.body": ["Bonjour"]}
    assert editor.post(url, data=fields).status_code == 303
    saved = stored(rich.id)
    assert saved.channels == ["push", "sms", "ussd"]
    assert saved.messages == {**RICH["messages"], "ussd": {"fr-CA": {"body": "Bonjour"}}}


def test_a_channel_that_is_removed_brings_its_words_back_with_it(editor: Browser, rich: Campaign) -> None:
    url = f"/admin/campaigns/{rich.id}"
    without = editor.post(url, data={**editor_of(editor, rich.id), "remove_channel": "sms"})
    fields = fields_of(without.text, f"/admin/campaigns/{rich.id}")
    assert fields["channel"] == ["push"]
    back = fields_of(editor.post(url, data={**fields, "add_channel": "sms"}).text, f"/admin/campaigns/{rich.id}")
    assert back["message.sms.ar.body"] == ["مرحبا {{ product.name }}"]


def test_a_text_that_is_too_long_opens_its_tab_and_is_named_above_the_form(editor: Browser, rich: Campaign) -> None:
    url = f"/admin/campaigns/{rich.id}"
    typed = {**editor_of(editor, rich.id), "message.sms.ar.body": "x" * 20_001, "shown_channel": "push"}
    answer = editor.post(url, data=typed)
    assert answer.status_code == 422
    assert "SMS: Use at most 20000 characters." in " ".join(answer.text.split())
    again = fields_of(answer.text, url)
    assert (again["shown_channel"], again["shown_language.sms"]) == (["sms"], ["ar"])


def test_what_is_no_language_is_said_and_a_capital_letter_is_forgiven(editor: Browser, rich: Campaign) -> None:
    url = f"/admin/campaigns/{rich.id}"
    typed = {**editor_of(editor, rich.id), "look_up": "language"}
    assert (
        "french is no language: use a code such as fr or fr-CA."
        in editor.post(url, data={**typed, "new_language": "french"}).text
    )
    added = editor.post(url, data={**typed, "new_language": "FR-CA"})
    assert fields_of(added.text, url)["language"] == ["en", "ar", "fr-CA"]


def test_several_products_of_a_name_are_offered_to_choose_from(editor: Browser, app: Flask, stored: Stored) -> None:
    first, second = offered(name="Twin"), offered(name="Twin")
    campaign = drafted(first)
    url = f"/admin/campaigns/{campaign.id}"
    asked = editor.post(url, data={**editor_of(editor, campaign.id), "offered-product": "twin"})
    assert asked.status_code == 422
    assert "Which one?" in asked.text
    fields = {**fields_of(asked.text, f"/admin/campaigns/{campaign.id}"), "offered-chosen": f"#{second.id}"}
    assert editor.post(url, data=fields).status_code == 303
    assert stored(campaign.id).product_id == second.id


def test_candidates_stand_in_for_a_product_where_the_model_chooses(editor: Browser, app: Flask, stored: Stored) -> None:
    first, second = offered(name="One"), offered(name="Two")
    campaign = drafted(first)
    url = f"/admin/campaigns/{campaign.id}"
    fields = {**editor_of(editor, campaign.id), "use_nbo": "y", "add_row": "candidates"}
    one = fields_of(editor.post(url, data=fields).text, f"/admin/campaigns/{campaign.id}") | {
        "candidates-0-product": ["One"]
    }
    two = fields_of(editor.post(url, data={**one, "add_row": "candidates"}).text, f"/admin/campaigns/{campaign.id}")
    assert editor.post(url, data={**two, "candidates-1-product": f"#{second.id}"}).status_code == 303
    saved = stored(campaign.id)
    assert (saved.use_nbo, saved.product_id, saved.candidates) == (True, None, [first.id, second.id])


def test_a_price_follows_the_currency_of_the_product_that_is_chosen(
    editor: Browser, app: Flask, stored: Stored
) -> None:
    campaign = drafted(offered(), product_config={"price": "99.00", "currency": "SAR"})
    abroad = offered(name="Abroad", currency="EUR")
    fields = {**editor_of(editor, campaign.id), "offered-product": f"#{abroad.id}"}
    assert editor.post(f"/admin/campaigns/{campaign.id}", data=fields).status_code == 303
    assert stored(campaign.id).product_config == {"price": "99.00"}


def test_two_people_see_both_versions_field_by_field_and_choose(
    editor: Browser, rich: Campaign, stored: Stored
) -> None:
    url = f"/admin/campaigns/{rich.id}"
    mine = editor_of(editor, rich.id) | {"price": ["99.00"], "message.sms.ar.body": ["لي"], "limit_total": ["600"]}
    theirs = {
        "product_config": {"price": "89.00"},
        "messages": {"sms": {"ar": {"body": "لهم"}}},
        "name": "Renamed",
    }
    CampaignService().patch(rich.id, theirs, expected_version=1, actor="user:omar@operator.example")

    both = editor.post(url, data=mine)
    assert both.status_code == 409
    for field in ("product_config.price", "messages.sms.ar.body", "name", "limit_total"):
        assert f'name="choose-{field}"' in both.text
    assert 'name="choose-bonus"' not in both.text
    chosen = fields_of(both.text, f"/admin/campaigns/{rich.id}") | {"choose-messages.sms.ar.body": ["theirs"]}
    chosen.pop("name")
    answer = editor.post(url, data={**chosen, "name": mine["name"]})
    assert answer.status_code == 303, faults(answer.text)
    saved = stored(rich.id)
    assert (saved.product_config["price"], saved.limit_total, saved.name) == ("99.00", 600, "Renamed")
    assert saved.messages["sms"]["ar"]["body"] == "لهم"


def test_a_campaign_that_runs_takes_a_new_name_and_no_other_words(editor: Browser, app: Flask, stored: Stored) -> None:
    campaign = running(offered())
    page = editor.get(f"/admin/campaigns/{campaign.id}").text
    assert "It runs. Pause it to change the offer, the words or the audience." in page
    fields = editor_of(editor, campaign.id) | {"name": ["Another name"], "message.sms.en.body": ["changed"]}
    assert editor.post(f"/admin/campaigns/{campaign.id}", data=fields).status_code == 303
    saved = stored(campaign.id)
    assert saved.name == "Another name"
    assert saved.messages == campaign.messages


def test_a_viewer_sees_the_campaign_and_no_way_to_change_it(viewer: Browser, rich: Campaign) -> None:
    page = viewer.get(f"/admin/campaigns/{rich.id}").text
    assert "You may look at it; editors change it." in page
    assert ">Save<" not in page.replace("\n", "")
    assert viewer.send(f"/admin/campaigns/{rich.id}", name="Mine").status_code == 403


def test_what_was_typed_comes_back_after_signing_in_again(editor: Browser, rich: Campaign) -> None:
    fields = editor_of(editor, rich.id) | {"bonus": ["a bonus of mine"]}
    editor.delete_cookie("catalog_session")
    answer = editor.post(f"/admin/campaigns/{rich.id}", data=fields, headers=HTMX)
    assert answer.status_code == 401
    assert "a bonus of mine" in answer.text


def test_a_deleted_product_leaves_the_editor_standing(editor: Browser, app: Flask) -> None:
    product = offered()
    campaign = drafted(product)
    ProductCatalogService().delete(product.id, expected_version=None, actor="tests")
    assert editor.get(f"/admin/campaigns/{campaign.id}").status_code == 200
