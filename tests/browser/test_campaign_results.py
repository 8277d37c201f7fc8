"""What a campaign came to, what it promised, and a test of it, in a real browser."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from catalog_app.core.db import db
from catalog_app.demo.campaigns import run_campaigns
from tests.browser.conftest import Site, calm_window

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]


@pytest.fixture
def campaigns(site: Site) -> Site:
    """Return the demo's site after its campaigns were run."""
    with site.app.app_context():
        run_campaigns()
        db.session.remove()
    return site


@pytest.fixture
def plain(browser: Browser, campaigns: Site) -> Iterator[Page]:
    """Return a page in a browser that runs no scripts."""
    with calm_window(browser, campaigns, java_script_enabled=False) as page:
        yield page


def test_a_test_is_tried_on_two_customers_and_sent_from_the_page_of_results(
    page: Page, campaigns: Site, signed_in: SignIn
) -> None:
    signed_in(page, "editor")
    page.goto(f"{campaigns.url}/admin/campaigns/1/results")
    page.get_by_role("link", name="Send a test").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Customer", exact=True).select_option(label="Nadia, high value")
    expect(dialog.get_by_text("Would not be sent", exact=True)).to_be_visible()
    expect(dialog.get_by_text("Customer value: 0 to 1,000")).to_be_visible()
    expect(dialog.locator("#phone")).to_contain_text("Flex Postpaid 60 GB for SAR")

    dialog.get_by_text("Features of the customer").click()
    dialog.get_by_label("Customer value").fill("900")
    expect(dialog.get_by_text("Would be sent", exact=True)).to_be_visible()
    dialog.get_by_label("Language").select_option(label="Arabic")
    expect(dialog.locator("#phone")).to_contain_text("عقدك ينتهي قريباً")

    dialog.get_by_label("Send it to").fill("+966500000000")
    dialog.get_by_role("button", name="Send the test").click()
    expect(page).to_have_url(re.compile("/admin/campaigns/deliveries/"))
    expect(page.get_by_text("The test is on its way.")).to_be_visible()
    expect(page.get_by_text("+966500000000")).to_be_visible()


def test_a_customer_is_found_by_the_id_that_the_engine_reports_and_the_address_does_not_say_it(
    page: Page, campaigns: Site, signed_in: SignIn
) -> None:
    signed_in(page, "viewer")
    page.goto(f"{campaigns.url}/admin/campaigns/1/deliveries")
    rows = page.locator("#deliveries tbody tr")
    customer = rows.nth(3).get_by_role("link").inner_text()

    page.get_by_role("searchbox").fill(customer)
    page.get_by_role("searchbox").press("Enter")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(r"deliveries\?customer=[0-9a-f]{32}$"))
    page.get_by_role("link", name="Remove filter Customer").click()
    expect(rows).not_to_have_count(1)
    page.go_back()
    rows.get_by_role("link").click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()


def test_without_a_script_a_test_is_tried_and_sent_and_a_product_leads_to_its_campaigns(
    plain: Page, campaigns: Site
) -> None:
    campaigns.enter(plain, "editor")
    plain.goto(f"{campaigns.url}/admin/campaigns/1/test")
    plain.get_by_label("Customer", exact=True).select_option(label="Nadia, high value")
    plain.get_by_role("button", name="Check").click()
    expect(plain.get_by_text("Would not be sent", exact=True)).to_be_visible()
    plain.get_by_label("Send it to").fill("+966500000000")
    plain.get_by_role("button", name="Send the test").click()
    expect(plain.get_by_text("The test is on its way.")).to_be_visible()

    plain.get_by_role("link", name="Flex Postpaid 60 GB").click()
    plain.get_by_role("link", name="Where used").click()
    plain.get_by_role("link", name="See the campaigns that offer it").click()
    expect(plain.get_by_role("link", name="Year-end 60 GB")).to_be_visible()
