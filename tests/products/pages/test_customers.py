"""Sample customers, who a product is for, and what a customer may be offered."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask

from catalog_app.accounts.roles import Role
from catalog_app.products.samples.service import SampleInput, keep
from tests.products.pages.conftest import MakeProduct
from tests.products.pages.typed import untouched
from tests.support.clients import Browser

NEW = "/admin/settings/customers/new"
RULE = {"all": [{"attribute": "tenure_months", "operator": "gte", "value": 6}]}
OTHER = "user:other@operator.example"


@pytest.fixture
def nadia(app: Flask) -> int:
    """Return a customer that somebody else shares."""
    features = {"customer_value": "1200", "segments": ["vip"], "tenure_months": 42, "payment_mode": "postpaid"}
    with app.app_context():
        return keep(SampleInput.check("Nadia", features, is_shared=True), owner=OTHER).id


def said(page: str) -> str:
    """Return the words of a page, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(page)).split())


def test_the_verdict_comes_first_and_then_the_checks_in_their_order_in_words(
    viewer: Browser, make: MakeProduct, nadia: int
) -> None:
    product_id = make(
        channels=["sms"],
        max_customer_value="1000",
        target_segments=["vip"],
        eligibility_rule=RULE,
        payment_mode="postpaid",
    )
    page = viewer.get(f"/admin/products/{product_id}?customer={nadia}&channel=sms").text
    box = said(page[page.index('id="verdict-answer"') : page.index("customer-more")])
    order = (
        "Not eligible", "Customer value 1,200 is above 1,000", "Status and window", "SMS is allowed", "Pays",
        "up to 1,000", "vip matches", "42 months is at least 6 months",
    )  # fmt: skip
    places = [box.index(words) for words in order]
    assert places == sorted(places)
    assert page.count('aria-label="fails"') == 1
    assert "tenure_months" not in box


@pytest.mark.parametrize(
    ("customer", "product", "sentence"),
    [
        ("fact.tenure_months=3", {"eligibility_rule": RULE}, "Tenure is 3 months, must be at least 6 months"),
        ("customer_value=0", {"eligibility_rule": RULE}, "Tenure is not told"),
        ("segment=youth", {"target_segments": ["vip", "family"]}, "The customer is not in vip or family"),
        ("segment=vip", {"exclude_segments": ["vip"]}, "vip is left out"),
        ("no_segments=1", {"target_segments": ["vip"]}, "The customer is not in vip"),
        ("customer_value=0", {"target_segments": ["vip"]}, "Tell the segments"),
        ("points=3", {"points_price": 500}, "3 points are below 500"),
        ("payment_mode=prepaid", {"payment_mode": "postpaid"}, "It is for postpaid, the customer is prepaid"),
        ("channel=app&points=1", {"channels": ["sms", "web"]}, "App is not allowed, only SMS, Web"),
        ("points=1", {"lifecycle_status": "suspended"}, "It is not on sale: suspended"),
        ("points=1&at=2030-01-01T00:00", {"valid_to": "2029-01-01T00:00:00Z"}, "It ended 1 Jan 2029"),
    ],
)
def test_a_verdict_says_what_decides_as_a_sentence(
    viewer: Browser, make: MakeProduct, customer: str, product: dict[str, object], sentence: str
) -> None:
    assert sentence in said(viewer.get(f"/admin/products/{make(**product)}/verdict?{customer}").text)


def test_a_product_that_the_customer_owns_is_found_by_its_name_and_judged(viewer: Browser, make: MakeProduct) -> None:
    owned = make(name="Flex 30 GB")
    product_id = make(relations=[{"relation": "excludes", "product": owned}])
    page = viewer.get(f"/admin/products/{product_id}?own=flex+30+gb").text
    assert "The customer owns Flex 30 GB, which it excludes" in said(page)
    assert untouched(page, f"/admin/products/{product_id}")["owned"] == [str(owned)]


def test_a_name_that_several_products_have_is_asked_for(viewer: Browser, make: MakeProduct) -> None:
    twins = {make(name="Twin plan"), make(name="Twin plan")}
    page = viewer.get(f"/admin/products/{make()}?own=twin").text
    offered = re.findall(r'type="radio" name="owned" value="(\d+)"', page)
    assert set(map(int, offered)) == twins
    assert "Which one?" in page


def test_the_address_of_the_page_follows_the_box_and_stays_short(
    viewer: Browser, make: MakeProduct, nadia: int
) -> None:
    path = f"/admin/products/{make()}"
    fields = f"customer={nadia}&of={nadia}&segment=vip&customer_value=1200&payment_mode=postpaid&fact.tenure_months=42"
    same = viewer.get(f"{path}/verdict?tab=prices&{fields}&channel=sms")
    assert same.headers["HX-Replace-Url"] == f"{path}?tab=prices&customer={nadia}&channel=sms"
    changed = viewer.get(f"{path}/verdict?{fields}&points=5").headers["HX-Replace-Url"]
    assert f"of={nadia}" in changed
    assert "Eligible" in said(viewer.get(changed).text)


def test_another_kept_customer_fills_every_field_anew(viewer: Browser, make: MakeProduct, nadia: int) -> None:
    page = viewer.get(f"/admin/products/{make()}?customer={nadia}&of=&customer_value=7&segment=other").text
    fields = untouched(page, re.findall(r'action="(/admin/products/\d+)"', page)[0])
    assert (fields["customer_value"], fields["segment"]) == (["1200"], ["vip"])


def test_a_customer_is_kept_renamed_shared_and_deleted(
    editor: Browser, sign_in: Callable[[Role], Browser], make: MakeProduct
) -> None:
    described = editor.get(f"{NEW}?customer_value=90&segment=youth&fact.city=Jeddah").text
    kept = editor.post(NEW, data=untouched(described, NEW) | {"name": ["Omar"], "is_shared": ["1"]})
    listed = editor.get(kept.headers["Location"]).text
    edit = re.findall(r"/admin/settings/customers/\d+/edit", listed)[0]
    assert "youth" in said(listed)
    renamed = untouched(editor.get(edit).text, edit) | {"name": ["Omar, prepaid"]}
    assert editor.post(edit, data=renamed).status_code == 303

    theirs = sign_in("approver")
    assert "Omar, prepaid" in theirs.get(f"/admin/products/{make()}").text
    refused = theirs.post(edit, data=untouched(theirs.get(edit).text, edit) | {"name": ["Mine now"]})
    assert refused.status_code == 422
    assert "Only who keeps a sample customer may change it." in refused.text

    editor.send(edit.replace("edit", "delete"))
    assert "Omar, prepaid" not in editor.get("/admin/settings/customers/").text.partition("data-table")[2]


def test_a_customer_of_ones_own_is_nobody_elses(app: Flask, editor: Browser) -> None:
    with app.app_context():
        private = keep(SampleInput.check("Private", {"points": 5}), owner=OTHER).id
    assert "Private" not in editor.get("/admin/settings/customers/").text
    assert editor.get(f"/admin/settings/customers/{private}/edit").status_code == 404
    assert "not kept any more" in editor.get(f"/admin/offers?customer={private}").text


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"name": [""]}, "Give it a name"),
        ({"name": ["Twin"]}, "You already keep a customer called Twin."),
        ({"name": ["Odd"], "customer_value": ["plenty"]}, "customer-customer_value-error"),
        ({"name": ["Odd"], "own": ["no such product"]}, "No product has this id or name."),
    ],
)
def test_what_is_wrong_with_a_customer_is_said_and_nothing_typed_is_lost(
    editor: Browser, typed: dict[str, list[str]], fault: str
) -> None:
    form = untouched(editor.get(NEW).text, NEW)
    assert editor.post(NEW, data=form | {"name": ["Twin"], "points": ["1"]}).status_code == 303
    answer = editor.post(NEW, data=form | {"fact.age": ["33"]} | typed)
    assert answer.status_code == 422
    assert fault in answer.text
    assert untouched(answer.text, NEW)["fact.age"] == ["33"]


def test_offers_are_ordered_by_value_and_the_rest_is_grouped_by_its_reason(
    viewer: Browser, make: MakeProduct, nadia: int
) -> None:
    best = make(name="Best", business_value="90", price="1", currency="SAR")
    second = make(name="Second", business_value="20", price="500", currency="SAR")
    make(name="Too dear a customer", max_customer_value="1000")
    make(name="Only for prepaid", payment_mode="prepaid")
    make(name="Off for now", lifecycle_status="suspended")
    make(name="Long tenure", eligibility_rule={"all": [{"attribute": "tenure_months", "operator": "gte", "value": 60}]})
    make(name="Wants points", points_price=5)

    page = viewer.get(f"/admin/offers?customer={nadia}&channel=sms").text
    assert re.findall(r'class="row-link" href="/admin/products/(\d+)\?customer=\d+&amp;channel=sms"', page) == [
        str(best),
        str(second),
    ]
    assert re.findall(r'class="count">(\d+)<', page)[:3] == ["2", "1", "4"]

    refused = viewer.get(f"/admin/offers?customer={nadia}&channel=sms&show=refused").text
    reasons = dict(re.findall(r'list-row reason"[^>]*><span>([^<]+)</span><span class="num">(\d+)', refused))
    assert reasons == {"Customer value": "1", "Pays": "1", "Rule": "1", "Status": "1"}
    by_rule = said(viewer.get(f"/admin/offers?customer={nadia}&channel=sms&show=refused&reason=rule").text)
    assert "Long tenure" in by_rule
    assert "Tenure is 42 months, must be at least 60 months" in by_rule
    assert "Off for now" not in by_rule
    assert "Tell the points" in said(viewer.get(f"/admin/offers?customer={nadia}&channel=sms&show=unknown").text)


@pytest.mark.parametrize(("shown", "mode"), [("offered", "prepaid"), ("refused", "postpaid")])
def test_a_list_is_paged_without_losing_or_repeating_a_product(
    viewer: Browser, make: MakeProduct, shown: str, mode: str
) -> None:
    names = [f"Plan {number:02}" for number in range(55)]
    for name in names:
        make(name=name, payment_mode="prepaid")
    seen: list[str] = []
    address: str | None = f"/admin/offers?payment_mode={mode}&show={shown}"
    while address:
        page = viewer.get(address).text
        seen += re.findall(r'class="row-link"[^>]*><bdi>([^<]+)', page)
        following = re.findall(r'<a class="btn btn-sm" href="([^"]+)">\s*<span>Next', page)
        address = unescape(following[0]) if following else None
    assert sorted(seen) == names
    for first in (26, 1):
        previous = re.search(r'<a class="btn btn-sm" href="([^"]+)">(?:(?!</a>).)*Previous', page, re.DOTALL)
        assert previous
        page = viewer.get(unescape(previous[1])).text
        assert f"{first}–{first + 24} of 55" in said(page)


@pytest.mark.parametrize("query", ["customer=x", "customer=99999999999999", "cursor=nonsense&points=1", "at=never", "from=-4&points=2", "show=all&reason=x&points=1"])  # fmt: skip
def test_an_address_that_makes_no_sense_is_no_fault_of_the_page(viewer: Browser, query: str) -> None:
    assert viewer.get(f"/admin/offers?{query}").status_code == 200


def test_a_viewer_keeps_no_customers_and_is_not_asked_to(viewer: Browser, nadia: int) -> None:
    assert viewer.get(NEW).status_code == 403
    assert NEW not in viewer.get("/admin/offers?points=1").text
