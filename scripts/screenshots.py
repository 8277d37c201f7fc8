"""A tour of every page, photographed by a real Chromium: the demo's catalogue after a few busy days (scripts/story.py).

`python scripts/screenshots.py` writes each page in the light, in the dark and on a phone to instance/tour, and the
chosen ones of docs/images. `... docs` writes only those, `... NAME ...` the named ones. The database is made for it and
thrown away.
"""

import os
import re
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
from flask import Flask
from flask_migrate import upgrade
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from catalog_app.accounts.schema import NewUser  # noqa: E402  # the script stands beside the package
from catalog_app.accounts.service import sessions, users  # noqa: E402
from catalog_app.accounts.service.sessions import Client  # noqa: E402
from catalog_app.app import create_app  # noqa: E402
from catalog_app.core.clock import utcnow  # noqa: E402
from catalog_app.core.db import db, writing  # noqa: E402
from catalog_app.demo.catalogue import catalogue  # noqa: E402
from catalog_app.demo.catalogue_others import billing_plans, crm_products  # noqa: E402
from catalog_app.demo.curation import curate  # noqa: E402
from catalog_app.demo.desk import furnish  # noqa: E402
from catalog_app.demo.history import give_history  # noqa: E402
from catalog_app.demo.past import give_past  # noqa: E402
from catalog_app.demo.standin.killbill import KillbillStandin  # noqa: E402
from catalog_app.demo.standin.salesforce import SalesforceStandin  # noqa: E402
from catalog_app.demo.standin.xiva import XivaStandin  # noqa: E402
from catalog_app.recommendations.models import Decision, ModelVersion, Training  # noqa: E402
from catalog_app.settings import Settings  # noqa: E402
from catalog_app.sync.service import ProductSyncService  # noqa: E402
from scripts import story  # noqa: E402
from scripts.pages import Fillings, pages  # noqa: E402
from scripts.story_models import Models  # noqa: E402

IMAGES = ROOT / "docs" / "images"
TOUR = ROOT / "instance" / "tour"
EMAIL = "lina@demo.example"
DESKTOP = (1440, 900)
PHONE = (390, 844)


@dataclass(frozen=True)
class Picture:
    """One page in one theme: `opens` names the link or button of the page that is pressed first."""

    name: str
    path: str
    theme: str = "light"
    size: tuple[int, int] = DESKTOP
    opens: str | None = None


CHOSEN = (
    Picture("overview", "/admin/"),
    Picture("overview-dark", "/admin/", "dark"),
    Picture("catalog-light", "/admin/products/?product_type=bundle&product_type=data&lifecycle_status=launched"),
    Picture("catalog-dark", "/admin/products/", "dark"),
    Picture("product-light", "/admin/products/{product_id}?customer={sample_id}"),
    Picture("product-dark", "/admin/products/{product_id}", "dark"),
    Picture("product-edit", "/admin/products/{product_id}/edit"),
    Picture("offers", "/admin/offers?customer={sample_id}"),
    Picture("bulk-plan", "/admin/edits/{plan_id}"),
    Picture("import-columns", "/admin/edits/import/{file_id}"),
    Picture("import-plan", "/admin/edits/{imports.rejected.plan_id}?kind=rejected"),
    Picture("sync-light", "/admin/sync/"),
    Picture("sync-dialog-light", "/admin/sync/", opens="Sync now"),
    Picture("sync-held", "/admin/sync/runs/{sync.confirm_apply.run_id}"),
    Picture("sync-undone", "/admin/sync/runs/{undone}"),
    Picture("system-light", "/admin/settings/systems/crm/edit"),
    Picture("campaigns", "/admin/campaigns/"),
    Picture("campaign", "/admin/campaigns/{campaigns.show.campaign_id}"),
    Picture("campaign-dark", "/admin/campaigns/{campaign_id}", "dark"),
    Picture("campaign-test", "/admin/campaigns/{campaign_id}/results", opens="Send a test"),
    Picture("campaign-results", "/admin/campaigns/{campaign_id}/results"),
    Picture("campaign-results-dark", "/admin/campaigns/{campaign_id}/results", "dark"),
    Picture("delivery", "/admin/campaigns/deliveries/{delivery_id}"),
    Picture("recommendations", "/admin/recommendations/?customer={sample_id}&channel=app&context=bill_day"),
    Picture(
        "recommendations-dark", "/admin/recommendations/?customer={sample_id}&channel=app&context=bill_day", "dark"
    ),
    Picture("evaluation", "/admin/recommendations/evaluation"),
    Picture("activity", "/admin/activity/"),
    Picture("phone", "/admin/products/", size=PHONE),
    Picture("phone-dark", "/admin/products/{product_id}", "dark", PHONE),
    Picture("phone-overview", "/admin/", size=PHONE),
    Picture("phone-results", "/admin/campaigns/{campaign_id}/results", size=PHONE),
)
VIEWS = {"light": ("light", DESKTOP), "dark": ("dark", DESKTOP), "phone": ("light", PHONE)}


def main() -> None:
    wanted = set(sys.argv[1:])
    with _site() as site, sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for folder, picture in _plan(site):
            if not wanted or picture.name in wanted or (folder == IMAGES and "docs" in wanted):
                folder.mkdir(parents=True, exist_ok=True)
                _take(browser, site, picture, folder)
                print(f"{folder.relative_to(ROOT)}/{picture.name}.png")
        browser.close()


@dataclass(frozen=True)
class Site:
    url: str
    cookie: str
    paths: list[str]
    fillings: Fillings


def _plan(site: Site) -> Iterator[tuple[Path, Picture]]:
    """Yield what is photographed: the chosen pictures, then every page in every view."""
    for picture in CHOSEN:
        yield IMAGES, picture
    for path in site.paths:
        name = re.sub(r"[^a-z0-9]+", "-", path.removeprefix("/admin").lower()).strip("-")[:80] or "overview"
        for view, (theme, size) in VIEWS.items():
            yield TOUR, Picture(f"{name}.{view}", path, theme, size)


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
            cookie = _person(password)
            fillings = _story(xiva)
            db.session.remove()
        paths = _paths(app, cookie, fillings)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Site(f"http://127.0.0.1:{server.server_port}", cookie, paths, fillings)
        server.shutdown()
        with app.app_context():
            db.engine.dispose()


def _person(password: str) -> str:
    """Make the account that looks at everything, sign it in, and return what its cookie holds."""
    person = users.create(NewUser(email=EMAIL, name="Lina Haddad", role="admin"), password, actor="screenshots")
    with writing() as session:
        return sessions.start_in(session, person, Client("127.0.0.1", "Chromium"), utcnow())


def _paths(app: Flask, cookie: str, fillings: Fillings) -> list[str]:
    client = app.test_client()
    client.set_cookie("catalog_session", cookie)
    paths, faults = pages(app, fillings, client)
    for fault in faults:
        print(f"not photographed: {fault}", file=sys.stderr)
    return paths


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


def _story(xiva: XivaStandin) -> Fillings:
    """Sync all three systems, take one run back, and let the days pass that scripts/story.py tells of."""
    sync = ProductSyncService()
    sync.sync_from_xiva()
    sync.sync_from_crm()
    undone = sync.sync_from_billing()
    sync.undo(undone.id, actor=f"user:{EMAIL}")
    furnish()
    curate()
    told = story.tell(xiva, actor=f"user:{EMAIL}", learn=_history)
    give_past()
    return Fillings({**told.fillings.values, "undone": undone.id})


def _history(*, actor: str) -> Models:  # noqa: ARG001  # the demo's history names its own
    """Give the demo's long history in the place of the short one, and return what of it is looked at."""
    give_history()
    session = db.session()
    models = session.scalars(select(ModelVersion.version).order_by(ModelVersion.version)).all()
    decision = session.scalars(select(Decision.id).order_by(Decision.id.desc()).limit(1)).one()
    training = session.scalars(select(Training.id).order_by(Training.id.desc()).limit(1)).one()
    return Models(decision, models[-1], models[0], training)


def _take(browser: Browser, site: Site, picture: Picture, folder: Path) -> None:
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if picture.theme == "dark" else "light"
    )
    context.add_cookies([{"name": "catalog_session", "value": site.cookie, "url": site.url}])
    page = context.new_page()
    page.goto(site.url + _filled(picture.path, site.fillings))
    if picture.opens:
        _press(page, picture.opens)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=folder / f"{picture.name}.png", full_page=folder == TOUR)
    context.close()


def _filled(path: str, fillings: Fillings) -> str:
    return re.sub(r"\{([a-z_.]+)\}", lambda found: str(fillings.values[found[1]]), path)


def _press(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).or_(page.get_by_role("button", name=name)).first.click()
    page.locator("dialog[open]").wait_for()


if __name__ == "__main__":
    main()
