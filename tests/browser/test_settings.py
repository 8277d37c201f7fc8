"""What only a browser shows of the settings: what it remembers itself, and what it copies."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site

SignIn = Callable[..., Page]


def test_theme_and_shortcuts_are_chosen_on_the_profile_and_stay(site: Site, page: Page, signed_in: SignIn) -> None:
    signed_in(page, "viewer")
    page.goto(f"{site.url}/admin/profile")

    page.get_by_text("Dark", exact=True).click()
    page.get_by_label("Switch single-key shortcuts off", exact=True).check()
    page.reload()

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.get_by_role("radio", name="Dark")).to_be_checked()
    expect(page.get_by_label("Switch single-key shortcuts off", exact=True)).to_be_checked()
    page.get_by_text("As the system", exact=True).click()
    expect(page.locator("html")).not_to_have_attribute("data-bs-theme", "dark")


def test_a_token_that_is_shown_once_is_copied_by_one_press(site: Site, page: Page, signed_in: SignIn) -> None:
    signed_in(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site.url}/admin/settings/tokens")
    page.get_by_label("Name").fill("Offer engine")
    page.get_by_label("Read products, segments and the change feed").check()
    page.get_by_role("button", name="Make token").click()

    secret = page.locator("#secret").inner_text()
    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_role("button", name="Copied")).to_have_attribute("aria-busy", "true")
    assert page.evaluate("() => navigator.clipboard.readText()") == secret


def test_filtering_the_activity_keeps_focus_and_writes_the_address(site: Site, page: Page, signed_in: SignIn) -> None:
    signed_in(page, "viewer")
    page.goto(f"{site.url}/admin/activity/")

    page.get_by_label("Search what changed").press_sequentially("flex")

    expect(page).to_have_url(
        f"{site.url}/admin/activity/?name=flex&actor=&kind=&subject_type=&action=&field=&system=&from=&until="
    )
    expect(page.get_by_label("Search what changed")).to_be_focused()
    expect(page.locator("#activity tbody tr").first).to_contain_text("Flex")
