"""A walk through the recommendations in a real browser: try, push, look at models, take one back, set a context."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from catalog_app.core.db import db
from scripts.story_models import Models, recommend
from tests.browser.conftest import Site, calm_window
from tests.browser.sites import email_of

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]
TRY = "/admin/recommendations/"


@pytest.fixture
def told(site: Site) -> Models:
    """Return the numbers of a small history of offers, and of two models that were learned of it."""
    with site.app.app_context():
        found = recommend(actor=f"user:{email_of('approver')}")
        db.session.remove()
    return found


@pytest.fixture
def plain(browser: Browser, site: Site) -> Iterator[Page]:
    """Return a page in a browser that runs no scripts."""
    with calm_window(browser, site, java_script_enabled=False) as page:
        yield page


def test_a_customer_is_tried_pushed_and_decided_by_another_model(
    page: Page, site: Site, told: Models, signed_in: SignIn
) -> None:
    signed_in(page, "approver")
    page.goto(site.url + TRY)
    page.get_by_role("link", name="Salma, often abroad").click()
    page.get_by_label("Channel", exact=True).select_option(label="App")
    page.get_by_label("Context", exact=True).select_option(label="Bill day")
    expect(page).to_have_url(re.compile("context=bill_day"))
    expect(page.get_by_text("17 months")).to_be_visible()
    page.get_by_role("link", name="Edit features").click()
    expect(page.get_by_label("Channel", exact=True)).to_have_value("app")
    expect(page.get_by_label("Customer value")).to_have_value("640")
    page.get_by_label("Context", exact=True).select_option(label="None")
    page.get_by_label("Customer value").fill("300")
    page.get_by_label("Owns nothing").check()
    rows = page.locator(".ranked tbody tr")
    expect(rows).to_have_count(5)
    expect(page).to_have_url(re.compile("customer_value=300"))
    page.get_by_label("Context", exact=True).select_option(label="Bill day")
    expect(page.get_by_role("heading", name="Not offered")).to_be_visible()
    page.get_by_role("link", name="All reasons").click()
    expect(page.locator(".refused-table tbody tr").nth(6)).to_be_visible()

    rows.nth(1).get_by_role("link").first.click()
    card = page.locator("#product-nbo")
    card.get_by_role("link", name="Change the lever").click()
    card.get_by_role("textbox", name="Lever").fill("400")
    card.get_by_role("button", name="Save").click()
    expect(page.locator("#product-nbo")).to_contain_text("5.00")

    page.goto(f"{site.url}{TRY}models/")
    page.get_by_role("button", name="Roll back").click()
    expect(page.get_by_text(f"Rolled back: model {told.other_model} decides again.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(f"Model {told.model} decides from now on.")).to_be_visible()
    expect(page.get_by_role("heading", name="Calibration")).to_be_visible()


def test_without_a_script_a_context_is_made_tried_and_a_decision_is_found(
    plain: Page, site: Site, told: Models
) -> None:
    site.enter(plain, "admin")
    plain.goto(f"{site.url}/admin/settings/recommendations/")
    plain.get_by_role("button", name="Add a context").click()
    plain.get_by_label("Name", exact=True).last.fill("Lost phone")
    plain.get_by_label("Key", exact=True).last.fill("lost_phone")
    plain.get_by_role("button", name="Add a weight").last.click()
    plain.get_by_label("Offers of").last.select_option(label="Device")
    plain.get_by_label("Weight", exact=True).last.fill("9")
    plain.get_by_role("button", name="Save").last.click()
    expect(plain.get_by_text("Settings of recommendations saved.")).to_be_visible()

    plain.goto(f"{site.url}{TRY}?customer_value=300&no_segments=1&owns_nothing=1&channel=app")
    plain.get_by_label("Context", exact=True).select_option(label="Lost phone")
    plain.get_by_role("button", name="Decide").click()
    expect(plain.locator(".ranked .factor-2 .num").first).to_have_text("9.00")

    plain.goto(f"{site.url}{TRY}decisions/")
    plain.get_by_role("searchbox").fill("story-0")
    plain.get_by_role("searchbox").press("Enter")
    expect(plain.locator(".decisions tbody tr")).to_have_count(1)
    plain.locator(".decisions tbody tr").get_by_role("link").first.click()
    expect(plain.get_by_role("heading", name="What became of it")).to_be_visible()
