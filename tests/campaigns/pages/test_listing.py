"""The list of campaigns: its address is its state, each state has a tab, and an empty one says why."""

from flask import Flask

from tests.campaigns.factories import drafted, offered, running
from tests.support.clients import Browser
from tests.support.people import HTMX


def names(page: str) -> list[str]:
    return [
        part.partition("</bdi>")[0]
        for part in page.split('class="row-link"')[1:]
        for part in [part.partition("<bdi>")[2]]
    ]


def test_each_filter_finds_what_it_names_and_the_tabs_count_the_rest(viewer: Browser, app: Flask) -> None:
    one, two = offered(name="One"), offered(name="Two")
    drafted(one, name="Draft of one", trigger_event="recharge")
    running(two, name="Runs with two")
    candidates = {"product_id": None, "use_nbo": True, "candidates": [one.id, two.id]}
    drafted(None, name="Either", owner="omar@operator.example", channels=["push"], messages={}, **candidates)

    def found(query: str) -> set[str]:
        return set(names(viewer.get(f"/admin/campaigns/{query}").text))

    assert found("") == {"Draft of one", "Runs with two", "Either"}
    assert found("?status=active") == {"Runs with two"}
    assert found("?search=RECHARGE") == {"Draft of one"}
    assert found(f"?product_id={one.id}") == found("?product=One") == {"Draft of one", "Either"}
    assert found("?channel=push") == found("?owner=omar@operator.example") == {"Either"}
    page = " ".join(viewer.get("/admin/campaigns/?channel=sms").text.split())
    assert 'Draft<span class="count">1</span>' in page
    assert 'Active<span class="count">1</span>' in page


def test_a_filter_typed_on_the_page_becomes_the_address_without_what_was_left_blank(
    viewer: Browser, app: Flask
) -> None:
    product = offered(name="One")
    drafted(product)
    answer = viewer.get("/admin/campaigns/?search=&product=One&channel=&owner=&sort=-updated_at", headers=HTMX)
    assert answer.headers["HX-Replace-Url"] == f"/admin/campaigns/?product_id={product.id}"


def test_each_kind_of_emptiness_says_what_it_is(viewer: Browser, editor: Browser, app: Flask) -> None:
    assert "An editor makes the first one." in viewer.get("/admin/campaigns/").text
    assert "No campaigns yet" in editor.get("/admin/campaigns/").text
    drafted(offered())
    nothing = " ".join(editor.get("/admin/campaigns/?search=nothing-has-this-name").text.split())
    assert "1 filter is on. 1 campaign without them." in nothing
    assert "No campaign is in this state" in editor.get("/admin/campaigns/?status=paused").text


def test_what_an_address_gets_wrong_is_passed_over(viewer: Browser, app: Flask) -> None:
    drafted(offered())
    for query in (
        "status=nonsense",
        "sort=nonsense",
        "cursor=nonsense&at=x",
        "product_id=99999999999999999999",
        "owner=%00",
    ):
        assert viewer.get(f"/admin/campaigns/?{query}").status_code == 200


def test_pages_follow_each_other_and_lead_back(viewer: Browser, app: Flask) -> None:
    product = offered()
    for number in range(27):
        drafted(product, name=f"Campaign {number:02}")
    first = viewer.get("/admin/campaigns/?sort=name").text
    following = first.partition('rel="next"')[0].rpartition("cursor=")[2]
    assert len(names(first)) == 25
    assert following
    assert "1\N{EN DASH}25 of 27" in first
