"""Forty hostile names come in by a sync and stand on every page: nothing of them runs, and no layout breaks.

Each name is also the product's description, the names of its price and of a feature, and what a person typed over it.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import users
from catalog_app.campaigns.service import CampaignService
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.service import TriggerService
from catalog_app.products.segments import SegmentInput, create_segment
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.service import ProductSyncService
from scripts import story
from scripts.pages import Fillings, pages
from scripts.story_models import recommend
from tests.browser.conftest import calm_window
from tests.browser.looking import DESKTOP, PHONE, too_wide
from tests.browser.sites import PASSWORD, Site, applied, email_of, served
from tests.support.databases import SqliteTemplate
from tests.support.hostile_names import CANARY, HOSTILE_NAMES, HTMX, LENGTHS, LETTERS, MARKUP, TEMPLATES
from tests.sync.offerings import offering

pytestmark = pytest.mark.browser
ACTOR = f"user:{email_of('admin')}"
# What has run, what was made of a name, and rows that a name has stretched.
_SIGNS = f"""() => [
    ...(window.__ran ? ["a script ran"] : []),
    ...[...document.querySelectorAll("[hx-get*='{CANARY}'], [data-hx-get*='{CANARY}'], img[src*='{CANARY}'], iframe, base, math, plaintext")]
        .map(made => `was made: ${{made.outerHTML.slice(0, 120)}}`),
]"""
_ROW_HEIGHTS = "() => [...new Set([...document.querySelectorAll('#products tbody tr')].map(row => Math.round(row.getBoundingClientRect().height)))]"
_NAMES = "() => [...document.querySelectorAll('#products .row-link')].map(link => link.textContent)"


@dataclass(frozen=True)
class Besieged:
    """A site whose every text is hostile, and where its pages are."""

    site: Site
    fillings: Fillings
    numbers: list[int]


@pytest.fixture(scope="module")
def besieged(sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Besieged]:
    folder = tmp_path_factory.mktemp("besieged")
    with applied(sqlite_template.copy_to(folder), folder) as (app, xiva):
        xiva.listing.replace([_hostile(place, name) for place, name in enumerate(HOSTILE_NAMES)])
        with app.app_context():
            numbers, fillings = _besiege(xiva)
        with served(app) as url:
            yield Besieged(Site(url, app, xiva), fillings, numbers)


def _hostile(place: int, name: str) -> dict[str, Any]:
    one = offering(place, name=name, description=name)
    one["productOfferingCharacteristic"].append({"name": name[:60], "value": name})
    one["productOfferingPrice"][0]["name"] = name[:100]
    one["category"][0]["name"] = name[:60]
    return one


def _besiege(xiva: Any) -> tuple[list[int], Fillings]:
    """Sync the names, let people type them, and let the source change them, so that there are conflicts and a held plan."""
    users.create(NewUser(email=email_of("admin"), name=MARKUP[0][:100], role="admin"), PASSWORD, actor="test")
    for place, name in enumerate((*MARKUP[:6], *LETTERS)):
        create_segment(f"segment-{place}", SegmentInput(label=name[:60], description=name), actor=ACTOR)
    sync, catalog = ProductSyncService(), ProductCatalogService()
    first = sync.sync_from_xiva()
    assert (first.created, first.rejected) == (len(HOSTILE_NAMES), 0)
    numbers = []
    for place, name in enumerate(HOSTILE_NAMES):
        product = catalog.by_identity("xiva", f"PO-{place}")
        assert product is not None
        assert product.name == name
        numbers.append(product.id)
    for number, name in zip(numbers[:8], HOSTILE_NAMES[8:], strict=False):
        catalog.patch(
            number,
            {"name": name, "short_name": name[:40], "status_reason": name[:100]},
            expected_version=None,
            actor=ACTOR,
        )
    for place in range(9):
        xiva.listing.change(f"PO-{place}", name=f"{HOSTILE_NAMES[-place][:200]} anew")
    xiva.listing.change("PO-10", lifecycleStatus=HOSTILE_NAMES[0])
    settled = sync.sync_from_xiva()
    xiva.listing.withdraw(*[f"PO-{place}" for place in range(20, 40)])
    held = sync.sync_from_xiva()
    running, draft, delivery = _advertise(numbers[9])
    told = story.Story(
        conflicted=numbers[0],
        retirable=numbers[12],
        settled_run=settled.id,
        held_run=held.id,
        edits=story.edits(_file(), off="data", actor=ACTOR),
        sample=story.settings(MARKUP[1], actor=ACTOR),
        webhook=story.webhook(MARKUP[2], actor=ACTOR),
        campaign=running,
        draft=draft,
        delivery=delivery,
        models=recommend(actor=ACTOR, context=MARKUP[3], city=MARKUP[0]),
    )
    return numbers, Fillings({**told.fillings.values, "segments.key": "segment-0"})


def _advertise(product: int) -> tuple[int, int, int]:
    """Return a campaign that runs, a draft, and what the first promised; the names stand wherever anything is said."""
    campaigns = CampaignService()
    said = {
        "name": MARKUP[5],
        "description": MARKUP[6],
        "product_id": product,
        "channels": ["sms"],
        "product_config": {
            "price": "5.00",
            "currency": "SAR",
            "bonus": MARKUP[7],
            "headline": HTMX[0],
            "terms": MARKUP[8],
        },
        "messages": {"sms": {"en": {"body": f"{MARKUP[3]} {{{{ product.name }}}} {{{{ customer.first_name }}}}"}}},
    }
    running = campaigns.activate(campaigns.create(said, actor=ACTOR).id, actor=ACTOR)
    faulty = {"sms": {"en": {"body": TEMPLATES[0]}, "de": {"body": HTMX[3]}}}
    draft = campaigns.create({**said, "name": HTMX[1], "messages": faulty}, actor=ACTOR)
    customer = {
        "key": MARKUP[0],
        "customer_id": MARKUP[4],
        "customer_features": {"first_name": MARKUP[1], "segments": ["segment-0"]},
        "address": MARKUP[5],
    }
    (promised,) = TriggerService().trigger(running.id, [TriggerItem.of(customer)], actor=ACTOR)
    return running.id, draft.id, promised.delivery["id"]


def _file() -> str:
    """Return a file that brings the same names again, and some that cannot be taken."""
    rows = [["name", "product_type", "price", "currency"]]
    rows += [[name, "data" if place % 4 else "<b>none</b>", "1.00", "SAR"] for place, name in enumerate(HOSTILE_NAMES)]
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


@pytest.fixture
def victim(browser: Browser, besieged: Besieged) -> Iterator[Page]:
    """Return a window of somebody who may do everything; it fails for what was asked for because of a name."""
    asked: list[str] = []
    with calm_window(browser, besieged.site) as page:
        page.on("dialog", lambda dialog: asked.append(dialog.message))
        page.on("request", lambda request: asked.extend([request.url] if CANARY in request.url else []))
        yield besieged.site.enter(page, "admin")
    assert asked == []


@pytest.mark.timeout(240)
def test_nothing_of_a_name_runs_on_any_page_and_none_scrolls_sideways(
    victim: Page, besieged: Besieged, record_property: Callable[[str, object], None]
) -> None:
    app = besieged.site.app
    client = app.test_client()
    with app.app_context():
        client.enter(users.by_email(email_of("admin")))  # type: ignore[attr-defined]
        found, faults = pages(app, besieged.fillings, client)
    singles = [f"/admin/products/{number}" for number in besieged.numbers]
    forms = [f"/admin/products/{number}/edit" for number in besieged.numbers[::8]]
    sizes = [PHONE, DESKTOP]
    record_property("pages", len(found) + len(singles) + len(forms))
    for path in (*found, *forms, *singles):
        victim.goto(besieged.site.url + path)
        signs = victim.evaluate(_SIGNS)
        # A page opens in the size that the last one ended with: to change it takes longer than to look.
        sizes.reverse()
        # One product's page stands among those of both sizes; what a name can stretch is stretched on a phone first.
        for size in [PHONE] if path in singles else sizes:
            victim.set_viewport_size(size)  # type: ignore[arg-type]
            signs += [f"at {size['width']} {sign}" for sign in too_wide(victim)]
        faults += [f"{path}: {sign}" for sign in signs]

    assert not faults, "\n".join(faults)


def test_each_name_is_read_as_it_was_written_in_a_row_as_high_as_any_other(victim: Page, besieged: Besieged) -> None:
    victim.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    victim.goto(f"{besieged.site.url}/admin/products/?limit=100&sort=id")

    read = victim.evaluate(_NAMES)
    assert {name for name in HOSTILE_NAMES[16:] if name not in LETTERS} <= set(read)
    assert len(victim.evaluate(_ROW_HEIGHTS)) == 1
    assert "Data U+202Egnp.BG 5U+202C plan" in read
    assert "ShaU+200Bred U+2060 daU+FEFFta U+2066RLIU+2069".replace(" U+2060", "U+2060") in read
    assert LETTERS[3] in read
    assert len(LENGTHS[0]) in {len(name) for name in read}
