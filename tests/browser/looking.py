"""What is wrong with a page as it stands: for axe, for the eye on a phone, and for somebody whom motion makes ill."""

from collections.abc import Iterator

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Response

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 780}
# The dark theme is the same document in other colours: there only what looks at colours is asked.
_RUN = """async ([part, isDark]) => {
    const whole = document.querySelector(part);
    const asked = markApart(whole);
    const rules = isDark ? {runOnly: ["link-in-text-block", "color-contrast"]} : {};
    const options = {resultTypes: ["violations"], preload: false, rules: {"color-contrast": {enabled: asked > 0}}, ...rules};
    return (await axe.run(whole, options)).violations
        .flatMap(({id, nodes}) => nodes.map(node => `${id}: ${node.html.slice(0, 160)} ${node.target}`));
}"""
# Contrast takes axe longer than all other rules together. Text of the same colour and size on the same grounds has the
# same contrast, on whichever page of a window it stands and in whichever theme and size: three of each are marked.
_MARK_APART = """whole => {
    const grounds = new Map([[null, ""]]);
    const ground = one => {
        if (!grounds.has(one)) {
            const {backgroundColor, backgroundImage, opacity, position} = getComputedStyle(one);
            const own = [backgroundColor, backgroundImage, opacity, position].join();
            const said = own === "rgba(0, 0, 0, 0),none,1,static" ? "" : own;
            grounds.set(one, ground(one.parentElement) + said);
        }
        return grounds.get(one);
    };
    const seen = JSON.parse(sessionStorage.looked ?? "{}");
    document.querySelectorAll("[data-apart]").forEach(one => delete one.dataset.apart);
    const apart = [...whole.querySelectorAll("*")].filter(one => {
        const {color, fontSize, fontWeight, textShadow} = getComputedStyle(one);
        const look = [one.matches(":disabled, [aria-disabled]"), color, fontSize, fontWeight, textShadow, ground(one)].join();
        const speaks = one.matches("input, select, textarea") || [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        return speaks && one.checkVisibility({visibilityProperty: true}) && (seen[look] = (seen[look] ?? 0) + 1) <= 3;
    });
    apart.forEach(one => one.dataset.apart = "");
    sessionStorage.looked = JSON.stringify(seen);
    return apart.length;
}"""
_ONLY_THOSE = 'axe.configure({rules: [{id: "color-contrast", selector: "[data-apart]"}]})'
# What it evaluates to must be no function: Playwright would call it.
_AXE = f"{AXE_SCRIPT};\n{_ONLY_THOSE};\nwindow.markApart = {_MARK_APART};\nvoid 0"
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


def look(page: Page, part: str = "html") -> list[str]:
    """Return what is wrong in the light, in the dark, and on a phone; the page is left as wide as a desktop.

    Where only a part has changed since the last look, that part is enough.
    """
    faults = list(_looked(page, part))
    if page.viewport_size != DESKTOP:
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    return faults


def look_in_passing(page: Page) -> list[str]:
    """Return the same, and leave the page in the other size: there the next one opens. To change it takes long."""
    return list(_looked(page, "html"))


def moving(page: Page) -> list[str]:
    """Return what moves on the page, for somebody who asked for no motion; it looks at each element, and takes its time."""
    faults: list[str] = page.evaluate(_MOVES)
    return faults


def bring_axe(page: Page) -> None:
    """Let every page that this window opens from now on have axe: to hand it over each time takes longer."""
    page.add_init_script(_AXE)


def _looked(page: Page, part: str) -> Iterator[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    if page.viewport_size == PHONE:
        yield from _light(page, part)
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        yield from _light(page, part)
        yield from _dark(page, part)
    else:
        yield from _light(page, part)
        yield from _dark(page, part)
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        yield from _light(page, part)


def _light(page: Page, part: str) -> list[str]:
    where = "phone" if page.viewport_size == PHONE else "light"
    return _told(where, page.evaluate(_RUN, [part, False]) + page.evaluate(_TOO_WIDE))


def _dark(page: Page, part: str) -> list[str]:
    page.emulate_media(color_scheme="dark")
    faults = _told("dark", page.evaluate(_RUN, [part, True]))
    page.emulate_media(color_scheme="light")
    return faults


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
