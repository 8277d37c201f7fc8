"""What people do all day, in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.service import ProductSyncService
from tests.browser.conftest import PASSWORD, Site

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]

FILTERED = "/admin/products/?product_type=data&external_system=xiva&lifecycle_status=launched&search=month"


def names(page: Page) -> list[str]:
    return page.locator("#products tbody a.row-link").all_inner_texts()


def test_a_wrong_password_is_said_beside_the_form_and_what_was_typed_stays(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/login")
    page.get_by_label("E-mail").fill("editor@example.org")
    page.get_by_label("Password").fill("not the right one at all")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_text("do not belong together")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value("editor@example.org")


def test_a_page_asked_for_before_signing_in_comes_after_it(page: Page, site: Site) -> None:
    page.goto(site.url + FILTERED)
    page.get_by_label("E-mail").fill("viewer@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page).to_have_url(site.url + FILTERED)


def test_filters_narrow_the_list_and_the_address_brings_the_same_rows_back(
    page: Page, browser: Browser, site: Site, signed_in: SignIn
) -> None:
    signed_in(page, "viewer")
    page.goto(f"{site.url}/admin/products/")
    for menu, choice in (("Type", "Data"), ("System", "Xiva"), ("Status", "Active")):
        page.locator("#filters summary", has_text=re.compile(rf"^\s*{menu}\s*$")).click()
        page.get_by_role("checkbox", name=choice, exact=True).check()
        page.keyboard.press("Escape")
    page.get_by_role("searchbox").press_sequentially("month", delay=20)
    expect(page).to_have_url(re.compile("search=month"))
    expect(page.get_by_text("products match")).to_be_visible()
    shown = names(page)
    assert shown
    assert "Month 10 GB" in shown

    again = browser.new_context(storage_state=page.context.storage_state()).new_page()
    again.goto(page.url)
    assert names(again) == shown
    without_script = browser.new_context(
        storage_state=page.context.storage_state(), java_script_enabled=False
    ).new_page()
    without_script.goto(page.url)
    assert names(without_script) == shown


def test_search_finds_other_scripts_and_keeps_focus_while_typing(page: Page, site: Site, signed_in: SignIn) -> None:
    signed_in(page, "viewer")
    page.goto(f"{site.url}/admin/products/")
    box = page.get_by_role("searchbox")
    box.press_sequentially("роум", delay=30)
    expect(page.get_by_text("Роуминг СНГ 7 дней")).to_be_visible()
    expect(page.get_by_text("Weekend Data 5 GB")).to_have_count(0)
    expect(box).to_be_focused()
    expect(box).to_have_value("роум")

    box.fill("ünlim")
    expect(page.get_by_text("Ünlimited Europe")).to_be_visible()


def test_a_product_is_added_with_a_mistake_told_beside_its_field(page: Page, site: Site, signed_in: SignIn) -> None:
    signed_in(page, "editor")
    page.goto(f"{site.url}/admin/products/")
    page.get_by_role("link", name="Add product").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Friday Data 3 GB")
    dialog.get_by_label("Type", exact=True).select_option("data")
    dialog.get_by_label("Price", exact=True).fill("14O.00")
    dialog.get_by_label("Currency", exact=True).first.fill("SAR")
    dialog.get_by_role("button", name="Add product").click()
    expect(dialog.get_by_text("Use digits only, such as 140.00.", exact=True)).to_be_visible()
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("Friday Data 3 GB")

    dialog.get_by_label("Price", exact=True).fill("14.00")
    dialog.get_by_role("button", name="Add product").click()

    expect(page.get_by_role("heading", name="Friday Data 3 GB")).to_be_visible()
    expect(page.get_by_text("SAR 14.00").first).to_be_visible()


def test_an_edit_makes_the_field_ours_and_releasing_gives_it_back(page: Page, site: Site, signed_in: SignIn) -> None:
    number = site.number("PO-10242")
    signed_in(page, "editor")
    page.goto(f"{site.url}/admin/products/{number}")
    page.get_by_role("link", name="Edit").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).first.fill("Weekend Data 6 GB")
    dialog.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", name="Weekend Data 6 GB")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="yours since")
    expect(row).to_have_count(1)

    row.get_by_role("button", name="Release").click()

    expect(page.get_by_role("heading", name="Weekend Data 5 GB")).to_be_visible()


def test_a_product_is_retired_and_taken_back_with_undo(page: Page, site: Site, signed_in: SignIn) -> None:
    number = site.number("PO-10245")
    signed_in(page, "editor")
    page.goto(f"{site.url}/admin/products/{number}")
    page.locator("summary", has_text="Active").click()
    page.get_by_role("link", name=re.compile("Retire")).or_(
        page.get_by_role("button", name=re.compile("Retire"))
    ).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Retire").click()
    expect(page.locator("summary", has_text="Retired")).to_be_visible()

    page.get_by_role("button", name="Undo").click()

    expect(page.locator("summary", has_text="Active")).to_be_visible()


def test_a_sync_is_previewed_then_applied_from_the_dialog(page: Page, site: Site, signed_in: SignIn) -> None:
    site.xiva.listing.change("PO-10242", name="Weekend Data 7 GB")
    signed_in(page, "approver")
    page.goto(f"{site.url}/admin/sync/")
    page.get_by_role("link", name="Sync now").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Start").click()
    expect(dialog.get_by_text("1 change would be made")).to_be_visible(timeout=15_000)
    with site.app.app_context():
        assert ProductCatalogService().get(site.number("PO-10242")).name == "Weekend Data 5 GB"

    page.goto(f"{site.url}/admin/sync/")
    page.get_by_role("link", name="Sync now").click()
    dialog.get_by_text("Apply", exact=True).click()
    dialog.get_by_role("button", name="Start").click()
    expect(dialog.get_by_text(re.compile("[Aa]pplied"))).to_be_visible(timeout=15_000)

    page.goto(f"{site.url}/admin/products/?search=Weekend+Data")
    assert "Weekend Data 7 GB" in names(page)


def test_a_viewer_is_not_shown_what_a_viewer_may_not_do(page: Page, site: Site, signed_in: SignIn) -> None:
    signed_in(page, "viewer")
    page.goto(f"{site.url}/admin/products/{site.number('PO-10245')}")

    expect(page.get_by_role("heading", name="Month 10 GB")).to_be_visible()
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    expect(page.get_by_role("link", name="Add product")).to_have_count(0)


def test_a_script_as_a_product_name_is_only_ever_text(page: Page, site: Site, signed_in: SignIn) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }}"
    site.xiva.listing.change("PO-10242", name=hostile, description=hostile)
    with site.app.app_context():
        run = _synced()
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    signed_in(page, "approver")
    number = site.number("PO-10242")
    for address in (
        "products/?search=alert",
        f"products/{number}",
        f"products/{number}/edit",
        f"sync/runs/{run}",
        "activity",
    ):
        page.goto(f"{site.url}/admin/{address}")
        assert hostile in page.content().replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"')

    assert asked == []


def _synced() -> int:
    return ProductSyncService().sync_from_xiva().id
