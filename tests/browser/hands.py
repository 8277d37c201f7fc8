"""Two ways to use a page: by keyboard alone, and with a finger on a phone. A task is written once and done in both."""

import re
from dataclasses import dataclass
from typing import Protocol

from playwright.sync_api import Locator, Page, expect

from tests.browser.looking import too_wide

PATIENCE = 90
"""After so many steps with Tab, nobody finds it any more: the form of a product, from one end to the other, has 70."""
FINGER = 42
"""What a finger is meant to hit is at least so many pixels high: 44 with the frame around it."""
_IS_FOCUSED = "one => one === document.activeElement"
# Which key leads there: none where it has the focus, else by what stands before it in the document.
_WAY = """one => {
    const here = document.activeElement;
    if (one === here) return "";
    return here.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING ? "Shift+Tab" : "Tab";
}"""
_TARGET = "button, summary, select, input:not([type=checkbox], [type=radio]), a.btn"


class Hands(Protocol):
    """How somebody does what a task asks for."""

    page: Page
    is_phone: bool

    def press(self, what: Locator) -> None:
        """Follow a link, press a button, open or close a menu."""

    def tick(self, what: Locator) -> None:
        """Switch a checkbox, or choose a radio button."""

    def write(self, what: Locator, text: str) -> None:
        """Put this text into a field."""

    def choose(self, what: Locator, label: str) -> None:
        """Choose the option of a select that is called so."""

    def find(self, text: str) -> None:
        """Put this into the search of the page."""


@dataclass
class Keyboard:
    """Nobody touches the mouse: what Tab does not reach cannot be done."""

    page: Page
    is_phone: bool = False

    def press(self, what: Locator) -> None:
        self.reach(what)
        self.page.keyboard.press("Enter")

    def tick(self, what: Locator) -> None:
        if what.get_attribute("type") == "radio":
            self._choose_radio(what)
        else:
            self.reach(what)
            self.page.keyboard.press("Space")
        expect(what).to_be_checked()

    def write(self, what: Locator, text: str) -> None:
        self.reach(what)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, what: Locator, label: str) -> None:
        self.reach(what)
        self.page.keyboard.type(label)
        expect(what.locator("option:checked")).to_have_text(re.compile(rf"^\s*{re.escape(label)}"))

    def find(self, text: str) -> None:
        box = self.page.get_by_role("searchbox")
        self.page.keyboard.press("/")
        expect(box).to_be_focused()
        self.write(box, text)

    def reach(self, what: Locator) -> None:
        """Go on with Tab until this has the focus, or back with Shift and Tab where it stands above."""
        expect(what).to_be_visible()
        for _ in range(PATIENCE):
            way = what.evaluate(_WAY)
            if not way:
                return
            self.page.keyboard.press(way)
        raise AssertionError(f"Tab does not reach {what} within {PATIENCE} steps")

    def _choose_radio(self, what: Locator) -> None:
        """Reach the group, as Tab does, and go on to the choice with an arrow."""
        group = self.page.locator(f"input[type=radio][name='{what.get_attribute('name')}']")
        for _ in range(PATIENCE):
            if self.page.evaluate("() => document.activeElement.type") == "radio" and _holds_focus(group):
                break
            self.page.keyboard.press("Tab")
        for _ in range(group.count()):
            if what.is_checked():
                return
            self.page.keyboard.press("ArrowDown")


def _holds_focus(group: Locator) -> bool:
    return any(one.evaluate(_IS_FOCUSED) for one in group.all())


@dataclass
class Finger:
    """A phone, 360 pixels wide: everything is tapped, and has to be large enough for it."""

    page: Page
    is_phone: bool = True

    def press(self, what: Locator) -> None:
        self._fits(what)
        what.tap()

    def tick(self, what: Locator) -> None:
        label = what.locator("xpath=ancestor::label[1]")
        (label if label.count() else what).tap()
        expect(what).to_be_checked()

    def write(self, what: Locator, text: str) -> None:
        self._fits(what)
        what.tap()
        what.fill("")
        what.press_sequentially(text)

    def choose(self, what: Locator, label: str) -> None:
        self._fits(what)
        what.select_option(label=label)

    def find(self, text: str) -> None:
        self.write(self.page.get_by_role("searchbox"), text)

    def _fits(self, what: Locator) -> None:
        what.scroll_into_view_if_needed()
        if what.evaluate("(one, target) => one.matches(target)", _TARGET):
            box = what.bounding_box()
            assert box is not None
            assert round(box["height"]) >= FINGER, f"{what} is {box['height']:.0f} px high on a phone"
        faults = too_wide(self.page)
        assert not faults, f"{self.page.url}: {faults}"
