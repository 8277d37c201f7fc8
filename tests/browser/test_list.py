"""The product list in a real browser: selection, cells that are edited in place, keys, and search while answers are slow."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from catalog_app.products.service import ProductCatalogService
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]
LIST = "/admin/products/?sort=name"


def opened(page: Page, site: Site, signed_in: SignIn, path: str = LIST) -> Page:
    signed_in(page, "editor")
    page.goto(site.url + path)
    return page


def test_a_selection_outlives_paging_and_a_refresh_and_goes_along_whole(
    page: Page, site: Site, signed_in: SignIn
) -> None:
    opened(page, site, signed_in)
    boxes = page.locator(".row-check")
    boxes.nth(1).check()
    boxes.nth(4).click(modifiers=["Shift"])
    said = page.locator("[data-selected]")
    expect(said).to_have_text("4 selected")
    expect(page.locator(".bulk-bar [data-check-all]")).to_have_js_property("indeterminate", True)

    page.get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile("cursor="))
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(said).to_have_text("5 selected")
    page.get_by_role("button", name="Set price").click()
    expect(page.get_by_role("dialog")).to_contain_text("5")
    page.keyboard.press("Escape")

    page.reload()
    expect(said).to_have_text("5 selected")
    page.get_by_text(re.compile("Select all [0-9]+ that match")).click()
    expect(said).to_have_text(re.compile("All [0-9]+ that match are selected"))
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator(".bulk-bar")).to_be_hidden()
    expect(page.locator("thead [data-check-all]")).to_be_focused()


def test_a_price_is_changed_in_its_cell_by_keys_and_taken_back(page: Page, site: Site, signed_in: SignIn) -> None:
    number = site.number("PO-10242")
    opened(page, site, signed_in, f"{LIST}&search=%23{number}")
    cell = page.locator(f"#p{number} [data-cell=price]")
    cell.get_by_role("link").press("Enter")
    field = cell.get_by_role("textbox", name="Price")
    expect(field).to_be_focused()
    field.fill("2l.50")
    field.press("Enter")
    expect(cell.get_by_text("Use digits only, such as 140.00.")).to_be_visible()
    expect(field).to_be_focused()
    field.fill("21.50")
    field.press("Enter")

    expect(cell.get_by_role("link")).to_contain_text("21.50")
    expect(cell.get_by_role("link")).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("the change was taken back")).to_be_visible()

    page.goto(f"{site.url}{LIST}&search=%23{number}")
    cell.get_by_role("link").press("Enter")
    field.press("Escape")
    expect(cell.get_by_role("link")).to_be_focused()
    expect(cell).to_contain_text("19.00")


def test_two_editors_of_one_cell_see_both_values(page: Page, site: Site, signed_in: SignIn) -> None:
    number = site.number("PO-10242")
    opened(page, site, signed_in, f"{LIST}&search=%23{number}")
    cell = page.locator(f"#p{number} [data-cell=price]")
    cell.click()
    cell.get_by_role("textbox", name="Price").fill("22.00")
    with site.app.app_context():
        ProductCatalogService().patch(number, {"price": "23"}, expected_version=None, actor="user:omar@example.org")
    with page.expect_response(re.compile("cell/price")):
        cell.get_by_role("button", name="Save").click()

    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("22.00")
    expect(dialog).to_contain_text("23.00")
    dialog.get_by_role("button", name="Save this choice").click()
    expect(cell).to_contain_text("22.00")


def test_columns_and_density_are_this_persons_own(page: Page, site: Site, signed_in: SignIn) -> None:
    opened(page, site, signed_in)
    page.locator("summary[title=Columns]").click()
    page.get_by_role("checkbox", name="Sold").check()
    expect(page.get_by_role("columnheader", name="Sold")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("summary[title=Density]").click()
    page.get_by_role("radio", name="Comfortable").check()
    expect(page.locator(".product-table.comfortable")).to_be_visible()
    page.reload()
    expect(page.get_by_role("columnheader", name="Sold")).to_be_visible()


def test_a_view_is_saved_and_stands_beside_the_list_with_its_count(page: Page, site: Site, signed_in: SignIn) -> None:
    opened(page, site, signed_in, "/admin/products/?category=roaming")
    count = page.locator("#products [role=status] .num").inner_text()
    page.get_by_role("link", name="Save view").first.click()
    page.get_by_role("dialog").get_by_label("Name").fill("Abroad")
    page.get_by_role("dialog").get_by_role("button", name="Save view").click()
    view = page.locator("#views").get_by_role("link", name="Abroad")
    expect(view).to_contain_text(count)
    page.goto(f"{site.url}/admin/products/")
    view.click()
    expect(page).to_have_url(re.compile("category=roaming"))
    expect(view).to_have_attribute("aria-current", "true")


def test_typing_loses_no_letter_when_answers_are_slow_and_come_out_of_order(
    page: Page, site: Site, signed_in: SignIn
) -> None:
    opened(page, site, signed_in, "/admin/products/")
    waiting: list[Any] = []
    # A built-in cannot be marked as Playwright marks what it calls.
    page.route(re.compile("search=r&|search=r$|search=ro&|search=ro$"), lambda route: waiting.append(route))  # noqa: PLW0108  # see above
    box = page.get_by_role("searchbox")
    with page.expect_request(re.compile("search=r(&|$)")):
        box.press_sequentially("r")
    with page.expect_request(re.compile("search=ro(&|$)")):
        box.press_sequentially("o")
    box.press_sequentially("aming gulf", delay=20)
    for _ in range(6):
        box.press("Backspace")
    box.press_sequentially(" 7 days"[1:], delay=5)
    box.fill("gulf roam")
    expect(page).to_have_url(re.compile(r"search=gulf(\+|%20)roam"))
    shown = page.locator("#products .row-link").all_inner_texts()
    assert shown
    assert all("gulf" in name.lower() for name in shown)
    for late in reversed(waiting):
        late.continue_()
    page.wait_for_load_state("networkidle")
    expect(box).to_have_value("gulf roam")
    expect(box).to_be_focused()
    assert page.locator("#products .row-link").all_inner_texts() == shown
    expect(page).to_have_url(re.compile(r"search=gulf(\+|%20)roam"))
