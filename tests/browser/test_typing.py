"""Searching while answers are slow and come in the wrong order: no letter is lost, nor the focus, nor the last word."""

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import calm_window
from tests.browser.sites import Site, applied, served
from tests.support.databases import SqliteTemplate

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

pytestmark = pytest.mark.browser
PATIENCE_SECONDS = 20


@dataclass
class Gate:
    """A server that keeps each answer to a search until it is told to let it go."""

    behind: "WSGIApplication"
    asked: dict[str, threading.Event] = field(default_factory=dict)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        searched = parse_qs(environ["QUERY_STRING"]).get("search", [""])[0]
        if "HTTP_HX_REQUEST" in environ and searched:
            with self.arrived:
                let_go = self.asked.setdefault(searched, threading.Event())
                self.arrived.notify_all()
            let_go.wait(PATIENCE_SECONDS)
        return self.behind(environ, start_response)

    def wait_for(self, searched: str) -> None:
        """Return when a search for this has been asked for."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: searched in self.asked, PATIENCE_SECONDS), self.asked

    def let_go(self, searched: str) -> None:
        self.asked[searched].set()


@pytest.fixture
def gate(demo_template: SqliteTemplate, tmp_path: Path) -> Iterator[tuple[Gate, Site]]:
    with applied(demo_template.copy_to(tmp_path), tmp_path) as (app, xiva):
        gate = Gate(app.wsgi_app)
        app.wsgi_app = gate  # type: ignore[method-assign]
        with served(app) as url:
            yield gate, Site(url, app, xiva)
            for waiting in gate.asked.values():
                waiting.set()


@pytest.fixture
def box_page(browser: Browser, gate: tuple[Gate, Site]) -> Iterator[Page]:
    _, site = gate
    with calm_window(browser, site) as page:
        site.enter(page, "viewer").goto(f"{site.url}/admin/products/")
        yield page


@pytest.mark.parametrize("newest_first", [True, False], ids=["newest answer first", "oldest answer first"])
def test_answers_that_overtake_each_other_lose_no_letter_and_no_focus(
    box_page: Page, gate: tuple[Gate, Site], newest_first: bool
) -> None:
    held, _ = gate
    box = box_page.get_by_role("searchbox")
    box.focus()
    typed = ["wee", "weekend", "weekend da"]
    so_far = ""
    for text in typed:
        box_page.keyboard.type(text.removeprefix(so_far))
        so_far = text
        held.wait_for(text)
    for text in reversed(typed) if newest_first else typed:
        held.let_go(text)

    rows = box_page.locator("#products .row-link")
    expect(rows.filter(has_not_text="Weekend Data")).to_have_count(0)
    expect(rows.filter(has_text="Weekend Data")).not_to_have_count(0)
    expect(box_page).to_have_url(re.compile(r"search=weekend(\+|%20)da$"))
    expect(box).to_have_value("weekend da")
    expect(box).to_be_focused()
    assert box.evaluate("one => one.selectionStart") == len("weekend da")


def test_letters_typed_while_an_answer_is_on_its_way_stay_where_they_were_typed(
    box_page: Page, gate: tuple[Gate, Site]
) -> None:
    held, _ = gate
    box = box_page.get_by_role("searchbox")
    box.focus()
    box_page.keyboard.type("flex")
    held.wait_for("flex")
    box_page.keyboard.press("Home")
    box_page.keyboard.type("a ")
    held.let_go("flex")
    held.wait_for("a flex")
    box_page.keyboard.type("b")
    held.let_go("a flex")
    held.wait_for("a bflex")
    held.let_go("a bflex")

    expect(box_page.get_by_text("No product matches")).to_be_visible()
    expect(box).to_have_value("a bflex")
    expect(box).to_be_focused()
    assert box.evaluate("one => one.selectionStart") == len("a b")
