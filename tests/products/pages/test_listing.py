"""The list of products: its address is its state, whether a page or a part of one is asked for."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from sqlalchemy import event

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.products.lists import counting
from tests.products.pages.conftest import MakeProduct
from tests.support.clients import Browser

FRAGMENT = {"HX-Request": "true"}


def chip_links(page: str) -> list[str]:
    """Return where the crosses of the chips lead."""
    return [unescape(link) for link in re.findall(r'class="chip-remove"\s+href="([^"]+)"', page)]


def names(page: str) -> list[str]:
    return re.findall(r'class="row-link"[^>]*><bdi>([^<]+)</bdi></a>', page)


def test_a_row_says_price_cycle_system_status_and_category(viewer: Browser, make: MakeProduct) -> None:
    make(name="Flex 60", price="149", currency="SAR", billing_cycle="monthly", category="Postpaid")
    page = viewer.get("/admin/products/").text
    for words in ("Flex 60", "SAR\N{NO-BREAK SPACE}149.00", "/ month", "Xiva", "Active", "Postpaid"):
        assert words in page


def test_values_of_one_filter_widen_and_two_filters_narrow(viewer: Browser, make: MakeProduct) -> None:
    make(name="A", product_type="data", category="Home")
    make(name="B", product_type="sms", category="Home")
    make(name="C", product_type="voice", category="Home")
    make(name="D", product_type="data", category="Roaming")
    page = viewer.get("/admin/products/?product_type=data&product_type=sms&category=home&sort=name").text
    assert names(page) == ["A", "B"]


def test_a_fragment_is_the_results_alone(viewer: Browser, make: MakeProduct) -> None:
    make(name="A")
    answer = viewer.get("/admin/products/", headers=FRAGMENT)
    assert answer.text.lstrip().startswith("<div")
    assert "<html" not in answer.text
    assert "HX-Request" in answer.headers["Vary"]


def test_going_back_in_history_gets_a_whole_page(viewer: Browser) -> None:
    answer = viewer.get("/admin/products/", headers={**FRAGMENT, "HX-History-Restore-Request": "true"})
    assert "<html" in answer.text


def test_the_address_leaves_out_fields_nobody_filled_in(viewer: Browser) -> None:
    asked = "/admin/products/?search=flex&currency=&min_price=&sort=-updated_at&limit=25"
    answer = viewer.get(asked, headers=FRAGMENT)
    assert answer.headers["HX-Replace-Url"] == "/admin/products/?search=flex"


def test_an_address_that_is_plain_already_is_left_alone(viewer: Browser) -> None:
    answer = viewer.get("/admin/products/?search=flex", headers=FRAGMENT)
    assert "HX-Replace-Url" not in answer.headers


def test_a_chip_leads_to_the_list_without_its_filter(viewer: Browser) -> None:
    page = viewer.get("/admin/products/?product_type=data&product_type=sms&search=flex").text
    assert [parse_qs(urlsplit(link).query) for link in chip_links(page)] == [
        {"product_type": ["data", "sms"]},
        {"search": ["flex"]},
    ]


def test_removing_the_currency_removes_the_prices_that_need_it(viewer: Browser) -> None:
    page = viewer.get("/admin/products/?currency=SAR&max_price=500&search=flex").text
    assert "/admin/products/?search=flex" in chip_links(page)


def test_a_filter_that_cannot_be_used_is_named_and_the_list_stays(viewer: Browser, make: MakeProduct) -> None:
    make(name="A")
    answer = viewer.get("/admin/products/?max_price=cheap")
    assert answer.status_code == 200
    assert "Use digits only" in answer.text
    assert names(answer.text) == ["A"]


def test_walking_the_pages_shows_every_product_once(viewer: Browser, make: MakeProduct) -> None:
    wanted = [f"Product {number:02}" for number in range(60)]
    for name in wanted:
        make(name=name)
    address, seen = "/admin/products/?sort=name", []
    while address:
        page = viewer.get(address).text
        seen += names(page)
        following = re.search(r'href="([^"]+)"[^>]*>\s*<span>Next', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == wanted


def test_a_column_sorts_up_then_down_then_not_at_all(viewer: Browser, make: MakeProduct) -> None:
    make(name="A")
    address, seen = "/admin/products/", []
    for _ in range(3):
        found = re.search(r'class="sort-link"\s+href="([^"]+)"[^>]*>Product', viewer.get(address).text)
        assert found
        address = unescape(found[1])
        seen.append(address)
    assert seen == ["/admin/products/?sort=name", "/admin/products/?sort=-name", "/admin/products/"]


def test_a_page_says_which_rows_it_shows(viewer: Browser, make: MakeProduct) -> None:
    for number in range(30):
        make(name=f"Product {number:02}")
    first = viewer.get("/admin/products/?sort=name").text
    following = re.search(r'href="([^"]+)"[^>]*>\s*<span>Next', first)
    assert following
    second = viewer.get(following[1].replace("&amp;", "&")).text
    assert "1\N{EN DASH}25 of 30" in first
    assert "26\N{EN DASH}30 of 30" in second


def test_a_damaged_cursor_leads_to_the_first_page(viewer: Browser, make: MakeProduct) -> None:
    make(name="A")
    answer = viewer.get("/admin/products/?cursor=nonsense&at=900")
    assert (answer.status_code, names(answer.text)) == (200, ["A"])


@pytest.mark.parametrize("text", ["%", "_", "'; drop table product; --", "\ud800", "x" * 5000, "<script>"])
def test_hostile_searches_are_text(viewer: Browser, text: str) -> None:
    answer = viewer.get("/admin/products/", query_string={"search": text.encode("utf-8", "surrogatepass")})
    assert answer.status_code == 200
    assert "<script>" not in answer.text.split("<body", 1)[1].replace("<script src=", "")


def test_a_hostile_name_is_text_on_the_page(viewer: Browser, make: MakeProduct) -> None:
    make(name='<img src=x onerror="alert(1)" hx-get="/login">')
    page = viewer.get("/admin/products/").text
    assert "<img" not in page
    assert "&lt;img" in page


def test_a_name_that_looks_like_a_hole_of_the_row_stays_a_name(viewer: Browser, make: MakeProduct) -> None:
    make(name="{price} of {id}", price="149", currency="SAR")
    assert names(viewer.get("/admin/products/").text) == ["{price} of {id}"]


def test_the_menu_of_categories_knows_a_new_one_within_half_a_minute(viewer: Browser, make: MakeProduct) -> None:
    with time_machine.travel(utcnow(), tick=False) as clock:
        make(name="A", category="Home")
        assert 'value="Home"' in viewer.get("/admin/products/").text
        make(name="B", category="Roaming")
        clock.shift(timedelta(seconds=31))
        assert 'value="Roaming"' in viewer.get("/admin/products/").text


def test_two_empty_lists_differ(viewer: Browser) -> None:
    assert "No products yet" in viewer.get("/admin/products/").text
    assert "No product matches" in viewer.get("/admin/products/?search=absent").text


def test_a_viewer_sees_no_way_to_add_a_product(viewer: Browser, editor: Browser) -> None:
    assert "/admin/products/new" not in viewer.get("/admin/products/").text
    assert "/admin/products/new" in editor.get("/admin/products/").text


def test_a_longer_list_asks_no_more_queries(viewer: Browser, make: MakeProduct) -> None:
    make(target_segments=["youth"])
    few = _queries(viewer)
    for _ in range(20):
        make(target_segments=["youth", "family"])
    assert _queries(viewer) == few


def test_the_figures_lead_to_what_they_count(viewer: Browser, make: MakeProduct) -> None:
    make(lifecycle_status="launched")
    make(lifecycle_status="in_design")
    page = viewer.get("/admin/products/stats").text
    active = re.search(r'href="([^"]+)"[^>]*>\s*<span class="stat-label">Active</span>\s*<span[^>]*>(\d+)<', page)
    assert active
    assert len(names(viewer.get(active[1]).text)) == int(active[2]) == 1


def _queries(browser: Browser) -> int:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    browser.get("/admin/products/")  # The categories are kept for a while; this fills them.
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        browser.get("/admin/products/")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(asked)


def test_a_number_as_the_list_shows_it_finds_its_product(viewer: Browser, make: MakeProduct) -> None:
    wanted = make(name="Wanted", external_product_id="PO-77-XK")
    make(name=f"Not #{wanted}")
    assert names(viewer.get(f"/admin/products/?search=%23{wanted}").text) == ["Wanted"]
    assert names(viewer.get("/admin/products/?search=7-xk").text) == ["Wanted"]


def test_a_filter_without_a_control_survives_the_next_change_of_another(viewer: Browser, make: MakeProduct) -> None:
    make(name="A")
    page = viewer.get("/admin/products/?is_active=true&locked_by=omar%40o.example&changed_days=5").text
    form = page.split('id="filters"', 1)[1].split("</form>", 1)[0]
    assert '<input type="hidden" name="is_active" value="true">' in form
    assert re.search(r'<option value="omar@o.example" selected>', form)
    assert re.search(r'<option value="5" selected>', form)


def test_chips_say_ranges_and_days_as_people_do(viewer: Browser) -> None:
    query = "currency=SAR&max_price=500&changed_days=30&ends_from=2026-11-01&ends_until=2026-11-30"
    page = viewer.get(f"/admin/products/?{query}").text
    said = [unescape(text) for text in re.findall(r'class="chip-value">([^<]+)<', page)]
    assert said == ["last 30 days", "SAR up to 500", "1 Nov to 30 Nov"]
    assert "/admin/products/?ends_from=2026-11-01&ends_until=2026-11-30&changed_days=30" in chip_links(page)


def test_many_matches_are_counted_to_a_bound_and_all_of_them_when_asked(
    viewer: Browser, make: MakeProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST", 27)
    for number in range(30):
        make(name=f"Data {number}", category="Home")
    for query in ("search=data", "category=home"):
        page = viewer.get(f"/admin/products/?{query}").text
        assert "27+</strong> products match" in page
        assert "1\N{EN DASH}25 of 27+" in page
        assert "30</strong> products match" in viewer.get(f"/admin/products/?{query}&count=all").text
    assert "30</strong> products match" in viewer.get("/admin/products/?external_system=xiva").text


def test_the_selection_is_a_form_that_works_by_itself(editor: Browser, viewer: Browser, make: MakeProduct) -> None:
    number = make(name="A", product_type="data")
    page = editor.get("/admin/products/?product_type=data").text
    form = page.split('id="bulk"', 1)[1].split("</form>", 1)[0]
    assert 'action="/admin/edits/new"' in form
    assert '<input type="hidden" name="query" value="product_type=data">' in form
    assert {"segments", "price_set", "suspend", "retire"} <= set(re.findall(r'name="action" value="(\w+)"', form))
    assert re.search(rf'name="ids" value="{number}" form="bulk"', page)
    answer = editor.send("/admin/edits/new", action="price_set", ids=str(number))
    assert answer.status_code == 200
    assert "/admin/edits/new" not in viewer.get("/admin/products/").text


def test_nothing_that_matches_says_how_many_there_are_without_the_filters(viewer: Browser, make: MakeProduct) -> None:
    make(name="A")
    page = viewer.get("/admin/products/?search=absent&product_type=data").text
    assert "2 filters are on; 1 product without them." in page


def test_what_needs_a_person_is_said_in_the_figures(viewer: Browser, make: MakeProduct) -> None:
    make(sync_state="conflict")
    make(sync_state="conflict")
    assert "2 conflicts" in viewer.get("/admin/products/stats").text


def test_a_price_without_a_currency_is_in_the_operators_own_and_a_fault_names_the_filter(viewer: Browser) -> None:
    priced, faulty = (viewer.get(f"/admin/products/?{asked}").text for asked in ("max_price=200", "min_price=cheap"))

    assert ("SAR up to 200" in priced, "Say in which one currency" in priced) == (True, False)
    assert "<strong>Price from</strong>" in faulty


def test_a_choice_that_there_is_not_is_told_in_the_words_of_people(viewer: Browser) -> None:
    page, arabic = (
        viewer.get("/admin/products/?product_type=phone", headers={"Accept-Language": language}).text
        for language in ("en", "ar")
    )

    assert "Choose one of: Voice, Data, SMS, Bundle, " in page
    assert ("Choose one of" in arabic, "Voice, Data" in arabic) == (False, False)
