"""Eight tasks of catalog managers, each done by keyboard alone, and each with a finger on a phone."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from catalog_app.core.db import db
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from scripts import story
from tests.browser.conftest import Site, calm_window
from tests.browser.hands import Finger, Hands, Keyboard

pytestmark = pytest.mark.browser
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
SLOW = 20_000
PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True}


@pytest.fixture(params=["keyboard", "phone"])
def hands(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Hands]:
    """Return a window with the list of products, and the hands of an approver who uses it."""
    is_phone = request.param == "phone"
    with calm_window(browser, site, **(PHONE if is_phone else DESKTOP)) as page:
        site.enter(page, "approver").goto(f"{site.url}/admin/products/")
        yield Finger(page) if is_phone else Keyboard(page)


def test_a_product_is_found_by_a_part_of_its_id(hands: Hands, site: Site) -> None:
    page = hands.page
    hands.find("0482")
    row = page.get_by_role("link", name="Flex Postpaid 60 GB")
    expect(page.locator("#products .row-link")).to_have_count(1)

    hands.press(row)

    expect(page).to_have_url(f"{site.url}/admin/products/{site.number('PO-10482')}")


def test_a_filtered_list_is_shared_by_its_address(hands: Hands, browser: Browser, site: Site) -> None:
    page = hands.page
    if hands.is_phone:
        hands.press(page.locator(".filter-fold summary"))
    for menu, choice in (("Type", "Data"), ("Status", "Active")):
        hands.press(page.locator("#filters summary", has_text=re.compile(rf"^\s*{menu}\s*$")))
        hands.tick(page.get_by_role("checkbox", name=choice, exact=True))
        page.keyboard.press("Escape")
    hands.find("month")
    expect(page).to_have_url(re.compile(r"product_type=data.*search=month|search=month.*product_type=data"))
    expect(page.get_by_text("products match")).to_be_visible()
    shown = page.locator("#products .row-link").all_inner_texts()
    assert "Month 10 GB" in shown

    for with_script in (True, False):
        with calm_window(browser, site, java_script_enabled=with_script) as other:
            site.enter(other, "viewer").goto(page.url)
            assert other.locator("#products .row-link").all_inner_texts() == shown


def test_the_price_of_forty_filtered_products_is_raised_looked_at_and_taken_back(hands: Hands, site: Site) -> None:
    page = hands.page
    page.goto(f"{site.url}/admin/products/?external_system=xiva&is_available=true")
    before = _prices(site)
    assert len(before) >= 40
    if hands.is_phone:
        hands.press(page.get_by_role("button", name="Select", exact=True))
        hands.tick(page.locator("#products .row-check").first)
    else:
        page.keyboard.press("j")
        page.keyboard.press("x")
    hands.tick(page.get_by_role("checkbox", name=f"Select all {len(before)} that match"))
    hands.press(page.locator("#bulk summary"))
    hands.press(page.locator("#bulk .menu-panel [value=price_percent]"))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(re.compile(f"{len(before)}"))).to_be_visible()
    hands.tick(dialog.get_by_role("radio", name="Raise"))
    hands.write(dialog.get_by_label("Percent"), "10")
    hands.press(dialog.get_by_role("button", name="Preview"))
    hands.press(page.get_by_role("button", name=re.compile("Apply .* changes")))
    expect(page.get_by_role("link", name="Undo edit")).to_be_visible(timeout=SLOW)
    raised = _prices(site)
    assert sum(raised[number] != before[number] for number in before) >= 40

    hands.press(page.get_by_role("link", name="Undo edit"))
    hands.press(page.get_by_role("dialog").get_by_role("button", name=re.compile("Undo .* changes")))

    expect(page.get_by_role("heading", name="Taken back")).to_be_visible(timeout=SLOW)
    assert _prices(site) == before


def test_a_bundle_is_added_with_members_three_prices_and_a_rule(hands: Hands, site: Site) -> None:
    page = hands.page
    if hands.is_phone:
        hands.press(page.locator(".phone-bar").get_by_role("link", name="Add product"))
    else:
        page.keyboard.press("n")
    form = page.locator("form").filter(has_text="Ranking, relations")
    hands.write(form.get_by_label("Name", exact=True).first, "Family bundle")
    hands.choose(form.get_by_label("Type", exact=True).first, "Bundle")
    hands.write(form.get_by_label("Price", exact=True), "120.00")
    hands.write(form.get_by_label("Currency", exact=True).first, "SAR")
    for place, (name, amount) in enumerate((("Activation", "25.00"), ("Second line", "60.00"))):
        hands.press(form.get_by_role("button", name="Add a price"))
        row = form.locator("fieldset.row-box").filter(has_text="Amount").nth(place)
        hands.write(row.get_by_label("Name"), name)
        hands.write(row.get_by_label("Amount"), amount)
        hands.write(row.get_by_label("Currency"), "SAR")
    hands.press(form.get_by_role("button", name="Add a condition", exact=True))
    condition = form.locator(".row-condition").first
    hands.write(condition.get_by_label("Of the customer"), "Tenure")
    hands.choose(condition.locator("select"), "is at least")
    hands.write(condition.get_by_label("Value"), "6")
    for place, number in enumerate((site.number("PO-10242"), site.number("PO-10245"))):
        hands.press(form.get_by_role("button", name="Add a product"))
        hands.write(form.locator(".row-member").nth(place).get_by_label("Product", exact=True), str(number))

    hands.press(form.get_by_role("button", name="Add product"))

    expect(page.get_by_role("heading", name="Family bundle")).to_be_visible(timeout=SLOW)
    (made,) = _named(site, "Family bundle")
    assert (len(made.prices), len(made.members), made.product_type) == (2, 2, "bundle")
    assert made.eligibility_rule == {"all": [{"attribute": "tenure_months", "operator": "gte", "value": 6}]}


def test_a_file_with_three_bad_rows_is_imported_without_them(hands: Hands, site: Site) -> None:
    page = hands.page
    page.goto(f"{site.url}/admin/edits/import/")
    file = page.get_by_label("Choose a file, or drop it here")
    if isinstance(hands, Keyboard):
        hands.reach(file)
    file.set_input_files({"name": "summer.csv", "mimeType": "text/csv", "buffer": story.ROWS.encode()})
    hands.press(page.get_by_role("button", name="Upload"))
    hands.press(page.get_by_role("button", name="Check the rows"))
    hands.press(page.get_by_role("link", name=re.compile("Set aside")))
    expect(page.locator("main tbody tr")).to_have_count(3)
    for said in ("Summer calls", "Unnamed", "Summer roaming"):
        expect(page.locator("main tbody tr").filter(has_text=said)).to_have_count(1)

    hands.press(page.get_by_role("button", name="Apply 2 changes"))

    expect(page.get_by_role("link", name="Undo edit")).to_be_visible(timeout=SLOW)
    assert [made.name for made in _named(site, "Summer")] == ["Summer 10 GB", "Summer 20 GB"]


def test_the_page_of_a_product_says_why_a_customer_is_not_offered_it(hands: Hands, site: Site) -> None:
    page = hands.page
    page.goto(f"{site.url}/admin/products/{site.number('PO-10482')}")
    box = page.locator("#verdict")

    hands.press(box.locator(".customer-more > summary"))
    hands.write(box.get_by_label("Customer value"), "1200")

    expect(box.get_by_text("Not eligible")).to_be_visible()
    expect(box.get_by_text("1,200 is above 1,000").first).to_be_visible()


def test_a_conflict_is_settled_where_the_product_is_shown(hands: Hands, site: Site) -> None:
    page = hands.page
    with site.app.app_context():
        told = story.tell(site.xiva, actor="user:lina@example.org")
    page.goto(f"{site.url}/admin/products/{told.conflicted}")

    hands.press(page.get_by_role("button", name=re.compile("^Take Xiva's: Name")))

    expect(page.get_by_role("heading", name="Flex 60 GB plus")).to_be_visible()
    with site.app.app_context():
        assert ProductCatalogService().get(told.conflicted).name == "Flex 60 GB plus"


def test_a_held_plan_is_approved(hands: Hands, site: Site) -> None:
    page = hands.page
    with site.app.app_context():
        told = story.tell(site.xiva, actor="user:lina@example.org")
    page.goto(f"{site.url}/admin/sync/runs/{told.held_run}")

    hands.press(page.get_by_role("link", name="Approve and apply"))
    hands.press(page.get_by_role("dialog").get_by_role("button", name=re.compile("Apply .* changes")))

    expect(page.get_by_text(re.compile("withdrew|withdrawn"))).to_be_visible(timeout=SLOW)


def _prices(site: Site) -> dict[int, Decimal | None]:
    """Return the prices of the products that the list above shows."""
    with site.app.app_context():
        chosen = (Product.external_system == "xiva", Product.is_available, Product.deleted_at.is_(None))
        rows = db.session.execute(select(Product.id, Product.price).where(*chosen))
        found = {row.id: row.price for row in rows}
        db.session.remove()
    return found


def _named(site: Site, start: str) -> list[Product]:
    """Return the products whose names begin so, by name."""
    with site.app.app_context():
        found = db.session.scalars(select(Product).where(Product.name.startswith(start)).order_by(Product.name)).all()
        db.session.expunge_all()
        db.session.remove()
    return list(found)
