"""Take the pictures of docs/images: the demo's catalogue, served and photographed by a real Chromium.

`python scripts/screenshots.py [NAME ...]` takes all pictures, or the named ones. The database is made for it and thrown away.
"""

import os
import secrets
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet
from flask_migrate import upgrade
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from catalog_app.accounts.schema import NewUser  # noqa: E402  # the script stands beside the package
from catalog_app.accounts.service import users  # noqa: E402
from catalog_app.app import create_app  # noqa: E402
from catalog_app.core.db import db  # noqa: E402
from catalog_app.demo.catalogue import catalogue  # noqa: E402
from catalog_app.demo.catalogue_others import billing_plans, crm_products  # noqa: E402
from catalog_app.demo.curation import curate  # noqa: E402
from catalog_app.demo.standin.killbill import KillbillStandin  # noqa: E402
from catalog_app.demo.standin.salesforce import SalesforceStandin  # noqa: E402
from catalog_app.demo.standin.xiva import XivaStandin  # noqa: E402
from catalog_app.settings import Settings  # noqa: E402
from catalog_app.sync.service import ProductSyncService  # noqa: E402

IMAGES = ROOT / "docs" / "images"
EMAIL = "lina@demo.example"
DESKTOP = (1440, 900)
PHONE = (390, 844)


@dataclass(frozen=True)
class Picture:
    """One page in one theme: `open_dialog` names the button that opens a dialog on it."""

    name: str
    path: str
    theme: str = "light"
    size: tuple[int, int] = DESKTOP
    open_dialog: str | None = None


PICTURES = (
    Picture("overview", "/admin/"),
    Picture("catalog-light", "/admin/products/?product_type=bundle&product_type=data&lifecycle_status=launched"),
    Picture("catalog-dark", "/admin/products/", "dark"),
    Picture("product-light", "/admin/products/{flex}"),
    Picture("product-dark", "/admin/products/{flex}", "dark"),
    Picture("product-edit", "/admin/products/{flex}/edit"),
    Picture("sync-light", "/admin/sync/"),
    Picture("sync-dialog-light", "/admin/sync/", open_dialog="Sync now"),
    Picture("sync-held", "/admin/sync/runs/{held}"),
    Picture("sync-undone", "/admin/sync/runs/{undone}"),
    Picture("system-light", "/admin/settings/systems/crm/edit"),
    Picture("phone", "/admin/products/", size=PHONE),
    Picture("phone-dark", "/admin/products/{flex}", "dark", PHONE),
)


def main() -> None:
    wanted = set(sys.argv[1:]) or {picture.name for picture in PICTURES}
    IMAGES.mkdir(parents=True, exist_ok=True)
    with _site() as site, sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for picture in PICTURES:
            if picture.name in wanted:
                _take(browser, site, picture)
                print(f"docs/images/{picture.name}.png")
        browser.close()


@dataclass(frozen=True)
class Site:
    url: str
    password: str
    numbers: dict[str, int]


@contextmanager
def _site() -> Iterator[Site]:
    password = secrets.token_urlsafe(24)
    with (
        tempfile.TemporaryDirectory() as folder,
        XivaStandin(catalogue(), password=password) as xiva,
        SalesforceStandin(crm_products()) as crm,
        KillbillStandin(billing_plans()) as billing,
    ):
        app = create_app(_settings(Path(folder), xiva, crm, billing))
        with app.app_context():
            upgrade()
            users.create(NewUser(email=EMAIL, name="Lina Haddad", role="admin"), password, actor="screenshots")
            numbers = _story(xiva)
            db.session.remove()
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Site(f"http://127.0.0.1:{server.server_port}", password, numbers)
        server.shutdown()
        with app.app_context():
            db.engine.dispose()


def _settings(folder: Path, xiva: XivaStandin, crm: SalesforceStandin, billing: KillbillStandin) -> Settings:
    return Settings.model_validate(
        {
            "database_url": f"sqlite:///{folder / 'pictures.db'}",
            "secret_key": secrets.token_urlsafe(48),
            "encryption_keys": Fernet.generate_key().decode(),
            "instance_path": folder,
            "operator_name": "Tamra Mobile",
            "allow_loopback_sources": True,
            "log_level": "ERROR",
            "xiva": {"base_url": xiva.base_url, "username": xiva.username, "password": xiva.password},
            "crm": {"base_url": crm.base_url, "client_id": crm.client_id, "client_secret": crm.client_secret},
            "billing": {
                "base_url": billing.base_url,
                "username": billing.username,
                "password": billing.password,
                "api_key": billing.api_key,
                "api_secret": billing.api_secret,
            },
        },
    )


def _story(xiva: XivaStandin) -> dict[str, int]:
    """Let a few days pass: a first sync, edits, a change at the source that meets an edit, and a plan that is held."""
    sync = ProductSyncService()
    sync.sync_from_xiva()
    sync.sync_from_crm()
    billed = sync.sync_from_billing()
    sync.undo(billed.id, actor=f"user:{EMAIL}")
    curate()
    flex = next(row for row in catalogue() if row["id"] == "PO-10482")
    xiva.listing.change("PO-10482", productOfferingPrice=_dearer(flex["productOfferingPrice"]))
    xiva.listing.change("PO-10242", description="Five gigabytes for Friday and Saturday, renewed if you like.")
    sync.sync_from_xiva()
    roaming = [row["id"] for row in catalogue() if row["id"].startswith("PO-109")]
    xiva.listing.withdraw(*roaming[:22])
    held = sync.sync_from_xiva()
    from catalog_app.products.service import ProductCatalogService  # noqa: PLC0415

    product = ProductCatalogService().by_identity("xiva", "PO-10482")
    assert product is not None  # noqa: S101
    return {"flex": product.id, "held": held.id, "undone": billed.id}


def _dearer(prices: list[dict[str, object]]) -> list[dict[str, object]]:
    text = __import__("json").dumps(prices).replace("159", "169")
    return __import__("json").loads(text)  # type: ignore[no-any-return]


def _take(browser: Browser, site: Site, picture: Picture) -> None:
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if picture.theme == "dark" else "light"
    )
    page = context.new_page()
    _sign_in(page, site)
    page.goto(site.url + picture.path.format(**site.numbers))
    if picture.open_dialog:
        page.get_by_role("link", name=picture.open_dialog).or_(
            page.get_by_role("button", name=picture.open_dialog)
        ).first.click()
        page.locator("dialog[open]").wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{picture.name}.png")
    context.close()


def _sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/login")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(site.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/admin/**")


if __name__ == "__main__":
    main()
