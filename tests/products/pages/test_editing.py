"""Adding and editing: rules answer beside the field, nothing typed is lost, two people never overwrite each other."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from tests.products.pages.conftest import MakeProduct
from tests.products.pages.typed import Fields, untouched
from tests.support.clients import Browser

FRAGMENT = {"HX-Request": "true"}
Stored = Callable[[int], Product]

RICH: dict[str, Any] = {
    "name": "Flex Postpaid 60 GB",
    "short_name": "Flex 60",
    "description": "Two\n\nlines & more",
    "product_type": "bundle",
    "category": "Postpaid",
    "price": "149.5",
    "currency": "SAR",
    "recurring": True,
    "billing_cycle": "monthly",
    "tax_included": False,
    "tax_rate": "15",
    "prices": [
        {
            "name": "Activation",
            "price_type": "one_time",
            "amount": "25.00",
            "currency": "SAR",
            "tax_included": False,
            "valid_from": "2026-01-01T00:00:00Z",
        },
        {"price_type": "discount", "amount": "-5", "currency": "USD", "billing_cycle": "monthly"},
    ],
    "features": {
        "data_mb": 61440,
        "voice_minutes": "unlimited",
        "roaming_zones": ["GCC", "EU"],
        "hotspot": True,
        "note": "12",
        "ratio": 1.5,
        "nested": {"a": [1, None]},
    },
    "attributes": {"brand": "Tamra", "rank": 3},
    "members": [{"product": ["crm", "PO-1"], "min": 0, "default": 1, "max": None}],
    "relations": [{"relation": "excludes", "product": "PO-2"}, {"relation": "requires", "product": ["crm", "7"]}],
    "translations": {"ar": {"name": "فليكس"}, "en-GB": {"short_name": "Flex"}},
    "valid_to": "2026-12-31T23:59:59.999999Z",
    "target_segments": ["youth", "family"],
    "exclude_segments": ["expat"],
    "min_customer_value": "0",
    "max_customer_value": "1000",
    "channels": ["web", "sms", "app"],
    "eligibility_rule": {
        "all": [
            {"attribute": "tenure_months", "operator": "gte", "value": 6},
            {"attribute": "city", "operator": "in", "value": ["Riyadh", "7"]},
            {"attribute": "email", "operator": "exists", "value": False},
        ]
    },
    "business_value": "12.5",
    "lever_weight": -10,
    "max_per_customer": 2,
    "cooldown_days": 30,
    "sync_frequency": "daily",
}


def form_of(browser: Browser, product_id: int) -> Fields:
    return untouched(browser.get(f"/admin/products/{product_id}/edit").text, f"/admin/products/{product_id}")


def new_form(browser: Browser) -> Fields:
    return untouched(browser.get("/admin/products/new").text, "/admin/products/")


def test_a_form_that_nobody_touched_changes_nothing(editor: Browser, make: MakeProduct, stored: Stored) -> None:
    product_id = make(**RICH)
    answer = editor.post(f"/admin/products/{product_id}", data=form_of(editor, product_id))
    assert answer.status_code == 303
    assert stored(product_id).version == 1


def test_a_rule_of_groups_inside_groups_survives_the_form(editor: Browser, make: MakeProduct, stored: Stored) -> None:
    leaf = {"attribute": "age", "operator": "lt", "value": 26}
    product_id = make(eligibility_rule={"any": [{"not": [leaf]}, leaf]})
    editor.post(f"/admin/products/{product_id}", data=form_of(editor, product_id))
    assert stored(product_id).version == 1


def test_what_is_typed_is_saved_and_becomes_the_peoples_own(editor: Browser, make: MakeProduct, stored: Stored) -> None:
    product_id = make(**RICH)
    typed = form_of(editor, product_id) | {"name": ["Flex 80"], "price": ["159.00"], "feature_data_mb": ["unlimited"]}
    answer = editor.post(f"/admin/products/{product_id}", data=typed)
    product = stored(product_id)
    assert answer.headers["Location"] == f"/admin/products/{product_id}"
    assert (product.name, product.price, product.features["data_mb"]) == ("Flex 80", Decimal(159), "unlimited")
    assert set(product.field_locks) == {"name", "price", "features"}


def test_a_broken_rule_stands_beside_its_field_and_the_text_stays(editor: Browser, make: MakeProduct) -> None:
    product_id = make(price="10", currency="SAR")
    answer = editor.post(f"/admin/products/{product_id}", data=form_of(editor, product_id) | {"price": ["14O.00"]})
    assert answer.status_code == 422
    field = re.search(r'<input[^>]*id="price"[^>]*>', answer.text)
    assert field
    assert 'value="14O.00"' in field[0]
    assert 'aria-invalid="true"' in field[0]
    assert 'aria-describedby="price-error"' in field[0]
    assert re.search(r'id="price-error".*?Use digits only', answer.text, re.DOTALL)


def test_a_fault_in_a_row_stands_in_that_row(editor: Browser, make: MakeProduct) -> None:
    product_id = make(**RICH)
    typed = form_of(editor, product_id) | {"prices-1-amount": ["much"], "feature_sms_count": ["many"]}
    page = editor.post(f"/admin/products/{product_id}", data=typed).text
    assert 'id="prices-1-amount-error"' in page
    assert 'id="feature_sms_count-error"' in page
    assert 'id="prices-0-amount-error"' not in page


def test_a_product_without_a_name_is_refused_with_what_was_typed(editor: Browser) -> None:
    answer = editor.post("/admin/products/", data=new_form(editor) | {"description": ["Kept"]})
    assert answer.status_code == 422
    assert "Kept" in answer.text
    assert 'id="name-error"' in answer.text


def test_a_product_made_here_needs_no_id_of_a_source(editor: Browser, stored: Stored) -> None:
    answer = editor.post(
        "/admin/products/", data=new_form(editor) | {"name": ["Welcome"], "external_system": ["manual"]}
    )
    assert answer.status_code == 303
    product = stored(int(answer.headers["Location"].rsplit("/", 1)[1]))
    assert (product.name, product.external_system, product.sync_state) == ("Welcome", "manual", "manual")


def test_an_identity_that_is_taken_is_said_beside_the_id(editor: Browser, make: MakeProduct) -> None:
    make(external_product_id="PO-1")
    typed = {"name": ["Twin"], "external_system": ["xiva"], "external_product_id": ["PO-1"]}
    answer = editor.post("/admin/products/", data=new_form(editor) | typed)
    assert answer.status_code == 422
    assert 'id="external_product_id-error"' in answer.text


def test_adding_a_row_saves_nothing_and_keeps_what_was_typed(
    editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    product_id = make()
    typed = form_of(editor, product_id) | {"name": ["Half way"], "add_row": ["prices"]}
    answer = editor.post(f"/admin/products/{product_id}", data=typed)
    assert answer.status_code == 200
    assert 'name="prices-0-amount"' in answer.text
    assert 'value="Half way"' in answer.text
    assert stored(product_id).version == 1


def test_a_removed_row_is_gone_when_the_form_is_saved(editor: Browser, make: MakeProduct, stored: Stored) -> None:
    product_id = make(**RICH)
    page = editor.post(
        f"/admin/products/{product_id}", data=form_of(editor, product_id) | {"remove_row": ["prices-0"]}
    ).text
    editor.post(f"/admin/products/{product_id}", data=untouched(page, f"/admin/products/{product_id}"))
    assert [price["price_type"] for price in stored(product_id).prices] == ["discount"]


def test_two_versions_stand_side_by_side_and_nothing_is_written(
    editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    product_id = make(name="Flex", price="10", currency="SAR")
    typed = form_of(editor, product_id) | {"name": ["Mine"], "description": ["Long text of mine"]}
    _somebody_else(product_id, name="Theirs", price="12")
    answer = editor.post(f"/admin/products/{product_id}", data=typed)
    assert answer.status_code == 409
    for words in ("Mine", "Theirs", "Long text of mine"):
        assert words in answer.text
    assert stored(product_id).name == "Theirs"


def test_the_choice_between_two_versions_is_saved_field_by_field(
    editor: Browser, make: MakeProduct, stored: Stored
) -> None:
    product_id = make(name="Flex", price="10", currency="SAR", category="Home")
    typed = form_of(editor, product_id) | {"name": ["Mine"], "category": ["Mine"]}
    _somebody_else(product_id, name="Theirs", price="12")
    compared = editor.post(f"/admin/products/{product_id}", data=typed).text
    chosen = untouched(compared, f"/admin/products/{product_id}") | {"choose-name": ["theirs"]}
    editor.post(f"/admin/products/{product_id}", data=chosen)
    product = stored(product_id)
    # The price was theirs alone, the category mine alone: both are suggested so.
    assert (product.name, product.category, product.price) == ("Theirs", "Mine", Decimal(12))


def test_on_htmx_a_save_answers_a_toast_and_tells_the_page(editor: Browser, make: MakeProduct) -> None:
    product_id = make()
    typed = form_of(editor, product_id) | {"name": ["New name"]}
    answer = editor.post(f"/admin/products/{product_id}", data=typed, headers=FRAGMENT)
    assert answer.status_code == 200
    assert "New name saved" in answer.text
    assert "/undo" in answer.text
    assert {"dialog-close", "products-changed"} <= set(answer.headers["HX-Trigger"].replace('"', " ").split())


def test_on_htmx_a_broken_rule_answers_the_form_alone(editor: Browser, make: MakeProduct) -> None:
    product_id = make()
    typed = form_of(editor, product_id) | {"name": [""]}
    answer = editor.post(f"/admin/products/{product_id}", data=typed, headers=FRAGMENT)
    assert answer.status_code == 422
    assert "<html" not in answer.text


def test_a_viewer_may_not_edit(viewer: Browser, make: MakeProduct) -> None:
    assert viewer.get(f"/admin/products/{make()}/edit").status_code == 403


def _somebody_else(product_id: int, **values: str) -> None:
    ProductCatalogService().patch(product_id, values, expected_version=None, actor="user:other@operator.example")
