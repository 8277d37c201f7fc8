"""Cells that are edited in the list: the same rules, and two editors never overwrite each other."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from tests.products.pages.conftest import MakeProduct
from tests.products.pages.typed import untouched
from tests.support.clients import Browser

FRAGMENT = {"HX-Request": "true"}
Stored = Callable[[int], Product]


def saved(browser: Browser, number: int, cell: str, **typed: str) -> object:
    """Open the editor of a cell, type, and save as a browser without the script does."""
    address = f"/admin/products/{number}/cell/{cell}"
    fields = untouched(browser.get(address).text, address)
    return browser.post(address, data={**fields, **typed})


def test_a_price_typed_in_its_cell_is_saved_and_becomes_ours(
    editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    number = make(price="10", currency="SAR", external_system="xiva")
    saved(editor, number, "price", price="12.50")
    product = stored(number)
    assert (product.price, product.currency, product.version) == (Decimal("12.50"), "SAR", 2)
    assert set(product.field_locks) == {"price"}


def test_a_first_price_takes_the_currency_that_was_suggested(
    editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    number = make()
    saved(editor, number, "price", price="5")
    assert (stored(number).price, stored(number).currency) == (Decimal(5), "SAR")
    saved(editor, number, "price", price="", currency="")
    assert (stored(number).price, stored(number).currency) == (None, None)


def test_dates_are_saved_and_those_left_alone_keep_their_seconds(
    editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    begin = datetime(2026, 1, 1, 8, 30, 12, 345678, tzinfo=UTC)
    number = make(valid_from=begin.isoformat())
    saved(editor, number, "dates", valid_to="2026-12-31T21:00")
    assert (stored(number).valid_from, stored(number).valid_to) == (begin, datetime(2026, 12, 31, 21, tzinfo=UTC))
    saved(editor, number, "dates", valid_to="")
    assert (stored(number).valid_from, stored(number).valid_to) == (begin, None)


def test_a_status_moves_only_where_its_lifecycle_leads(editor: Browser, make: MakeProduct, stored: Stored) -> None:
    number = make(lifecycle_status="launched")
    saved(editor, number, "status", lifecycle_status="suspended", status_reason="Partner talks")
    assert (stored(number).lifecycle_status, stored(number).status_reason) == ("suspended", "Partner talks")
    answer = saved(editor, number, "status", lifecycle_status="in_design")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    saved(editor, number, "status")
    assert (stored(number).lifecycle_status, stored(number).version) == ("suspended", 2)


def test_a_mistake_is_told_in_the_cell_and_what_was_typed_stays(editor: Browser, make: MakeProduct) -> None:
    number = make(price="10", currency="SAR")
    address = f"/admin/products/{number}/cell/price"
    fields = untouched(editor.get(address).text, address)
    answer = editor.post(address, data={**fields, "price": "1O"}, headers=FRAGMENT)
    assert answer.status_code == 422
    assert "Use digits only" in answer.text
    assert 'value="1O"' in answer.text
    assert "<html" not in answer.text


def test_an_editor_who_was_overtaken_compares_both_versions_and_chooses(
    editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    number = make(
        price="10", currency="SAR", target_segments=["youth", "family"], features={"data_mb": 5}, channels=["sms"]
    )
    address = f"/admin/products/{number}/cell/price"
    fields = untouched(editor.get(address).text, address)
    ProductCatalogService().patch(
        number, {"price": "11", "name": "Renamed"}, expected_version=None, actor="user:omar@o.example"
    )
    answer = editor.post(address, data={**fields, "price": "12"}, headers=FRAGMENT)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (409, "#dialog")

    save = f"/admin/products/{number}"
    editor.post(save, data=untouched(answer.text, save))

    product = stored(number)
    assert (product.price, product.name) == (Decimal(12), "Renamed")
    assert (product.target_segments, product.channels) == (["youth", "family"], ["sms"])
    assert product.features == {"data_mb": 5}


def test_a_saved_cell_tells_the_page_to_read_again_and_offers_undo(editor: Browser, make: MakeProduct) -> None:
    number = make(price="10", currency="SAR")
    address = f"/admin/products/{number}/cell/price"
    fields = untouched(editor.get(address).text, address)
    answer = editor.post(address, data={**fields, "price": "12"}, headers=FRAGMENT)
    assert "products-changed" in answer.headers["HX-Trigger"]
    assert "/undo" in answer.text


@pytest.mark.parametrize("name", ["name", "price'", "prices"])
def test_a_cell_that_nobody_may_edit_is_not_there(editor: Browser, make: MakeProduct, name: str) -> None:
    assert editor.get(f"/admin/products/{make()}/cell/{name}").status_code == 404


def test_a_viewer_sees_no_way_into_a_cell_and_is_refused(viewer: Browser, make: MakeProduct) -> None:
    number = make(price="10", currency="SAR")
    assert "/cell/" not in viewer.get("/admin/products/").text
    assert viewer.get(f"/admin/products/{number}/cell/price").status_code == 403
