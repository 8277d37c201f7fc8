"""The pages of deliveries: the list, and one of them with what was promised beside the product now."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from catalog_app.campaigns.models import Delivery
from catalog_app.campaigns.senders.acknowledging import Acknowledgement, acknowledge
from catalog_app.campaigns.senders.leasing import lease
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import offered, running
from tests.campaigns.triggering.calls import item, trigger
from tests.support.clients import Browser
from tests.support.people import HTMX, signed_in_as


@pytest.fixture
def approver(app: Flask) -> Browser:
    return signed_in_as(app, "approver")


def sent(customers: int = 1) -> tuple[int, int, list[int]]:
    """Return a product, its campaign, and messages of it that were handed over."""
    product = offered()
    campaign = running(product, product_config={"price": "119.00", "currency": "SAR"})
    made = trigger(campaign.id, *(item(number) for number in range(customers)))
    leased = lease(utcnow(), sender="outbox", limit=100, seconds=60)
    acknowledge(Acknowledgement(lease=leased.token), utcnow())
    db.session.remove()
    return product.id, campaign.id, [int(one.delivery["id"]) for one in made]


def read(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_a_delivery_still_shows_what_was_promised_after_the_product_changed_and_after_it_was_retired(
    app: Flask, approver: Browser
) -> None:
    with app.app_context():
        product_id, _, (delivery_id,) = sent()
    before = read(approver, f"/admin/campaigns/deliveries/{delivery_id}")
    with app.app_context():
        ProductCatalogService().patch(product_id, {"name": "Flex 61 GB"}, expected_version=None, actor="tests")
        db.session.remove()
    changed = read(approver, f"/admin/campaigns/deliveries/{delivery_id}")
    with app.app_context():
        ProductCatalogService().transition(product_id, "retired", reason="gone", expected_version=None, actor="tests")
        db.session.remove()
    retired = read(approver, f"/admin/campaigns/deliveries/{delivery_id}")

    assert "It would be promised alike now" in before
    assert "1 fact is different now" in changed
    for shown in (before, changed, retired):
        assert "Name Flex 60 GB" in shown
        assert "SAR\N{NO-BREAK SPACE}119.00" in shown
    assert "Flex 61 GB" in changed
    assert "Retired" in retired


def test_the_list_narrows_to_a_state(app: Flask, approver: Browser) -> None:
    with app.app_context():
        _, campaign_id, _ = sent(3)
    here = f"/admin/campaigns/{campaign_id}/deliveries"

    assert read(approver, here).count("Sent") >= 3
    assert "No delivery is in this state" in read(approver, f"{here}?status=dead")
    # An address with a place that is none shows the first page, and one with a state or a customer that is none shows all.
    assert approver.get(f"{here}?status=flying&cursor=nowhere&customer=c1", headers=HTMX).text.count("data-row") == 3


def test_the_id_of_a_customer_is_posted_and_the_list_that_can_be_shared_has_the_hash_in_its_address(
    app: Flask, approver: Browser
) -> None:
    with app.app_context():
        _, campaign_id, _ = sent(3)
    here = f"/admin/campaigns/{campaign_id}/deliveries"
    answer = approver.send(f"{here}?status=sent", customer=" c1 ")
    alone = approver.get(answer.location).text

    assert answer.status_code == 303
    assert re.fullmatch(rf"{here}\?status=sent&customer=[0-9a-f]{{32}}", answer.location)
    assert alone.count("data-row") == 1
    assert '<span class="chip-value">c1</span>' in alone
    assert f'class="chip-remove" href="{here}?status=sent"' in alone
    assert approver.send(here).location == here
    nobody = approver.send(here, customer="nobody").location
    assert "Nothing was triggered for this customer" in read(approver, nobody)
    assert approver.send(here, customer="9" * 256).location == here
    assert "255" in read(approver, here)

    with app.app_context(), writing() as session:
        session.query(Delivery).update({"customer_id": None})
    forgotten = approver.send(here, customer="c1").location
    assert f'<span class="chip-value">{forgotten[-32:][:8]}</span>' in approver.get(forgotten).text


def test_the_pages_of_a_long_list_join(app: Flask, approver: Browser) -> None:
    with app.app_context():
        _, campaign_id, delivered = sent(60)
    seen: list[str] = []
    address: str | None = f"/admin/campaigns/{campaign_id}/deliveries"
    while address:
        page = approver.get(address).text
        seen += re.findall(r'row-link" href="/admin/campaigns/deliveries/(\d+)"', page)
        following = re.search(r'href="([^"]+)"[^>]*>\s*<span>Next', page)
        address = following[1].replace("&amp;", "&") if following else None

    assert seen == [str(number) for number in sorted(delivered, reverse=True)]


def test_what_was_given_up_is_handed_over_again_by_an_approver_and_by_nobody_else(
    app: Flask, approver: Browser
) -> None:
    with app.app_context():
        _, campaign_id, (delivery_id,) = sent()
        with writing() as session:
            told: dict[Any, Any] = {
                "status": "dead",
                "last_error": "503 again and again",
                "ended_at": utcnow() - timedelta(hours=1),
            }
            session.query(Delivery).filter_by(id=delivery_id).update(told)
    page = f"/admin/campaigns/deliveries/{delivery_id}"

    assert "503 again and again" in read(approver, page)
    refused = signed_in_as(app, "editor").send(f"{page}/replay")
    assert refused.status_code == 403
    assert approver.send(f"{page}/replay").status_code == 303
    assert "Waiting" in read(approver, page)
    assert approver.send(f"/admin/campaigns/{campaign_id}/deliveries/replay").status_code == 303


def test_a_second_replay_says_that_it_was_not_given_up(app: Flask, approver: Browser) -> None:
    with app.app_context():
        _, _, (delivery_id,) = sent()
    page = f"/admin/campaigns/deliveries/{delivery_id}"
    approver.send(f"{page}/replay")

    assert "was not given up" in read(approver, page)


def test_of_a_refused_trigger_the_reason_is_shown_and_no_promise(app: Flask, approver: Browser) -> None:
    with app.app_context():
        campaign = running(offered(), audience={"segments": ["family"]})
        (refused,) = trigger(campaign.id, item(customer_features={"segments": ["youth"]}))
        db.session.remove()
    shown = read(approver, f"/admin/campaigns/deliveries/{refused.delivery['id']}")

    assert "Not in the audience" in shown
    assert "What was promised" not in shown


def test_who_waits_for_a_product_is_on_hold_with_what_became_of_it_and_the_campaign_says_how_many(
    app: Flask, approver: Browser
) -> None:
    with app.app_context():
        product = offered(name="Music Pass")
        campaign = running(product, on_withdrawal="hold")
        ProductCatalogService().transition(product.id, "suspended", reason="x", expected_version=None, actor="tests")
        trigger(campaign.id, item(1), item(2))
        campaign_id = campaign.id
        db.session.remove()

    assert "On hold Product suspended" in read(approver, f"/admin/campaigns/{campaign_id}/deliveries?status=held")
    editor = read(approver, f"/admin/campaigns/{campaign_id}")
    told = "Music Pass is not on sale: suspended. The campaign holds its offers until the product is back. 2 customers wait."
    assert told in editor
    assert "Active Product suspended" in read(approver, "/admin/campaigns/")


def test_who_was_held_out_is_told_to_have_been_eligible(app: Flask, approver: Browser) -> None:
    with app.app_context():
        campaign = running(offered(), control_group_percent="99")
        told = trigger(campaign.id, *(item(number) for number in range(10)))
        held_out = next(one for one in told if one.status == "control")
        db.session.remove()
    shown = read(approver, f"/admin/campaigns/deliveries/{held_out.delivery['id']}")

    assert "Held out eligible, and not told, so that the others can be compared" in shown


def test_a_message_that_was_forgotten_says_so_beside_the_promise_that_stays(app: Flask, approver: Browser) -> None:
    with app.app_context():
        _, _, (delivery_id,) = sent()
        with writing() as session:
            session.execute(update(Delivery).values(customer_id=None, address=None, message=None))
    shown = read(approver, f"/admin/campaigns/deliveries/{delivery_id}")

    assert "The text was forgotten with the id of the customer. What was promised stays." in shown
    assert "Name Flex 60 GB" in shown
