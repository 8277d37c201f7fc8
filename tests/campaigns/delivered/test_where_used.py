"""Where people meet the campaigns of a product: on its page, before it is retired, and on the overview once it went."""

import re

import pytest
from flask import Flask
from sqlalchemy import update

from catalog_app.campaigns.models import Campaign, Delivery
from catalog_app.campaigns.watching import follow
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import drafted, offered, running
from tests.campaigns.results.rows import delivery, keep
from tests.support.clients import Browser
from tests.support.people import HTMX, signed_in_as


@pytest.fixture
def editor(app: Flask) -> Browser:
    return signed_in_as(app, "editor")


def read(browser: Browser, path: str, **options: object) -> str:
    answer = browser.get(path, **options)
    assert answer.status_code == 200, answer.text
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def suspended(product_id: int, *campaigns: Campaign) -> None:
    ProductCatalogService().transition(product_id, "suspended", reason="x", expected_version=None, actor="tests")
    for campaign in campaigns:
        follow(campaign.id, utcnow())
    db.session.remove()


def test_a_products_page_lists_its_campaigns_with_what_they_came_to_and_without_a_script_leads_to_them(
    app: Flask, editor: Browser
) -> None:
    with app.app_context():
        product = offered()
        campaign = running(product, name="Spring data", on_withdrawal="stop")
        drafted(product, name="Win-back")
        keep(delivery(campaign.id, "a", accepted_at=utcnow()), delivery(campaign.id, "b"))
        db.session.remove()
    part = f"/admin/campaigns/of-product/{product.id}"
    page = editor.get(f"/admin/products/{product.id}?tab=used").text

    assert f'hx-get="{part}"' in page
    assert f'href="{part}"' in page
    shown = read(editor, part, headers=HTMX)
    assert "Spring data" in shown
    assert "50.0 %" in shown
    assert "Win-back" in shown
    plain = editor.get(part)
    assert plain.status_code == 302
    assert plain.location == f"/admin/campaigns/?product_id={product.id}"


def test_retiring_and_deleting_name_the_live_campaigns_first_and_deleting_is_refused(
    app: Flask, editor: Browser
) -> None:
    with app.app_context():
        product = offered()
        running(product, name="Spring data", on_withdrawal="stop")
        drafted(product, name="Win-back")
        db.session.remove()
    for path in ("move/retired", "removal"):
        shown = read(editor, f"/admin/products/{product.id}/{path}")
        assert "1 live campaign uses it" in shown
        assert "Spring data" in shown
        assert "Campaign, active: ends" in shown
        assert "Win-back" not in shown

    answer = editor.send(f"/admin/products/{product.id}/delete")
    assert answer.status_code == 303
    assert "Spring data" in read(editor, answer.location)
    with app.app_context():
        assert ProductCatalogService().get(product.id).deleted_at is None


def test_the_overview_tells_which_campaigns_lost_their_product_and_leads_to_them(app: Flask, editor: Browser) -> None:
    with app.app_context():
        product = offered(name="Music Pass")
        hold, successor = running(product, on_withdrawal="hold"), running(product, on_withdrawal="successor")
        suspended(product.id, hold, successor)
    page = editor.get("/admin/").text
    shown = re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", page))

    assert "2 campaigns lost their product" in shown
    assert "Music Pass is not on sale: suspended. The campaign holds its offers until the product is back." in shown
    assert "The campaign offers the successor instead." in shown
    assert f"/admin/campaigns/?product_id={product.id}&amp;withdrawn=true" in page


def test_who_owns_the_campaign_is_told_so(app: Flask, editor: Browser) -> None:
    with app.app_context():
        product = offered()
        campaign = running(product, name="Mine", owner="user:editor@operator.example")
        suspended(product.id, campaign)

    assert "You own it." in read(editor, "/admin/")
    assert "You own it." not in read(signed_in_as(app, "viewer"), "/admin/")


def test_a_campaign_that_ended_because_its_product_went_is_told_for_a_week(app: Flask, editor: Browser) -> None:
    with app.app_context():
        product = offered()
        campaign = running(product, name="Spring data", on_withdrawal="stop")
        suspended(product.id, campaign)
    told = read(editor, "/admin/")
    assert "Campaign Spring data lost its product" in told
    assert "The campaign has ended." in told

    with app.app_context(), writing() as session:
        long_ago = utcnow().replace(year=utcnow().year - 1)
        session.execute(update(Campaign).values(completed_at=long_ago))
    assert "Spring data lost" not in read(editor, "/admin/")


def test_messages_that_were_given_up_and_campaigns_that_paused_by_themselves_are_told(
    app: Flask, editor: Browser
) -> None:
    with app.app_context():
        campaign = running(offered(), name="Spring data")
        keep(*(delivery(campaign.id, f"c{number}", status="dead", ended_at=utcnow()) for number in range(3)))
        with writing() as session:
            session.execute(update(Campaign).values(status="paused", status_reason="address_gone"))
    shown = read(editor, "/admin/")

    assert "3 messages of Spring data were never taken" in shown
    assert "Campaign Spring data was paused by itself" in shown
    with app.app_context():
        assert db.session.query(Delivery).count() == 3


def test_activity_says_what_happened_to_a_campaign_in_words_and_leads_to_it(app: Flask, editor: Browser) -> None:
    with app.app_context():
        product = offered()
        campaign = running(product, name="Spring data")
        suspended(product.id, campaign)
    page = editor.get("/admin/activity/?subject_type=campaign").text
    shown = re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", page))

    assert f'href="/admin/campaigns/{campaign.id}"' in page
    for words in ("Campaign version 1", "Activated", "Product withdrawn", "Why it was withdrawn", "The service itself"):
        assert words in shown
    assert "withdrawn_because" not in page
