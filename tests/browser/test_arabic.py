"""The main pages in Arabic: they run from right to left, in Arabic words, and nothing of them is lost at an edge."""

import re
from collections.abc import Iterator, Sequence

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect

from catalog_app.core.db import db
from scripts.story_models import recommend
from tests.browser.conftest import PASSWORD, Site, calm_window
from tests.browser.looking import DESKTOP, PHONE
from tests.browser.sites import email_of

pytestmark = pytest.mark.browser

PAGES = (
    "/admin/",
    "/admin/products/",
    "/admin/products/?search=nothing-has-this-name",
    "/admin/products/{number}",
    "/admin/products/{number}?tab=history",
    "/admin/products/{number}/edit",
    "/admin/sync/",
    "/admin/sync/new",
    "/admin/sync/runs/1",
    "/admin/activity",
    "/admin/profile",
    "/admin/settings/systems/xiva/edit",
)
OFFERED = "/admin/recommendations/"
OF_OFFERS = (
    OFFERED,
    f"{OFFERED}?edit=1&customer_value=300&owns_nothing=1&channel=app",
    f"{OFFERED}models/",
    f"{OFFERED}models/{{told.model}}",
    f"{OFFERED}trainings/{{told.training}}",
    f"{OFFERED}decisions/",
    f"{OFFERED}decisions/{{told.decision}}",
    f"{OFFERED}evaluation",
    "/admin/settings/recommendations/",
)
# What a sighted axe cannot say: where the page is cut off, which way it runs, and what would be read in the wrong order.
_CUT_OFF = """() => {
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    const out = one => one.checkVisibility() && one.getBoundingClientRect().left < -1 && !one.closest(".skip-link");
    const deepest = [...document.body.querySelectorAll("*")].filter(one => out(one) && ![...one.children].some(out));
    return wide > 0 ? [`${wide} px too wide: ${deepest.slice(0, 3).map(one => one.outerHTML.slice(0, 160)).join(" | ")}`] : [];
}"""
# Colours do not turn round, and to look at them takes longest: tests/browser/test_accessible.py does.
_AXE = """() => axe.run(document, {resultTypes: ["violations"], preload: false, rules: {"color-contrast": {enabled: false}}}).then(({violations}) =>
    violations.flatMap(({id, nodes}) => nodes.map(node => `${id}: ${node.html.slice(0, 160)}`)))"""
_ENGLISH = """() => ["h1", "h2", "th", "label", ".btn-label", ".rail-item", "legend", ".tab", "p"].flatMap(what =>
    [...document.querySelectorAll(what)].filter(one => one.checkVisibility() && !one.closest("bdi, [lang=en], .unseen"))
        .map(one => one.textContent.trim())).filter(text =>
        /^([A-Z][a-z]+ (of|the|to|is|for|and|a|in)\\b|(Model \\d+: )?(It|No|Only|The|There) [a-z])/.test(text))"""


@pytest.fixture
def window(browser: Browser, site: Site) -> Iterator[Page]:
    """Return a window of somebody whose browser asks for Arabic."""
    with calm_window(browser, site, locale="ar-SA", viewport=DESKTOP, reduced_motion="reduce") as page:
        yield page


@pytest.mark.timeout(240)
def test_every_main_page_runs_from_right_to_left_without_a_fault(window: Page, site: Site) -> None:
    site.enter(window, "admin")
    number = site.number("PO-10482")
    faults = list(_faults(window, site, [path.format(number=number) for path in PAGES]))
    assert not faults, "\n".join(faults)


@pytest.mark.timeout(240)
def test_the_pages_of_recommendations_run_from_right_to_left_without_a_fault(window: Page, site: Site) -> None:
    with site.app.app_context():
        told = recommend(actor=f"user:{email_of('approver')}")
        db.session.remove()
    site.enter(window, "admin")
    faults = list(_faults(window, site, [path.format(told=told) for path in OF_OFFERS]))
    assert not faults, "\n".join(faults)


def _faults(window: Page, site: Site, paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        window.goto(site.url + path)
        expect(window.locator("html")).to_have_attribute("dir", "rtl")
        window.evaluate(AXE_SCRIPT)
        found = window.evaluate(_AXE) + window.evaluate(_CUT_OFF) + window.evaluate(_ENGLISH)
        window.set_viewport_size(PHONE)  # type: ignore[arg-type]
        found += [f"(phone) {fault}" for fault in window.evaluate(_CUT_OFF)]
        window.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        yield from (f"{path}: {fault}" for fault in found)


def test_a_person_switches_to_arabic_on_the_login_page_and_works_there(browser: Browser, site: Site) -> None:
    with calm_window(browser, site, locale="en", viewport=DESKTOP) as page:
        page.goto(f"{site.url}/login?next=/admin/products/")
        page.get_by_role("button", name="العربية").click()
        expect(page.get_by_role("heading", name="تسجيل الدخول")).to_be_visible()
        page.get_by_label("عنوان البريد الإلكتروني").fill(email_of("editor"))
        page.get_by_label("كلمة المرور").fill(PASSWORD)
        page.get_by_role("button", name="تسجيل الدخول").click()

        expect(page).to_have_url(f"{site.url}/admin/products/")
        rail, main = page.locator("#rail").bounding_box(), page.locator("#main").bounding_box()
        assert rail is not None
        assert main is not None
        assert rail["x"] > main["x"]
        # The words that the browser puts in place of the server's are Arabic, too.
        page.goto(f"{site.url}/admin/sync/")
        expect(page.locator("time[data-ago]").first).to_have_text(re.compile("^(الآن|قبل )"))
        # What points points the other way.
        page.goto(f"{site.url}/admin/products/{site.number('PO-10482')}")
        arrow = page.locator(".trail .icon-flip").first
        expect(arrow).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")
