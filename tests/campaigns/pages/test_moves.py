"""What is asked before a campaign runs, pauses, ends, is copied or deleted; and who may."""

from datetime import timedelta

from flask import Flask

from catalog_app.campaigns.service import CampaignService
from catalog_app.core.clock import utcnow
from tests.campaigns.factories import drafted, offered, running
from tests.campaigns.pages.conftest import Stored
from tests.campaigns.pages.typed import editor_of
from tests.support.clients import Browser
from tests.support.people import HTMX


def test_activating_saves_what_was_typed_first_and_then_asks(approver: Browser, app: Flask, stored: Stored) -> None:
    campaign = drafted(offered(), trigger_event="recharge", limit_per_customer=1)
    url = f"/admin/campaigns/{campaign.id}"
    typed = {**editor_of(approver, campaign.id), "bonus": "5 GB", "then": "activate"}
    asked = approver.post(url, data=typed, headers=HTMX)
    assert "From now on it answers every trigger of" in asked.text
    assert "1 message" in asked.text
    assert (stored(campaign.id).status, stored(campaign.id).product_config) == ("draft", {"bonus": "5 GB"})

    version = str(stored(campaign.id).version)
    answer = approver.send(f"{url}/run/activate", version=version)
    assert answer.status_code == 303
    assert stored(campaign.id).status == "active"


def test_who_activates_reads_the_price_its_end_and_whom_it_is_told_in_which_language(
    approver: Browser, app: Flask
) -> None:
    campaign = drafted(
        offered(price="149.00"),
        product_config={"price": "119.00", "currency": "SAR", "valid_to": "2027-01-31T20:59:59Z"},
        messages={"sms": {"en": {"body": "{{ product.name }}"}, "ar": {"body": "{{ product.name }}"}}},
    )
    asked = " ".join(approver.get(f"/admin/campaigns/{campaign.id}/ask/activate").text.replace("\xa0", " ").split())
    assert "SAR 119.00 (Catalog: SAR 149.00)" in asked
    assert "31 Jan 2027" in asked
    assert "SMS (English, Arabic)" in asked
    assert "Everybody" in asked


def test_why_it_is_paused_stands_on_its_page(approver: Browser, app: Flask) -> None:
    campaign = running(offered())
    CampaignService().pause(campaign.id, reason="The price is being checked", actor="user:lina@operator.example")
    assert "Paused: The price is being checked" in approver.get(f"/admin/campaigns/{campaign.id}").text


def test_history_calls_a_text_by_its_channel_and_language_and_who_activated_by_name(
    approver: Browser, app: Flask
) -> None:
    campaign = drafted(offered())
    messages = {"sms": campaign.messages["sms"] | {"ar": {"body": "{{ product.name }}"}}}
    CampaignService().patch(
        campaign.id, {"messages": messages}, expected_version=1, actor="user:approver@operator.example"
    )
    CampaignService().activate(campaign.id, actor="user:approver@operator.example")
    page = approver.get(f"/admin/campaigns/{campaign.id}/history").text
    assert "Message by SMS, Arabic" in page
    assert "user:approver" not in page


def test_a_campaign_with_errors_is_not_activated_and_says_which(approver: Browser, app: Flask, stored: Stored) -> None:
    campaign = drafted(offered(), channels=["sms", "email"])
    answer = approver.send(f"/admin/campaigns/{campaign.id}/run/activate", version="1")
    assert answer.status_code == 409
    assert "keeps it from running" in answer.text.replace("keep it", "keeps it")
    assert stored(campaign.id).status == "draft"


def test_a_campaign_is_paused_resumed_and_ended(approver: Browser, app: Flask, stored: Stored) -> None:
    campaign = running(offered())
    url = f"/admin/campaigns/{campaign.id}"
    for move, status in (("pause", "paused"), ("resume", "active"), ("complete", "completed")):
        assert approver.get(f"{url}/ask/{move}").status_code == 200
        version = str(stored(campaign.id).version)
        assert approver.send(f"{url}/run/{move}", version=version, reason="").status_code == 303
        assert stored(campaign.id).status == status
    assert approver.send(f"{url}/run/resume").status_code == 303  # refused: the page says so
    assert stored(campaign.id).status == "completed"


def test_a_later_start_is_said_before_anybody_says_yes(approver: Browser, app: Flask) -> None:
    campaign = drafted(offered(), starts_at=(utcnow() + timedelta(days=40)).isoformat())
    assert "It waits until" in approver.get(f"/admin/campaigns/{campaign.id}/ask/activate").text


def test_an_answer_to_an_older_version_is_refused(approver: Browser, app: Flask, stored: Stored) -> None:
    campaign = drafted(offered())
    CampaignService().patch(campaign.id, {"name": "Other"}, expected_version=1, actor="user:omar@operator.example")
    answer = approver.post(
        f"/admin/campaigns/{campaign.id}/run/activate",
        data={"csrf_token": approver.csrf(), "version": "1"},
        headers=HTMX,
    )
    assert answer.status_code == 409
    assert stored(campaign.id).status == "draft"


def test_an_editor_neither_runs_a_campaign_nor_sees_a_button_for_it(
    editor: Browser, app: Flask, stored: Stored
) -> None:
    campaign = drafted(offered())
    page = editor.get(f"/admin/campaigns/{campaign.id}").text
    assert "An approver activates it" in page
    assert 'value="activate"' not in page
    assert editor.send(f"/admin/campaigns/{campaign.id}/run/activate", version="1").status_code == 403
    fields = {**editor_of(editor, campaign.id), "then": "activate"}
    assert editor.post(f"/admin/campaigns/{campaign.id}", data=fields, headers=HTMX).status_code == 403
    assert stored(campaign.id).status == "draft"


def test_a_copy_is_a_draft_of_whoever_makes_it(editor: Browser, app: Flask, stored: Stored) -> None:
    campaign = running(offered())
    answer = editor.send(f"/admin/campaigns/{campaign.id}/copy")
    copy = stored(int(answer.headers["Location"].rpartition("/")[2]))
    assert (copy.status, copy.owner, copy.messages) == ("draft", "editor@operator.example", campaign.messages)


def test_a_draft_is_deleted_and_a_campaign_that_runs_is_not(editor: Browser, app: Flask) -> None:
    draft, live = drafted(offered()), running(offered())
    assert editor.send(f"/admin/campaigns/{draft.id}/delete", version="1").status_code == 303
    assert editor.get(f"/admin/campaigns/{draft.id}").status_code == 404
    editor.send(f"/admin/campaigns/{live.id}/delete")
    assert editor.get(f"/admin/campaigns/{live.id}").status_code == 200


def test_history_tells_each_change_and_leads_back_to_what_was_said(editor: Browser, app: Flask, stored: Stored) -> None:
    campaign = drafted(offered(), product_config={"price": "99.00"})
    said = dict(campaign.messages)
    change = {"product_config": {"price": "89.00"}, "messages": {"sms": {"en": {"body": "Short"}}}}
    CampaignService().patch(campaign.id, change, expected_version=1, actor="user:omar@operator.example")
    page = editor.get(f"/admin/campaigns/{campaign.id}/history").text
    assert "Price offered" in page
    assert "Short" in page
    answer = editor.send(f"/admin/campaigns/{campaign.id}/restore", version="2", to="1")
    assert answer.status_code == 303
    assert stored(campaign.id).product_config == {"price": "99.00"}
    assert stored(campaign.id).messages == said
