"""What needs a browser on the product's page: menus that stay open, a form that asks before it is lost, editing on the spot."""

from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from catalog_app.products.service import ProductCatalogService
from tests.browser.conftest import Site, calm_window

SignIn = Callable[..., Page]


def product_page(site: Site) -> str:
    with site.app.app_context():
        product = ProductCatalogService().by_identity("xiva", "PO-10482")
        assert product is not None
        return f"{site.url}/admin/products/{product.id}"


def test_a_customer_is_described_by_ticking_and_typing_and_the_address_follows(
    page: Page, site: Site, signed_in: SignIn
) -> None:
    signed_in(page, "editor").goto(product_page(site))
    box = page.locator("#verdict")
    box.get_by_label("Customer", exact=True).select_option(label="Nadia, high value")
    expect(box.get_by_text("Not eligible")).to_be_visible()
    expect(page).to_have_url(f"{product_page(site)}?customer=1")
    box.get_by_text("Features of the customer").click()
    box.locator("#customer-segments summary").click()
    for segment in ("Youth", "Traveller"):
        box.get_by_role("checkbox", name=segment).check()
        expect(box.locator("#verdict-answer")).to_contain_text(segment)
    expect(box.get_by_role("checkbox", name="Youth")).to_be_visible()
    box.get_by_label("Customer value").fill("900")
    expect(box.get_by_text("Choose a channel")).to_be_visible()
    box.get_by_label("Channel").select_option(label="App")
    expect(box.get_by_text("Eligible", exact=True)).to_be_visible()
    page.reload()
    expect(page.locator("#verdict").get_by_text("Eligible", exact=True)).to_be_visible()


def test_escape_asks_before_typed_text_is_thrown_away(page: Page, site: Site, signed_in: SignIn) -> None:
    signed_in(page, "editor").goto(product_page(site))
    page.get_by_role("link", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).first.fill("Half a sentence")
    page.keyboard.press("Escape")
    expect(dialog.get_by_text("What you typed is not saved.")).to_be_visible()
    dialog.get_by_role("button", name="Go on editing").click()
    expect(dialog.get_by_label("Name", exact=True).first).to_have_value("Half a sentence")
    dialog.get_by_role("link", name="Cancel").click()
    dialog.get_by_role("button", name="Discard it").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_price_is_changed_where_it_stands_and_the_focus_of_a_new_row_is_in_it(
    page: Page, site: Site, signed_in: SignIn
) -> None:
    signed_in(page, "editor").goto(product_page(site))
    row = page.get_by_role("row", name="Price")
    row.get_by_role("link", name="Change Price").click()
    row.get_by_label("Price", exact=True).fill("155.00")
    row.get_by_role("button", name="Save").click()
    expect(page.locator("#product-facts")).to_contain_text("155.00")
    page.get_by_role("link", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Add a condition", exact=True).click()
    expect(dialog.locator("[name='conditions-1-attribute']")).to_be_focused()
    dialog.locator("[name='conditions-1-attribute']").fill("City")
    dialog.locator("[name='conditions-1-operand']").fill("Riyadh")
    expect(dialog.locator("#rule-preview")).to_contain_text("Tenure is at least 6 months and City is Riyadh")


def test_two_editors_of_one_product_compare_what_each_of_them_says_and_nothing_typed_is_lost(
    browser: Browser, page: Page, site: Site, signed_in: SignIn
) -> None:
    address = product_page(site)
    signed_in(page, "editor").goto(address)
    page.get_by_role("link", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Short name").first.fill("Mine")

    with calm_window(browser, site, java_script_enabled=False) as other:
        signed_in(other, "approver").goto(f"{address}/edit")
        other.get_by_label("Category").fill("Theirs")
        other.get_by_role("button", name="Save", exact=True).last.click()
        dialog.get_by_role("button", name="Save", exact=True).click()

        expect(dialog.get_by_text("Not saved: The approver changed this product just now.")).to_be_visible()
        page.keyboard.press("Escape")
        dialog.get_by_role("button", name="Go on editing").click()
        expect(dialog.get_by_role("radio", name="Mine")).to_be_checked()
        expect(dialog.get_by_role("radio", name="Theirs")).to_be_checked()
        other.goto(f"{address}/edit")
        other.get_by_label("Description").last.fill("Later")
        dialog.get_by_role("button", name="Save this choice").click()
        expect(page.get_by_text("saved", exact=False).last).to_be_visible()
        expect(page.get_by_role("table", name="Fields and who owns them")).to_contain_text("Theirs")
        expect(page.get_by_role("table", name="Fields and who owns them")).to_contain_text("Mine")

        other.get_by_role("button", name="Save", exact=True).last.click()
        expect(other.get_by_text("Not saved: The editor changed this product")).to_be_visible()
        other.get_by_role("button", name="Save this choice").click()
        expect(other.get_by_role("table", name="Fields and who owns them")).to_contain_text("Later")
        expect(other.get_by_role("table", name="Fields and who owns them")).to_contain_text("Mine")
