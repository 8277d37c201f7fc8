"""Who owns each field of a product, on every tab, and what people do about it."""

import re
from html import unescape

import pytest

from catalog_app.core.clock import utcnow
from catalog_app.products.service import ProductCatalogService
from tests.products.pages.conftest import MakeProduct
from tests.products.pages.test_product import LOCK, Stored
from tests.support.clients import Browser
from tests.support.html_forms import untouched_form
from tests.support.people import HTMX

SAID = {
    "name": "Flex at Xiva",
    "product_type": "data",
    "features": {"data_mb": 5},
    "attributes": {"terms_url": "https://example.org"},
    "prices": [],
    "target_segments": [],
}


def read(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def synced(make: MakeProduct, **values: object) -> int:
    return make(**{"name": "Flex", "last_synced": utcnow(), "source_values": SAID, **values})


def test_a_locked_field_says_who_locked_it_why_and_what_the_source_says(viewer: Browser, make: MakeProduct) -> None:
    product_id = synced(make, field_locks={"name": {**LOCK, "reason": "Printed on posters"}})

    words = read(viewer.get(f"/admin/products/{product_id}").text)

    assert "yours since 12 May" in words
    assert "lina@operator.example: Printed on posters" in words
    assert "says Flex at Xiva" in words


def test_a_lock_that_says_the_same_as_its_source_does_not_repeat_it(viewer: Browser, make: MakeProduct) -> None:
    product_id = synced(make, name="Flex at Xiva", field_locks={"name": LOCK})

    assert "says Flex at Xiva" not in read(viewer.get(f"/admin/products/{product_id}").text)


@pytest.mark.parametrize(("tab", "field"), [("features", "features"), ("features", "attributes"),
                                            ("prices", "price"), ("targeting", "target_segments")])  # fmt: skip
def test_every_tab_locks_and_releases_its_fields_and_comes_back_to_itself(
    editor: Browser, make: MakeProduct, stored: Stored, tab: str, field: str
) -> None:
    said = {**SAID, "price": "5.00", "currency": "SAR"}
    product_id = synced(
        make, price="5.00", currency="SAR", source_values=said, features={"data_mb": 5}, attributes=SAID["attributes"]
    )
    page = f"/admin/products/{product_id}?tab={tab}"
    assert f"field={field}" in editor.get(page).text

    locked = editor.send(f"/admin/products/{product_id}/lock", field=field, tab=tab, reason="Ours")
    assert locked.headers["Location"] == page
    assert stored(product_id).field_locks[field]["reason"] == "Ours"
    assert f'value="{field}"' in editor.get(page).text

    editor.send(f"/admin/products/{product_id}/release", field=field, tab=tab)
    assert stored(product_id).field_locks == {}


def test_locking_asks_for_a_reason_in_the_dialog_and_as_a_page(editor: Browser, make: MakeProduct) -> None:
    address = f"/admin/products/{synced(make)}/lock?field=name&tab=details"

    assert "Lock Name?" in editor.get(address).text
    assert "<html" not in editor.get(address, headers=HTMX).text
    assert editor.get(f"{address}&field=nothing").status_code == 422


def test_every_conflict_of_a_line_is_settled_by_itself_or_all_at_once(
    editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    theirs = {"theirs": "2027-03-01T00:00:00Z", "theirs_since": "2026-11-20T10:00:00Z"}
    product_id = synced(
        make,
        source_values={**SAID, "valid_from": "2027-01-01T00:00:00Z", "valid_to": "2027-03-01T00:00:00Z"},
        field_locks={"valid_from": {**LOCK, "theirs": "2027-01-01T00:00:00Z"}, "valid_to": {**LOCK, **theirs}},
    )
    words = read(editor.get(f"/admin/products/{product_id}").text)
    assert "2 fields are in conflict." in words
    assert "Valid from Yours" in words
    assert "Valid until Yours" in words

    editor.post(
        f"/admin/products/{product_id}/keep", data={"csrf_token": editor.csrf(), "field": ["valid_from", "valid_to"]}
    )

    assert stored(product_id).sync_state == "local_edit"


def test_products_that_a_product_names_are_shown_by_name_with_a_link(viewer: Browser, make: MakeProduct) -> None:
    other = make(name="Flex 30 GB", external_product_id="PO-30")
    product_id = make(
        name="Flex 60 GB",
        relations=[{"relation": "excludes", "product": "PO-30"}, {"relation": "requires", "product": "PO-gone"}],
        members=[{"product": other, "min": 1, "default": 1, "max": 3}],
    )

    page = viewer.get(f"/admin/products/{product_id}").text

    assert "Excludes Flex 30 GB" in read(page)
    assert "Requires PO-gone" in read(page)
    assert "Flex 30 GB 1 to 3" in read(page)
    assert f'href="/admin/products/{other}"' in page


@pytest.mark.parametrize("follows", [False, True])
def test_the_edit_form_asks_whether_what_changes_goes_on_following_the_source(
    editor: Browser, make: MakeProduct, stored: Stored, follows: bool
) -> None:
    product_id = synced(make)
    action, sent = untouched_form(editor.get(f"/admin/products/{product_id}/edit").text, holding="name")
    fields = [(name, "Renamed" if name == "name" else value) for name, value in sent]

    editor.post(action, data=_form(fields + ([("follow_source", "y")] if follows else [])))

    assert (stored(product_id).name, set(stored(product_id).field_locks)) == ("Renamed", set() if follows else {"name"})


def test_a_product_made_here_is_not_asked_about_a_source(editor: Browser, make: MakeProduct) -> None:
    page = editor.get(f"/admin/products/{make(external_system='manual')}/edit").text

    assert "follow_source" not in page


def test_a_change_that_cannot_be_taken_back_leaves_one_in_the_history_of_its_product(
    editor: Browser, make: MakeProduct
) -> None:
    product_id, catalog = make(external_system="manual"), ProductCatalogService()
    catalog.patch(product_id, {"name": "Second"}, expected_version=None, actor="tests")
    revision = catalog.history(product_id)[0].id
    catalog.patch(product_id, {"name": "Third"}, expected_version=None, actor="tests")

    answer = editor.send(f"/admin/products/changes/{revision}/undo")

    assert answer.headers["Location"] == f"/admin/products/{product_id}?tab=history"
    assert "changed again since" in editor.get(answer.headers["Location"]).text


def test_the_verdict_speaks_in_labels_and_never_in_field_names(viewer: Browser, make: MakeProduct) -> None:
    other = make(name="Flex 30 GB", external_product_id="PO-30")
    product_id = make(
        payment_mode="postpaid",
        channels=["sms", "app"],
        min_customer_value="10",
        relations=[{"relation": "excludes", "product": "PO-30"}],
        eligibility_rule={"all": [{"attribute": "tenure_months", "operator": "gte", "value": 6}]},
        lifecycle_status="launched",
    )

    words = read(viewer.get(f"/admin/products/{product_id}/verdict?channel=email&owned={other}").text)

    assert "Email is not allowed, only SMS, App" in words
    assert "Pays not told" in words
    assert "Status and window active" in words
    assert "The customer owns Flex 30 GB, which it excludes" in words
    for raw in ("payment_mode", "customer_value", "tenure_months", "launched"):
        assert raw not in words.partition("Not eligible")[2]


def _form(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    sent: dict[str, list[str]] = {}
    for name, value in fields:
        sent.setdefault(name, []).append(value)
    return sent
