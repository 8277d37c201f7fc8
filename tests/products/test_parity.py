"""A field that was added at one door must be at all of them; these tests name the one that was forgotten."""

from typing import Any

from werkzeug.datastructures import MultiDict

from catalog_app.accounts.schema import NewUser
from catalog_app.accounts.service import users
from catalog_app.core.db import db
from catalog_app.products.document import FIELDS as SHOWN
from catalog_app.products.models import Product
from catalog_app.products.patch import READ_ONLY
from catalog_app.products.schema import FIELDS, JSON_FIELDS, ProductInput
from catalog_app.products.service import ProductCatalogService
from tests.support.clients import PASSWORD, Browser
from tests.support.html_forms import untouched_form

INTERNAL = {"deleted_at", "source_hash", "source_values", "search_text", "category_folded", "remap_at", "undone_hash"}
IDENTITY = {"id", "external_system", "external_product_id"}


def columns() -> set[str]:
    return set(Product.__mapper__.columns.keys())


def test_every_rule_has_a_column() -> None:
    assert set(FIELDS) - columns() == set()


def test_every_column_is_shown_in_json_or_is_internal() -> None:
    assert columns() - INTERNAL - set(SHOWN) - {"last_synced"} == set()


def test_every_shown_field_may_be_written_or_is_known_to_be_ours() -> None:
    assert set(SHOWN) - set(FIELDS) - READ_ONLY - IDENTITY - {"is_active"} == set()


FULL: dict[str, Any] = {
    "name": "Flex",
    "short_name": "Flex",
    "description": "A plan.",
    "translations": {"ar": {"name": "فليكس"}},
    "product_type": "bundle",
    "payment_mode": "postpaid",
    "category": "Postpaid",
    "price": "149.00",
    "currency": "SAR",
    "recurring": True,
    "billing_cycle": "monthly",
    "tax_included": True,
    "tax_rate": "15.00",
    "prices": [{"name": "Fee", "price_type": "one_time", "amount": "50.00", "currency": "SAR"}],
    "features": {"data_mb": 1024, "zone_colour": "green"},
    "attributes": {"brand": "Nuvora"},
    "members": [{"product": "PO-1"}],
    "relations": [{"relation": "excludes", "product": "PO-2"}],
    "lifecycle_status": "launched",
    "status_reason": "Asked for",
    "is_available": True,
    "valid_from": "2026-01-01T00:00:00Z",
    "valid_to": "2027-01-01T00:00:00Z",
    "target_segments": ["youth"],
    "exclude_segments": ["senior"],
    "min_customer_value": "0.00",
    "max_customer_value": "1000.00",
    "eligibility_rule": {"all": [{"attribute": "tenure_months", "operator": "gte", "value": 6}]},
    "channels": ["sms"],
    "business_value": "14.00",
    "lever_weight": 20,
    "points_price": 100,
    "quota_total": 500,
    "max_per_customer": 1,
    "cooldown_days": 90,
    "sync_frequency": "daily",
}


def test_the_full_example_names_every_rule() -> None:
    assert set(FIELDS) == set(FULL)


def test_a_full_product_whose_form_is_saved_untouched_stays_as_it_is(client: Browser) -> None:
    """A field without a widget, or whose widget loses something, is named by the difference."""
    editor = users.create(NewUser(email="editor@example.org", name="Editor", role="editor"), PASSWORD, actor="test")
    client.enter(editor)
    product = ProductCatalogService().create(FULL, actor="test")
    before = ProductInput.check(FULL).values()
    address, fields = untouched_form(client.get(f"/admin/products/{product.id}/edit").text, holding="product_type")

    answer = client.post(address, data=MultiDict(fields))

    assert answer.status_code == 303, answer.text
    db.session.rollback()
    db.session.refresh(product)
    assert {name: getattr(product, name) for name in FIELDS if getattr(product, name) != before[name]} == {}
    assert product.version == 1


def test_every_json_column_is_known_as_one() -> None:
    kept_as_json = {name for name, column in Product.__mapper__.columns.items() if "JSON" in type(column.type).__name__}

    assert kept_as_json - set(JSON_FIELDS) - INTERNAL == {"field_locks"}
