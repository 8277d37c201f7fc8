"""What is wrong with a page as it stands: for axe, for the eye on a phone, and for somebody whom motion makes ill."""

from collections.abc import Iterator
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Response

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 780}
EVERYTHING: dict[str, Any] = {}
# The dark theme is the same document in other colours: only these rules look at colours.
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
_RUN = """options => axe.run(document, {resultTypes: ["violations"], preload: false, ...options}).then(({violations}) =>
    violations.flatMap(({id, nodes}) => nodes.map(node => `${id}: ${node.html.slice(0, 160)} ${node.target}`)))"""
_TOO_WIDE = """() => {
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    if (wide <= 0) return [];
    const out = one => one.checkVisibility() && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
    const deepest = [...document.body.querySelectorAll("*")].filter(one => out(one) && ![...one.children].some(out));
    return [`${wide} px too wide: ${deepest.slice(0, 3).map(one => one.outerHTML.slice(0, 160)).join(" | ")}`];
}"""
_MOVES = """() => [...document.querySelectorAll("*")].flatMap(one => ["", "::before", "::after"].flatMap(part => {
    const {transitionDuration, animationDuration} = getComputedStyle(one, part || null);
    const moves = [transitionDuration, animationDuration].some(text => text.split(",").some(time => parseFloat(time) > 0.001));
    return moves ? [`moves: ${one.tagName}.${one.className}${part}`] : [];
})).slice(0, 3)"""


def look(page: Page) -> list[str]:
    """Return what is wrong in the light, in the dark, and on a phone; the page is left as wide as it was."""
    return list(_looked(page))


def moving(page: Page) -> list[str]:
    """Return what moves on the page, for somebody who asked for no motion; it looks at each element, and takes its time."""
    faults: list[str] = page.evaluate(_MOVES)
    return faults


def _looked(page: Page) -> Iterator[str]:
    page.evaluate(AXE_SCRIPT)
    yield from _told("light", page.evaluate(_RUN, EVERYTHING) + page.evaluate(_TOO_WIDE))
    page.emulate_media(color_scheme="dark")
    yield from _told("dark", page.evaluate(_RUN, COLOURS))
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    yield from _told("phone", page.evaluate(_RUN, EVERYTHING) + page.evaluate(_TOO_WIDE))
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]


def _told(how: str, faults: list[str]) -> list[str]:
    return [f"({how}) {fault}" for fault in faults]


def too_wide(page: Page) -> list[str]:
    """Return what makes the page scroll sideways, if it does."""
    faults: list[str] = page.evaluate(_TOO_WIDE)
    return faults


def header_faults(answer: Response) -> list[str]:
    """Return what is wrong with the policy that a page came with."""
    policy = answer.headers.get("content-security-policy", "")
    faults = [] if "default-src 'self'" in policy or "default-src 'none'" in policy else [f"policy: {policy!r}"]
    return faults + ([f"policy: {policy}"] if "unsafe-" in policy or "*" in policy else [])
