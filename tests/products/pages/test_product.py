"""The page of a product, and what can be done from it."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.wiring import provide
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.products.usage import Usage, Usages, UsageSource
from tests.products.pages.conftest import MakeProduct
from tests.support.clients import Browser
from tests.support.html_forms import untouched_form
from tests.support.people import HTMX

Stored = Callable[[int], Product]
LOCK = {"by": "user:lina@operator.example", "at": "2026-05-12T10:00:00Z", "reason": None}


@dataclass(frozen=True)
class SpringCampaign:
    """A campaign that uses every product."""

    def usages_of_many(self, product_ids: Collection[int]) -> Usages:
        return {
            number: [Usage("campaign", f"Spring {number}", "/admin/campaigns/1", "will hold")] for number in product_ids
        }


@pytest.fixture
def campaign(app: Flask) -> None:
    provide(app, UsageSource, SpringCampaign())


@pytest.mark.parametrize("tab", ["details", "prices", "features", "targeting", "used", "history"])
def test_every_tab_is_a_page(viewer: Browser, make: MakeProduct, tab: str) -> None:
    answer = viewer.get(f"/admin/products/{make(name='Flex', features={'data_mb': 5})}?tab={tab}")
    assert answer.status_code == 200
    assert "<h1" in answer.text


def test_a_tab_that_does_not_exist_is_not_found(viewer: Browser, make: MakeProduct) -> None:
    assert viewer.get(f"/admin/products/{make()}?tab=secrets").status_code == 404


def test_a_field_says_who_owns_it(editor: Browser, make: MakeProduct) -> None:
    product_id = make(
        name="Flex", field_locks={"name": LOCK}, last_synced=utcnow(), source_values={"product_type": "data"}
    )
    page = editor.get(f"/admin/products/{product_id}").text
    assert "yours since 12 May" in page
    assert "from Xiva, just now" in page


def test_a_conflict_shows_both_values_and_what_can_be_done(editor: Browser, make: MakeProduct) -> None:
    page = editor.get(f"/admin/products/{_in_conflict(make)}").text
    for words in ("SAR 149.00", "SAR 159.00", "Keep mine", "Take Xiva's"):
        assert words in unescape(page).replace("\N{NO-BREAK SPACE}", " ")


def test_keeping_mine_settles_the_conflict(editor: Browser, make: MakeProduct, stored: Stored) -> None:
    product_id = _in_conflict(make)
    editor.send(f"/admin/products/{product_id}/keep", field="price")
    product = stored(product_id)
    assert (product.price, product.sync_state) == (Decimal(149), "local_edit")


def test_taking_theirs_takes_the_value_and_gives_the_field_back(
    editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    product_id = _in_conflict(make)
    editor.send(f"/admin/products/{product_id}/release", field="price")
    product = stored(product_id)
    assert (product.price, product.sync_state) == (Decimal(159), "in_sync")


def test_a_field_that_cannot_be_given_back_alone_is_said_with_the_other_one(
    editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    said = {"name": "Flex", "product_type": "data", "price": "159.00", "currency": "SAR"}
    product_id = make(price=None, currency=None, field_locks={"price": LOCK, "currency": LOCK}, source_values=said)

    answer = editor.post(
        f"/admin/products/{product_id}/release", data={"csrf_token": editor.csrf(), "field": "price"}, headers=HTMX
    )

    assert answer.status_code == 422
    assert "A price needs a currency. Give currency back to its source too." in answer.text
    assert stored(product_id).price is None


def test_a_change_that_cannot_be_taken_back_alone_says_why(
    app: Flask, editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    product_id = make(external_system="manual")
    catalog = ProductCatalogService()
    catalog.patch(product_id, {"currency": "SAR"}, expected_version=None, actor="tests")
    revision = catalog.history(product_id)[0].id
    catalog.patch(product_id, {"price": "10"}, expected_version=None, actor="tests")

    answer = editor.post(f"/admin/products/changes/{revision}/undo", data={"csrf_token": editor.csrf()}, headers=HTMX)

    assert answer.status_code == 422
    assert "A price needs a currency." in answer.text
    assert stored(product_id).currency == "SAR"


def test_a_field_can_be_locked(editor: Browser, make: MakeProduct, stored: Stored) -> None:
    product_id = make()
    editor.send(f"/admin/products/{product_id}/lock", field="name")
    assert set(stored(product_id).field_locks) == {"name"}


def test_the_status_menu_holds_only_what_is_allowed(editor: Browser, make: MakeProduct) -> None:
    page = editor.get(f"/admin/products/{make(lifecycle_status='launched')}").text
    assert re.findall(r'/move/(\w+)"[^>]*class="menu-item"|class="menu-item"\s+href="[^"]*/move/(\w+)"', page) == [
        ("", "suspended"),
        ("", "retired"),
    ]


def test_a_move_is_made_and_can_be_taken_back(editor: Browser, make: MakeProduct, stored: Stored) -> None:
    product_id = make(lifecycle_status="launched")
    editor.send(f"/admin/products/{product_id}/transition", status="suspended", version="1")
    page = editor.get(f"/admin/products/{product_id}").text
    undo = re.search(r'action="(/admin/products/changes/\d+/undo)"', page)
    assert undo
    assert stored(product_id).lifecycle_status == "suspended"
    editor.send(undo[1])
    assert stored(product_id).lifecycle_status == "launched"


@pytest.mark.parametrize("status", ["obsolete", "in_design", "nonsense"])
def test_a_move_that_is_not_allowed_is_refused(editor: Browser, make: MakeProduct, stored: Stored, status: str) -> None:
    product_id = make(lifecycle_status="launched")
    answer = editor.send(f"/admin/products/{product_id}/transition", status=status)
    assert answer.status_code == 422
    assert stored(product_id).lifecycle_status == "launched"


def test_selling_a_retired_product_again_asks_why(editor: Browser, make: MakeProduct) -> None:
    product_id = make(lifecycle_status="retired")
    answer = editor.send(f"/admin/products/{product_id}/transition", status="launched")
    assert answer.status_code == 422
    assert "Say why a retired product is sold again." in answer.text


def test_a_deleted_product_is_gone_and_comes_back(editor: Browser, make: MakeProduct) -> None:
    product_id = make(name="Gone soon")
    answer = editor.send(f"/admin/products/{product_id}/delete", version="1")
    listed = editor.get(answer.headers["Location"]).text
    undo = re.search(r'action="(/admin/products/changes/\d+/undo)"', listed)
    assert undo
    assert editor.get(f"/admin/products/{product_id}").status_code == 404
    editor.send(undo[1])
    assert editor.get(f"/admin/products/{product_id}").status_code == 200


def test_the_page_of_a_deleted_product_says_who_deleted_it_and_restores_it(editor: Browser, make: MakeProduct) -> None:
    product_id = make(name="Deleted by mistake")
    editor.send(f"/admin/products/{product_id}/delete", version="1")
    page = editor.get(f"/admin/products/{product_id}")
    assert page.status_code == 404
    assert "Deleted by" in page.text
    body = page.text.partition("It can be restored")[2]
    address, fields = untouched_form(body, holding="csrf_token")

    answer = editor.post(address, data=dict(fields))

    assert answer.status_code == 303
    assert editor.get(f"/admin/products/{product_id}").status_code == 200


def test_a_bundle_that_holds_a_product_is_told_of_wherever_somebody_may_take_it_off_sale(
    editor: Browser, make: MakeProduct
) -> None:
    product_id = make()
    bundle = make(name="Family & friends", product_type="bundle", members=[{"product": product_id}])
    told = "Bundle, active: stays on sale as it is"

    for part in ("?tab=used", "/move/suspended", "/move/retired", "/removal", "/cell/status"):
        page = editor.get(f"/admin/products/{product_id}{part}").text
        assert f'href="/admin/products/{bundle}"' in page, part
        assert told in page, part
    assert told not in editor.get(f"/admin/products/{product_id}").text
    assert told in editor.get(f"/admin/products/{product_id}/used", headers=HTMX).text
    assert editor.get(f"/admin/products/{product_id}/used").headers["Location"].endswith("?tab=used")
    assert editor.send(f"/admin/products/{product_id}/delete", version="1").headers["Location"] == "/admin/products/"


@pytest.mark.usefixtures("campaign")
def test_a_product_in_use_is_not_deleted_and_names_its_user(editor: Browser, make: MakeProduct) -> None:
    product_id = make(name="Needed")
    asked = editor.get(f"/admin/products/{product_id}/removal").text
    answer = editor.send(f"/admin/products/{product_id}/delete", version="1")
    said = editor.get(answer.headers["Location"]).text
    assert f"Spring {product_id}" in asked
    assert "was not deleted" in said


def test_a_delete_of_an_old_version_is_refused(editor: Browser, make: MakeProduct) -> None:
    product_id = make(name="Flex")
    editor.send(f"/admin/products/{product_id}/transition", status="suspended", version="1")
    editor.send(f"/admin/products/{product_id}/delete", version="1")
    assert editor.get(f"/admin/products/{product_id}").status_code == 200


def test_what_was_not_told_is_unknown_and_never_yes(viewer: Browser, make: MakeProduct) -> None:
    product_id = make(target_segments=["youth"])
    page = viewer.get(f"/admin/products/{product_id}/verdict?customer_value=0").text
    assert "Cannot say yet" in page


def test_a_customer_that_makes_no_sense_is_said_beside_the_field(viewer: Browser, make: MakeProduct) -> None:
    answer = viewer.get(f"/admin/products/{make()}/verdict?customer_value=plenty")
    assert answer.status_code == 200
    assert 'id="customer-customer_value-error"' in answer.text


def test_history_shows_each_field_before_and_after(editor: Browser, make: MakeProduct) -> None:
    product_id = make(lifecycle_status="launched")
    editor.send(f"/admin/products/{product_id}/transition", status="suspended", version="1")
    page = editor.get(f"/admin/products/{product_id}?tab=history").text
    assert re.search(r"<del>Active</del>.*?<ins>Suspended</ins>", page, re.DOTALL)


def test_a_viewer_is_shown_nothing_they_may_not_do(viewer: Browser, make: MakeProduct) -> None:
    page = viewer.get(f"/admin/products/{_in_conflict(make)}").text
    for absent in ("/edit", "/move/", "/removal", "/keep", "/release", "/lock"):
        assert absent not in page


@pytest.mark.parametrize("path", ["transition", "delete", "lock", "release", "keep"])
def test_a_viewer_may_change_nothing(viewer: Browser, make: MakeProduct, path: str) -> None:
    assert viewer.send(f"/admin/products/{make()}/{path}").status_code == 403


def _in_conflict(make: MakeProduct) -> int:
    theirs: dict[str, Any] = {**LOCK, "theirs": "159.00", "theirs_since": "2026-05-20T10:00:00Z"}
    return make(
        price="149",
        currency="SAR",
        field_locks={"price": theirs},
        sync_state="conflict",
        source_values={"name": "Flex", "product_type": "data", "price": "159.00", "currency": "SAR"},
    )
