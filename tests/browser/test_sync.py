"""The sync in a real browser: what is followed, decided, taken back and settled."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from catalog_app.core.db import db
from catalog_app.demo.standin import Fault
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.service import ProductSyncService
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser
SignIn = Callable[..., Page]


def test_progress_is_followed_in_the_dialog_found_again_and_cancelled(
    page: Page, site: Site, signed_in: SignIn
) -> None:
    site.xiva.misbehave(Fault.SLOW_PAGES, delay=1.0)
    signed_in(page, "editor")
    page.goto(f"{site.url}/admin/sync/")
    page.get_by_role("link", name="Sync now").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio", name=re.compile("Xiva"))).to_be_focused()
    dialog.get_by_role("button", name="Start").click()
    expect(dialog.get_by_text("Reading the listing")).to_be_visible(timeout=15_000)
    expect(dialog.get_by_text(re.compile("rows/s"))).to_be_visible(timeout=15_000)
    assert page.evaluate("document.querySelector('#dialog').contains(document.activeElement)")

    page.keyboard.press("Escape")
    expect(page.get_by_text("goes on").first).to_be_visible()
    page.get_by_role("link", name="Show progress of Xiva").click()
    dialog.get_by_role("button", name="Cancel run").click()

    expect(dialog.get_by_text("Cancelled. Nothing was applied.")).to_be_visible(timeout=15_000)


def test_a_held_plan_is_approved_and_the_run_taken_back(page: Page, site: Site, signed_in: SignIn) -> None:
    kept = site.number("PO-10242")
    with site.app.app_context():
        synced = (Product.external_system == "xiva", Product.id != kept)
        gone = db.session.scalars(select(Product.external_product_id).where(*synced).limit(60)).all()
        site.xiva.listing.withdraw(*gone)
        site.xiva.listing.change("PO-10242", name="Weekend Data 9 GB")
        run = ProductSyncService().sync_from_xiva()
        assert run.status == "awaiting_approval"
        db.session.remove()
    signed_in(page, "approver")
    page.goto(f"{site.url}/admin/sync/runs/{run.id}")
    page.get_by_role("link", name="Approve and apply").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Apply .* changes")).click()
    expect(page.get_by_text(re.compile("It created 0, updated .* products"))).to_be_visible(timeout=20_000)
    with site.app.app_context():
        ProductCatalogService().patch(kept, {"name": "Ours since"}, expected_version=None, actor="user:lina")
        db.session.remove()

    page.get_by_role("link", name="Undo run").click()
    question = page.get_by_role("dialog")
    expect(question.get_by_text("1 of them was changed since.")).to_be_visible()
    question.get_by_role("button", name=re.compile("Undo .* changes")).click()

    expect(page.get_by_role("heading", name="Taken back")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("link", name="Ours since")).to_be_visible()


def test_a_conflict_is_settled_on_the_page_of_its_run_and_rejected_records_are_tried_again(
    page: Page, site: Site, signed_in: SignIn
) -> None:
    ours, other = site.number("PO-10242"), site.number("PO-10245")
    with site.app.app_context():
        for product_id in (ours, other):
            ProductCatalogService().patch(product_id, {"name": "Ours"}, expected_version=None, actor="user:lina")
        site.xiva.listing.change("PO-10242", name="Theirs")
        site.xiva.listing.change("PO-10245", name="Theirs too")
        site.xiva.listing.change("PO-10483", lifecycleStatus="Sunset")
        run = ProductSyncService().sync_from_xiva()
        db.session.remove()
    signed_in(page, "approver")
    page.goto(f"{site.url}/admin/sync/runs/{run.id}?kind=conflict")
    expect(page.get_by_text("2 fields wait to be settled.")).to_be_visible()
    page.get_by_role("button", name=re.compile("Take Xiva's: Name of Theirs$")).click()
    expect(page.get_by_text("1 conflict settled: theirs is taken.")).to_be_visible()
    page.get_by_role("button", name=re.compile("Keep mine: Name of Theirs too")).click()
    expect(page.get_by_text("All of them are settled.")).to_be_visible()
    with site.app.app_context():
        assert [ProductCatalogService().get(one).name for one in (ours, other)] == ["Theirs", "Ours"]
        db.session.remove()

    page.get_by_role("link", name=re.compile("Rejected")).click()
    page.get_by_role("button", name="Retry rejected").click()

    expect(page.get_by_text(re.compile(f"Rejected records of run {run.id}, tried again"))).to_be_visible()


def test_a_field_is_locked_with_a_reason_on_its_tab_and_released_there(
    page: Page, site: Site, signed_in: SignIn
) -> None:
    signed_in(page, "editor")
    page.goto(f"{site.url}/admin/products/{site.number('PO-10242')}?tab=features")
    page.get_by_role("link", name="Lock Features").click()
    reason = page.get_by_role("dialog").get_by_label("Reason")
    expect(reason).to_be_focused()
    reason.fill("Agreed with the shops")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Agreed with the shops")).to_be_visible()
    expect(page).to_have_url(re.compile("tab=features"))

    page.get_by_role("button", name="Release Features to Xiva").click()

    expect(page.get_by_role("link", name="Lock Features")).to_be_visible()


def test_a_phone_starts_a_sync_and_sorts_the_list(page: Page, site: Site, signed_in: SignIn) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    signed_in(page, "editor")
    page.goto(f"{site.url}/admin/products/")
    page.get_by_label("Sort by").select_option("name")
    expect(page).to_have_url(re.compile("sort=name"))
    page.locator(".phone-bar summary").click()
    page.get_by_role("link", name="Sync").click()

    expect(page.get_by_role("dialog").get_by_role("heading", name="Sync a system")).to_be_visible()
