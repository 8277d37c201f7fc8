"""What the earlier implementation promised and did not keep. Each test names the promise or the defect."""

import inspect
import re
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from catalog_app.core.db import db
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.service import ProductSyncService
from tests.sync.conftest import settings_overrides, xiva
from tests.sync.offerings import offering

__all__ = ["settings_overrides", "xiva"]
pytestmark = pytest.mark.usefixtures("app")


def synced(external_id: str) -> Product:
    db.session.rollback()
    product = ProductCatalogService().by_identity("xiva", external_id)
    assert product is not None
    return product


def made(**values: Any) -> Product:
    plain = {
        "name": "Plan",
        "product_type": "data",
        "price": "10.00",
        "currency": "SAR",
        "lifecycle_status": "launched",
    }
    return ProductCatalogService().create({**plain, **values}, actor="test")


def test_the_model_call_works_exactly_as_it_was_promised() -> None:
    open_to_all = made(name="Open")
    made(name="Too dear", min_customer_value="1001")
    inclusive = made(name="Inclusive", min_customer_value="1000", max_customer_value="1000", price="30.00")

    products = ProductCatalogService().get_products_for_ml_recommendation(
        {"lifetime_value": 1000, "total_revenue": 500}
    )

    assert [product.id for product in products] == [inclusive.id, open_to_all.id]


def test_sync_from_xiva_takes_no_argument_and_runs_the_whole_engine() -> None:
    assert list(inspect.signature(ProductSyncService().sync_from_xiva).parameters) == []

    run = ProductSyncService().sync_from_xiva()

    assert (run.status, run.created) == ("applied", 120)


def test_defect_only_the_first_page_of_the_source_was_read() -> None:
    ProductSyncService().sync_from_xiva()

    assert ProductCatalogService().stats().total == 120


def test_defect_launched_was_taken_for_inactive(xiva: XivaStandin) -> None:
    xiva.listing.change("PO-1", lifecycleStatus="Launched")

    ProductSyncService().sync_from_xiva()

    assert synced("PO-1").is_active


def test_defect_only_the_first_price_was_kept(xiva: XivaStandin) -> None:
    monthly = offering(1)["productOfferingPrice"][0]
    fee = {
        "name": "Activation",
        "priceType": "oneTime",
        "price": {"taxIncludedAmount": {"unit": "SAR", "value": "50.00"}},
    }
    xiva.listing.change("PO-1", productOfferingPrice=[fee, monthly])

    ProductSyncService().sync_from_xiva()

    product = synced("PO-1")
    assert (product.price, product.recurring) == (Decimal("19.90"), True)
    assert [(price["name"], price["amount"]) for price in product.prices] == [("Activation", "50.00")]


def test_defect_local_edits_were_overwritten_at_every_sync(xiva: XivaStandin) -> None:
    ProductSyncService().sync_from_xiva()
    ProductCatalogService().patch(synced("PO-1").id, {"price": "15.00"}, expected_version=None, actor="user:lina")
    xiva.listing.change("PO-1", name="Changed at the source")

    ProductSyncService().sync_from_xiva()

    assert (synced("PO-1").name, synced("PO-1").price) == ("Changed at the source", Decimal(15))


def test_defect_nothing_was_ever_marked_gone(xiva: XivaStandin) -> None:
    ProductSyncService().sync_from_xiva()
    xiva.listing.withdraw("PO-1")

    ProductSyncService().sync_from_xiva()

    assert synced("PO-1").sync_state == "missing"


def test_defect_a_null_billing_cycle_ended_the_whole_run(xiva: XivaStandin) -> None:
    price = {
        "priceType": "recurring",
        "recurringChargePeriod": None,
        "price": {"taxIncludedAmount": {"unit": "SAR", "value": 1}},
    }
    xiva.listing.change("PO-1", productOfferingPrice=[price])

    run = ProductSyncService().sync_from_xiva()

    assert (run.status, run.fetched) == ("applied", 120)


def test_defect_unknown_words_were_guessed(xiva: XivaStandin) -> None:
    xiva.listing.change("PO-1", lifecycleStatus="Sort of active")

    run = ProductSyncService().sync_from_xiva()

    assert (run.created, run.rejected) == (119, 1)


def test_defect_unknown_types_were_guessed_in_silence(xiva: XivaStandin) -> None:
    xiva.listing.change(
        "PO-1", category=[{"id": "9", "name": "Miscellanea"}], productOfferingCharacteristic=[], name="Something"
    )

    run = ProductSyncService().sync_from_xiva()

    assert synced("PO-1").product_type == "service"
    assert run.defaults_taken == {"product_type": 1}


def test_defect_customer_value_0_was_treated_as_missing() -> None:
    made(name="For spenders", min_customer_value="100")
    everyone = made(name="For everyone")

    products = ProductCatalogService().get_products_for_ml_recommendation({"lifetime_value": 0})

    assert [product.id for product in products] == [everyone.id]


def test_defect_the_api_was_open_to_everyone(app: Flask) -> None:
    client: FlaskClient = app.test_client()
    for rule in app.url_map.iter_rules():
        # What describes the API says nothing of the catalogue, and is open.
        if str(rule).startswith("/api/loyalty/") and "GET" in (rule.methods or ()):
            address = re.sub("<[^>]+>", "1", str(rule))
            assert client.get(address).status_code == 401, address
