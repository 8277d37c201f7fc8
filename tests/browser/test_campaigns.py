"""A campaign is made, put right and activated: by keyboard alone, with a finger on a phone, and without JavaScript."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.service import CampaignService
from catalog_app.core.db import db
from tests.browser.conftest import calm_window
from tests.browser.hands import Finger, Hands, Keyboard
from tests.browser.looking import DESKTOP, PHONE, look
from tests.browser.sites import Site

pytestmark = pytest.mark.browser
WEEKEND = "PO-10242"


@pytest.fixture(params=["keyboard", "phone"])
def hands(request: pytest.FixtureRequest, browser: Browser, site: Site) -> Iterator[Hands]:
    """Return how an approver works: with the keyboard alone, or with a finger."""
    is_phone = request.param == "phone"
    size = PHONE if is_phone else DESKTOP
    with calm_window(browser, site, viewport=size, has_touch=is_phone) as page:
        site.enter(page, "approver").goto(f"{site.url}/admin/campaigns/")
        yield Finger(page) if is_phone else Keyboard(page)


@pytest.fixture
def draft(site: Site) -> Campaign:
    return made(
        site,
        channels=["sms", "app"],
        messages={
            "sms": {"en": {"body": "Hello.\nNow {{ product.name }} costs {{ product.prise }}."}},
            "app": {"en": {"title": "For you", "body": "{{ product.name }}"}},
        },
    )


def made(site: Site, **values: object) -> Campaign:
    said = {"name": "Weekend", "product_id": site.number(WEEKEND), "trigger_event": "recharge", **values}
    with site.app.app_context():
        return CampaignService().create(said, actor="user:editor@example.org")


def saved(site: Site, campaign_id: int) -> Campaign:
    with site.app.app_context():
        db.session.remove()
        return CampaignService().get(campaign_id)


def number_in(page: Page) -> int:
    expect(page).to_have_url(re.compile(r"/admin/campaigns/[0-9]+$"))
    return int(page.url.rpartition("/")[2])


def words(page: Page, part: str = "sms.en.body") -> Locator:
    return page.locator(f"textarea[data-words='{part}']")


def test_a_campaign_is_made_from_a_product_and_a_placeholder_and_activated(hands: Hands, site: Site) -> None:
    page = hands.page
    if hands.is_phone:
        hands.press(page.locator(".phone-bar").get_by_role("link", name="New campaign"))
    else:
        page.keyboard.press("n")
    expect(page.locator("#name")).to_be_focused()
    hands.write(page.locator("#name"), "Weekend for all")
    hands.write(page.get_by_label("Which product is offered?"), WEEKEND)
    expect(page.locator(".offered-text")).to_contain_text("Weekend Data 5 GB")
    hands.write(words(page), "Just for you: ")
    if hands.is_phone:
        hands.press(page.locator("#placeholder-list").get_by_role("button", name="price_formatted").first)
    else:
        hands.write(page.get_by_label(re.compile("Find a field")), "price_form")
        page.keyboard.press("Enter")
    expect(words(page)).to_have_value("Just for you: {{ product.price_formatted }}")
    expect(words(page)).to_be_focused()
    expect(page.locator(".bubble")).to_have_text(re.compile(r"^Just for you: SAR.19\.00$"))
    hands.press(page.locator("main").get_by_role("button", name="Save", exact=True).last)

    number = number_in(page)
    hands.press(page.get_by_role("button", name="Activate"))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Activate Weekend for all?")).to_be_visible()
    hands.press(dialog.get_by_role("button", name="Activate"))

    expect(page.get_by_text("It runs. Pause it to change the offer")).to_be_visible()
    assert saved(site, number).status == "active"
    assert saved(site, number).messages == {"sms": {"en": {"body": "Just for you: {{ product.price_formatted }}"}}}


def test_a_wrong_placeholder_keeps_it_from_running_until_it_is_replaced(
    hands: Hands, site: Site, draft: Campaign
) -> None:
    page = hands.page
    page.goto(f"{site.url}/admin/campaigns/{draft.id}")
    expect(page.get_by_text("Fix 1 error to activate")).to_be_visible()
    expect(page.get_by_role("button", name="Activate")).to_be_disabled()
    expect(page.locator(".lit-mark.is-faulty")).to_have_text("{{ product.prise }}")
    expect(page.locator("label[for=shown-sms]")).to_contain_text("has an error")

    hands.press(page.get_by_role("button", name="Replace"))

    expect(words(page)).to_have_value("Hello.\nNow {{ product.name }} costs {{ product.price }}.")
    expect(page.get_by_role("button", name="Activate")).to_be_enabled()
    expect(page.locator(".lit-mark.is-faulty")).to_have_count(0)
    assert saved(site, draft.id).version == 1


def test_the_text_behind_the_letters_is_the_text_itself_line_for_line(page: Page, site: Site, draft: Campaign) -> None:
    site.enter(page, "editor").goto(f"{site.url}/admin/campaigns/{draft.id}")
    area = words(page)
    area.fill("word " * 60 + "{{ product.name }} " * 12 + "\n\n\nlast {% if product.price %}x{% endif %}\n")
    layer = page.locator(".lit-layer").first
    expect(layer.locator(".lit-mark")).to_have_count(14)
    assert layer.inner_text().rstrip("\u200b") == area.input_value()
    same = "area => { const layer = area.previousElementSibling; return [area.scrollHeight - area.clientHeight, area.clientWidth - layer.clientWidth]; }"
    assert area.evaluate(same) == [0, 0]


def test_another_tab_another_customer_and_another_language_change_what_the_phone_shows(
    page: Page, site: Site, draft: Campaign
) -> None:
    site.enter(page, "editor").goto(f"{site.url}/admin/campaigns/{draft.id}")
    page.locator("#shown-sms").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".app-card")).to_contain_text("Weekend Data 5 GB")
    first = page.locator(".sample-walk bdi").inner_text()
    page.get_by_role("button", name="Next customer").click()
    expect(page.locator(".sample-walk bdi")).not_to_have_text(first)
    page.locator("[data-channel=app] .language-add > summary").click()
    page.locator("[data-channel=app] .language-add").get_by_role("button", name="Arabic").click()
    words(page, "app.ar.title").fill("لك")
    words(page, "app.ar.body").fill("{{ product.name }}")
    expect(page.locator(".app-card strong")).to_have_text("لك")
    assert saved(site, draft.id).version == 1


def test_whoever_adds_or_takes_out_a_channel_or_a_language_goes_on_in_the_text_in_front(
    page: Page, site: Site, draft: Campaign
) -> None:
    site.enter(page, "editor").goto(f"{site.url}/admin/campaigns/{draft.id}")
    page.locator(".channel-add > summary").click()
    page.locator(".channel-add").get_by_role("button", name="Push").click()
    expect(words(page, "push.en.title")).to_be_focused()
    page.get_by_role("button", name="Remove Push").click()
    expect(words(page)).to_be_focused()
    page.locator("[data-channel=sms] .language-add > summary").click()
    page.locator("[data-channel=sms] .language-add").get_by_role("button", name="Arabic").click()
    expect(words(page, "sms.ar.body")).to_be_focused()


def test_what_two_people_wrote_stands_side_by_side(page: Page, site: Site, draft: Campaign) -> None:
    site.enter(page, "editor").goto(f"{site.url}/admin/campaigns/{draft.id}")
    words(page).fill("Mine")
    with site.app.app_context():
        theirs = {"messages": {"sms": {"en": {"body": "Theirs"}}}, "name": "Renamed"}
        CampaignService().patch(draft.id, theirs, expected_version=1, actor="user:admin@example.org")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("changed this campaign")).to_be_visible()
    assert look(page) == []
    page.get_by_role("radio", name="Theirs", exact=True).check()
    page.get_by_role("button", name="Save this choice").click()
    expect(words(page)).to_have_value("Theirs")
    expect(page.locator("#name")).to_have_value("Renamed")


def test_the_menus_of_the_editor_have_no_fault_and_fit_a_phone(page: Page, site: Site, draft: Campaign) -> None:
    page.emulate_media(reduced_motion="reduce")
    site.enter(page, "approver").goto(f"{site.url}/admin/campaigns/{draft.id}")
    faults = []
    for opener in (
        ".channel-add > summary",
        ".offered summary",
        "#segments-menu > summary",
        ".page-head .menu > summary",
    ):
        page.locator(opener).click()
        faults += [f"{opener} {fault}" for fault in look(page, opener.removesuffix("summary").rstrip(" >"))]
        page.keyboard.press("Escape")
    assert not faults, "\n".join(faults)


def test_nothing_typed_is_lost_when_it_is_refused_or_drawn_anew(page: Page, site: Site, draft: Campaign) -> None:
    site.enter(page, "editor").goto(f"{site.url}/admin/campaigns/{draft.id}")
    page.get_by_label("Price", exact=True).fill("cheap")
    words(page).fill("All mine")
    page.locator(".channel-add > summary").click()
    page.locator(".channel-add").get_by_role("button", name="USSD").click()
    words(page, "ussd.en.body").fill("By code")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_label("Price", exact=True)).to_be_focused()
    expect(page.get_by_label("Price", exact=True)).to_have_value("cheap")
    expect(words(page)).to_have_value("All mine")
    expect(words(page, "ussd.en.body")).to_have_value("By code")
    page.get_by_label("Price", exact=True).fill("15")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Weekend saved")).to_be_visible()
    assert saved(site, draft.id).messages["ussd"] == {"en": {"body": "By code"}}


def test_a_campaign_is_made_and_looked_at_without_javascript(browser: Browser, site: Site) -> None:
    with calm_window(browser, site, java_script_enabled=False) as page:
        site.enter(page, "approver").goto(f"{site.url}/admin/campaigns/new")
        page.locator("#name").fill("Plain")
        page.get_by_label("Which product is offered?").fill(WEEKEND)
        words(page).fill("For {{ product.prise }}")
        page.get_by_role("button", name="Preview and check").click()
        expect(page.locator(".offered-text")).to_contain_text("Weekend Data 5 GB")
        page.get_by_role("button", name="Replace").click()
        expect(words(page)).to_have_value("For {{ product.price }}")
        expect(page.locator(".bubble")).to_have_text("For 19.00")
        page.get_by_role("button", name="Save").last.click()
        number = number_in(page)
        page.get_by_role("button", name="Activate").click()
        expect(page.get_by_role("heading", name="Activate Plain?")).to_be_visible()
        page.get_by_role("button", name="Activate").click()
        expect(page.get_by_text("Plain runs")).to_be_visible()
    assert saved(site, number).status == "active"
