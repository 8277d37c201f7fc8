"""Every page in both themes and on a phone: no violation that axe knows, and nothing scrolls sideways."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy import select

from catalog_app.core.db import db
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.service import ProductSyncService
from tests.browser.conftest import Site
from tests.support.databases import SqliteTemplate

pytestmark = pytest.mark.browser

PAGES = (
    "/admin/",
    "/admin/products/",
    "/admin/products/?product_type=data&search=month",
    "/admin/products/?search=nothing-has-this-name",
    "/admin/products/new",
    "/admin/products/{number}",
    "/admin/products/{number}?tab=features",
    "/admin/products/{number}?tab=prices",
    "/admin/products/{number}?tab=history",
    "/admin/products/{number}/lock?field=category",
    "/admin/products/{number}/edit",
    "/admin/sync/",
    "/admin/sync/new",
    "/admin/sync/runs/1",
    "/admin/sync/?status=failed",
    "/admin/sync/runs/2?kind=conflict",
    "/admin/sync/runs/2?kind=rejected",
    "/admin/sync/runs/2/undo",
    "/admin/sync/runs/3?kind=withdraw",
    "/admin/sync/runs/3/apply",
    "/admin/activity",
    "/admin/settings/",
    "/admin/settings/users",
    "/admin/settings/tokens",
    "/admin/settings/segments",
    "/admin/settings/systems/",
    "/admin/settings/systems/new",
    "/admin/settings/systems/xiva/edit",
    "/admin/settings/systems/xiva/delete",
    "/admin/profile",
)
WINDOWS = {"light": (1440, 900), "dark": (1440, 900), "phone": (360, 780)}


@pytest.fixture
def database_url(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    """Look at the pages on one database: how they look does not depend on it, and what they do is tested on both."""
    return sqlite_template.copy_to(tmp_path)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("window", WINDOWS)
def test_axe_finds_nothing_on_any_page_and_nothing_scrolls_sideways(
    page: Page, site: Site, signed_in: Callable[..., Page], window: str
) -> None:
    width, height = WINDOWS[window]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if window == "dark" else "light")
    _busy_week(site)
    found = [*_faults(page, f"{site.url}/login")]
    signed_in(page, "admin")
    for path in PAGES:
        found += _faults(page, site.url + path.format(number=_conflicted(site)))

    assert found == []


def _busy_week(site: Site) -> None:
    """Bring in what the pages of runs have to show: run 2 with conflicts and a rejected record, run 3 that is held."""
    site.xiva.listing.change("PO-10482", name="Theirs", validFor={"endDateTime": "2027-03-01T00:00:00Z"})
    site.xiva.listing.change("PO-10245", lifecycleStatus="Sunset")
    with site.app.app_context():
        patch = {"name": "Ours", "valid_to": "2027-02-01T00:00:00Z"}
        ProductCatalogService().patch(_conflicted(site), patch, expected_version=None, actor="user:lina@example.org")
        assert ProductSyncService().sync_from_xiva().conflicts
        synced = select(Product.external_product_id).where(Product.external_system == "xiva").limit(60)
        site.xiva.listing.withdraw(*db.session.scalars(synced).all())
        assert ProductSyncService().sync_from_xiva().status == "awaiting_approval"
        db.session.remove()


def _faults(page: Page, address: str) -> list[str]:
    answer = page.goto(address)
    assert answer is not None
    assert answer.ok, f"{address}: {answer.status}"
    violations = Axe().run(page).response["violations"]
    faults = [
        f"{address}: {violation['id']}: {node['html'][:160]}" for violation in violations for node in violation["nodes"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*faults, *([f"{address}: {wide} px too wide"] if wide > 0 else [])]


def _conflicted(site: Site) -> int:
    with site.app.app_context():
        product = ProductCatalogService().by_identity("xiva", "PO-10482")
        assert product is not None
        return product.id
