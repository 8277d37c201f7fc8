"""Every page, and what opens on it: no violation that axe knows, in either theme or on a phone, and nothing too wide.

The pages are those of the routes (scripts/pages.py): one that is added is looked at without being named here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts import story
from scripts.pages import pages
from scripts.story import Story
from tests.browser.conftest import Site, calm_window
from tests.browser.looking import DESKTOP, bring_axe, header_faults, look, look_in_passing, moving
from tests.browser.sites import applied, email_of, served
from tests.support.databases import SqliteTemplate

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Shown:
    """A site that tests only look at, and what happened there."""

    site: Site
    story: Story

    def at(self, path: str) -> str:
        return f"{self.site.url}/admin/{path}"


@pytest.fixture(scope="module")
def shown(demo_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("shown")
    with applied(demo_template.copy_to(folder), folder) as (app, xiva):
        with app.app_context():
            told = story.tell(xiva, actor=f"user:{email_of('editor')}")
        with served(app) as url:
            yield Shown(Site(url, app, xiva), told)


@pytest.fixture
def still(browser: Browser, shown: Shown) -> Iterator[Page]:
    """Return a window of somebody who may do everything and asked for no motion."""
    with calm_window(browser, shown.site) as page:
        page.emulate_media(reduced_motion="reduce")
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        bring_axe(page)
        yield shown.site.enter(page, "admin")


@pytest.mark.timeout(300)
def test_axe_finds_nothing_on_any_page_in_either_theme_or_on_a_phone(still: Page, shown: Shown) -> None:
    found, faults = _pages(shown)
    for path in ("/login", *found):
        if path == "/login":
            still.context.clear_cookies()
        answer = still.goto(shown.site.url + path)
        assert answer is not None
        faults += [f"{path} {fault}" for fault in (*header_faults(answer), *look_in_passing(still))]
        if path == "/login":
            shown.site.enter(still, "admin")

    assert not faults, "\n".join(faults)
    assert len(found) >= 30


def _pages(shown: Shown) -> tuple[list[str], list[str]]:
    app = shown.site.app
    client = app.test_client()
    with app.app_context():
        from catalog_app.accounts.service import users  # noqa: PLC0415

        client.enter(users.by_email(email_of("admin")))  # type: ignore[attr-defined]
        return pages(app, shown.story.fillings, client)


def _menu(name: str) -> Callable[[Page], None]:
    def opened(page: Page) -> None:
        page.locator("main summary", has_text=name).first.click()

    return opened


def _dialog(name: str) -> Callable[[Page], None]:
    def opened(page: Page) -> None:
        page.get_by_role("main").get_by_role("link", name=name).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()

    return opened


def _mistakes(page: Page) -> None:
    """Send the form of a new product with nothing but a price that is none."""
    _dialog("Add product")(page)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Price", exact=True).fill("cheap")
    dialog.get_by_role("button", name="Add product").click()
    expect(dialog.locator("[aria-invalid='true']").first).to_be_focused()


def _shortcuts(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def _person(page: Page) -> None:
    page.locator("#rail summary").first.click()


def _selected(page: Page) -> None:
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk")).to_be_visible()
    page.locator("#bulk summary").click()


def _told(page: Page) -> None:
    """Lock a field; the toast that says so waits while something in it has the focus."""
    page.get_by_role("button", name="Lock", exact=True).click()
    page.locator("#toasts [data-toast] button").first.focus()


def _looked_up(page: Page) -> None:
    """Look a customer up; the address stays what it was, so no route leads to what is shown then."""
    page.get_by_label("Customer id").fill("C-1042")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("heading", name="What they chose")).to_be_visible()


STATES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "a filter menu": ("products/", _menu("Type")),
    "more filters": ("products/", _menu("More filters")),
    "the dialog to add": ("products/", _dialog("Add product")),
    "a refused form": ("products/", _mistakes),
    "the keyboard's keys": ("products/", _shortcuts),
    "the menu of the person": ("", _person),
    "the bulk bar and its menu": ("products/", _selected),
    "a toast": ("products/{number}/lock?field=category", _told),
    "the status menu": ("products/{number}", lambda page: page.locator(".page-head summary").first.click()),
    "the sync dialog": ("sync/", _dialog("Sync now")),
    "the question of approval": ("sync/runs/{held}", _dialog("Approve and apply")),
    "a customer who was looked up": ("settings/opt-outs/", _looked_up),
}


def test_nothing_moves_for_somebody_who_asked_for_no_motion(still: Page, shown: Shown) -> None:
    faults = []
    for path in ("", "products/", f"products/{shown.story.conflicted}", "sync/"):
        still.goto(shown.at(path))
        faults += [f"{path} {fault}" for fault in moving(still)]

    assert not faults, "\n".join(faults)


@pytest.mark.timeout(300)
def test_axe_finds_nothing_in_menus_dialogs_refused_forms_and_toasts(still: Page, shown: Shown) -> None:
    faults = []
    for name, (path, act) in STATES.items():
        still.goto(shown.at(path.format(number=shown.story.conflicted, held=shown.story.held_run)))
        act(still)
        faults += [f"{name} {fault}" for fault in look(still)]

    assert not faults, "\n".join(faults)


@pytest.mark.timeout(300)
def test_axe_finds_nothing_on_the_page_of_the_api_and_it_follows_the_theme(still: Page, shown: Shown) -> None:
    answer = still.goto(f"{shown.site.url}/api/docs/")
    assert answer is not None
    faults = header_faults(answer)
    operation = still.locator("#operations-Products-products_create")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    expect(operation.get_by_role("textbox", name="Request body")).to_be_visible()
    faults += [f"a request {fault}" for fault in look(still)]

    still.emulate_media(color_scheme="dark")
    expect(still.locator("html")).to_have_class("js dark-mode")
    still.emulate_media(color_scheme="light")
    still.get_by_role("button", name="Authorize").first.click()
    expect(still.get_by_role("dialog", name="Available authorizations")).to_be_visible()
    faults += [f"the dialog {fault}" for fault in look(still, ".dialog-ux")]

    assert not faults, "\n".join(faults)
