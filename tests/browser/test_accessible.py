"""Every page in both themes and on a phone: no violation that axe knows, and nothing scrolls sideways."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from catalog_app.products.service import ProductCatalogService
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
    "/admin/products/{number}/edit",
    "/admin/sync/",
    "/admin/sync/new",
    "/admin/sync/runs/1",
    "/admin/activity",
    "/admin/settings/",
    "/admin/settings/users",
    "/admin/settings/tokens",
    "/admin/settings/segments",
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
    found = [*_faults(page, f"{site.url}/login")]
    signed_in(page, "admin")
    for path in PAGES:
        found += _faults(page, site.url + path.format(number=_conflicted(site)))

    assert found == []


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
