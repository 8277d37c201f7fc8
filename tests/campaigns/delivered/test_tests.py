"""Send a test: what a trigger would come to, check by check, and a real message that counts for nothing."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog_app.campaigns.models import Delivery
from catalog_app.campaigns.results.reading import results_of
from catalog_app.campaigns.service import CampaignService
from catalog_app.contacts.models import Contact
from catalog_app.core.db import db
from catalog_app.products.samples.service import SampleInput, keep
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import OPERATOR, drafted, offered, running
from tests.support.clients import Browser
from tests.support.people import HTMX, signed_in_as


@pytest.fixture
def editor(app: Flask) -> Browser:
    return signed_in_as(app, "editor")


def draft(app: Flask, **overrides: Any) -> int:
    with app.app_context():
        campaign = drafted(offered(max_customer_value="1000"), **overrides)
        db.session.remove()
        return campaign.id


def read(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_an_eligible_and_an_ineligible_customer_get_their_verdict_with_the_checks_in_order(
    app: Flask, editor: Browser
) -> None:
    here = f"/admin/campaigns/{draft(app, audience={'segments': ['family']}, control_group_percent='10')}/test"
    meant = read(editor, f"{here}?segment=family&customer_value=900")
    too_rich = read(editor, f"{here}?segment=family&customer_value=1200")
    elsewhere = read(editor, f"{here}?segment=youth&customer_value=900")

    assert "Would be sent" in meant
    assert "Would not be sent" in too_rich
    assert "Customer value: up to 1,000" in too_rich or "Customer value:" in too_rich
    assert "Audience:" in elsewhere
    order = [meant.index(name) for name in ("Audience", "Consent and limits", "Status and window", "Control group")]
    assert order == sorted(order)
    assert "Flex 60 GB for" in meant
    assert "The campaign is not active" in meant


def test_what_was_not_told_is_no_yes(app: Flask, editor: Browser) -> None:
    shown = read(editor, f"/admin/campaigns/{draft(app)}/test")

    assert "Would not be sent: not enough is told" in shown
    assert "Customer value: not told" in shown


def test_a_kept_customer_is_chosen_from_the_list_and_a_wrong_value_is_said_beside_its_field(
    app: Flask, editor: Browser
) -> None:
    here = f"/admin/campaigns/{draft(app)}/test"
    with app.app_context():
        sample = keep(SampleInput.check("Nadia", {"customer_value": 900}, is_shared=True), owner=OPERATOR).id
        db.session.remove()

    assert "Would be sent" in read(editor, f"{here}?customer={sample}")
    assert "Would" not in read(editor, f"{here}?customer_value=much")


def test_a_text_that_cannot_be_said_shows_its_fault_and_nothing_can_be_sent(app: Flask, editor: Browser) -> None:
    messages = {"sms": {"en": {"body": "Only {{ product.prise }} a month"}}}
    shown = editor.get(f"/admin/campaigns/{draft(app, messages=messages)}/test?customer_value=900", headers=HTMX).text

    assert "prise" in shown
    assert "Send the test" not in shown


def test_a_test_is_handed_over_and_counts_for_nothing(app: Flask, editor: Browser) -> None:
    with app.app_context():
        product_id = offered(quota_total=5).id
        campaign_id = running(
            ProductCatalogService().get(product_id), limit_per_customer=1, limit_total=1, sender="log"
        ).id
        db.session.remove()
    for _ in range(2):
        answer = editor.send(f"/admin/campaigns/{campaign_id}/test", customer_value="10", address="+966500000000")
        assert answer.status_code == 303
        assert "/admin/campaigns/deliveries/" in answer.location
    shown = read(editor, answer.location)

    assert "The test is on its way." in shown
    assert "Test by The editor" in shown
    assert "test:" not in shown
    with app.app_context():
        assert results_of(db.session(), campaign_id).triggered == 0
        assert results_of(db.session(), campaign_id).tests == 2
        assert CampaignService().get(campaign_id).promised == 0
        assert ProductCatalogService().get(product_id).quota_left == 5
        assert db.session.scalar(select(func.count()).select_from(Contact)) == 0


def test_a_test_without_an_address_and_without_a_customer_goes_nowhere_and_says_so_beside_the_field(
    app: Flask, editor: Browser
) -> None:
    here = f"/admin/campaigns/{draft(app)}/test"
    answer = editor.send(here, customer_value="10")

    assert answer.status_code == 422
    assert answer.text.count("Say where to: an address here, or the id of a customer.") == 1
    assert 'aria-describedby="test-address-error"' in answer.text
    assert editor.send(here, customer_value="10", customer_id="31866").status_code == 303
    with app.app_context():
        (made,) = db.session.scalars(select(Delivery)).all()
        assert made.customer_id == "31866"


def test_a_draft_is_tested_before_it_is_active(app: Flask, editor: Browser) -> None:
    campaign_id = draft(app)
    editor.send(f"/admin/campaigns/{campaign_id}/test", customer_value="10", address="+966500000000")

    with app.app_context():
        (made,) = db.session.scalars(select(Delivery)).all()
        assert (made.status, made.address) == ("waiting", "+966500000000")
        assert made.message is not None


def test_a_viewer_sends_no_test(app: Flask) -> None:
    campaign_id = draft(app)
    viewer = signed_in_as(app, "viewer")

    assert viewer.get(f"/admin/campaigns/{campaign_id}/test").status_code == 403
    assert viewer.send(f"/admin/campaigns/{campaign_id}/test").status_code == 403
