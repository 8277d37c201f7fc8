"""What is exported and imported again changes nothing, whatever the products are called and whichever the format."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from catalog_app.core.db import writing
from catalog_app.products.document import ALL_FIELDS
from catalog_app.products.export import WRITABLE
from catalog_app.products.models import Product, Segment
from catalog_app.products.schema import FIELDS
from tests.edits.imports.conftest import Imports
from tests.products.factories import NOW
from tests.support.hostile_names import HOSTILE_NAMES

Make = Callable[..., int]
EVERYTHING: dict[str, Any] = {
    "short_name": "-5 now",
    "description": "one\ntwo; \"three\", 'four'\n=five",
    "translations": {"ar": {"name": "بيانات", "short_name": None, "description": None}},
    "category": "@Prepaid/Data",
    "price": "19.9000",
    "currency": "SAR",
    "recurring": True,
    "billing_cycle": "monthly",
    "tax_included": False,
    "tax_rate": "15",
    "prices": [{"name": "=fee", "price_type": "discount", "amount": "-5.25", "currency": "USD"}],
    "features": {"data_mb": "unlimited", "roaming_zones": ["EU", "US"], "-colour": "=red", "speed": 0.5},
    "attributes": {"brand": "+1", "nested": {"deep": [1, None, True]}},
    "members": [{"product": ["crm", "=1"], "min": 1, "default": 2, "max": None}],
    "relations": [{"relation": "requires", "product": "-7"}],
    "status_reason": "'quoted'",
    "valid_from": NOW.isoformat(),
    "valid_to": "2027-12-31T23:59:59.123456Z",
    "target_segments": ["high-value", "family"],
    "exclude_segments": ["youth"],
    "min_customer_value": "-10.5",
    "max_customer_value": "99999999.9999",
    "eligibility_rule": {"all": [{"attribute": "age", "operator": "gte", "value": 18}]},
    "channels": ["sms", "app"],
    "business_value": "0.0001",
    "lever_weight": -100,
    "points_price": 0,
    "quota_total": 10,
    "max_per_customer": 1,
    "cooldown_days": 0,
    "sync_frequency": "weekly",
}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("csv", WRITABLE), ("csv", ALL_FIELDS), ("xlsx", WRITABLE), ("ndjson", ALL_FIELDS)],
    ids=["csv", "csv-all", "xlsx", "ndjson-all"],
)
def test_an_export_that_is_imported_again_changes_nothing(
    imports: Imports, make: Make, kind: str, fields: tuple[str, ...]
) -> None:
    for name in HOSTILE_NAMES:
        make(name=name)
    make(name="Everything", **EVERYTHING)
    make(name="-", external_system="manual", external_product_id="=manual", sync_state="manual")

    plan = imports.plan(imports.export(kind, fields))

    assert [(change.line, change.field, change.reason) for change in imports.rejected(plan)] == []
    assert (plan.status, plan.error, plan.size) == ("planned", None, 0)
    assert plan.unchanged == len(HOSTILE_NAMES) + 2


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ndjson"])
def test_an_export_makes_the_same_products_in_an_empty_catalogue(imports: Imports, make: Make, kind: str) -> None:
    with writing() as session:
        session.add_all(Segment(key=key, label=key) for key in ("high-value", "family", "youth"))
    numbers = [make(name=name) for name in HOSTILE_NAMES] + [make(name="Everything", **EVERYTHING)]
    before = {
        product.external_product_id: {field: getattr(product, field) for field in FIELDS} for product in imports.all()
    }
    content = imports.export(kind, [field for field in WRITABLE if field not in ("id", "version")])
    with writing() as session:
        session.execute(update(Product).values(external_product_id="was-" + Product.external_product_id))

    plan = imports.applied(content)

    assert [(change.line, change.field, change.reason) for change in imports.rejected(plan)] == []
    assert (plan.status, plan.created) == ("applied", len(numbers))
    after = {
        product.external_product_id: {field: getattr(product, field) for field in FIELDS} for product in imports.all()
    }
    assert {name: values for name, values in after.items() if name in before} == before


def test_a_price_changed_in_a_workbook_is_the_only_thing_that_changes(imports: Imports, make: Make) -> None:
    number = make(name="=Plan", price="19.90", currency="SAR")
    lines = imports.export("csv").decode("utf-8-sig").replace("19.90", "24.5")

    plan = imports.applied(lines.encode())

    product = imports.product(number)
    assert (plan.updated, product.price, product.name) == (1, Decimal("24.5"), "=Plan")
    assert list(product.field_locks) == ["price"]
