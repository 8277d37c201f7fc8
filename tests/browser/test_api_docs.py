"""The page that shows the JSON API: Swagger UI from our own files, under a policy that allows nothing inline."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site


def test_the_api_is_shown_without_a_complaint_of_the_browser(site: Site, page: Page) -> None:
    # The fixture fails the test for a console error, and for anything asked of another origin.
    page.goto(f"{site.url}/api/docs")

    expect(page.get_by_role("heading", name="Product Catalog")).to_be_visible()
    expect(page.locator("#operations-Products-products_index")).to_be_visible()
    page.locator("#operations-Products-products_create .opblock-summary-control").click()
    expect(page.get_by_text("A name and a type are enough.")).to_be_visible()
    expect(page.locator("#operations-Products-products_create .opblock-section-request-body")).to_contain_text(
        "Weekend 5 GB"
    )


def test_a_request_can_be_tried_with_a_token(site: Site, page: Page) -> None:
    page.goto(f"{site.url}/api/docs")

    page.get_by_role("button", name="Authorize").first.click()
    page.get_by_role("textbox").fill("pc_wrong")
    page.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").last.click()

    expect(page.get_by_role("button", name="Authorize").first).to_have_class("btn authorize locked")
