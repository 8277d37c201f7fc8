"""The eight routes of the earlier implementation, as its consumers ask them: the addresses, parameters and names stay."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from catalog_app.products.models import Product
from tests.support.api import Program

Stored = Callable[..., Product]
BASE = "/api/loyalty/v1/products"
FIELDS = {
    "id", "external_system", "external_product_id", "name", "description", "product_type", "category", "price",
    "currency", "recurring", "billing_cycle", "features", "attributes", "is_active", "is_available", "valid_from",
    "valid_to", "target_segments", "min_customer_value", "max_customer_value", "sync_frequency", "last_synced",
    "created_at", "updated_at",
}  # fmt: skip


@pytest.fixture
def consumer(app: Flask) -> Program:
    return Program.with_scopes(app, "products:read", "products:write", "sync:run")


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Flex", "Talk", "Draft"}),
        ("?product_type=data", {"Flex", "Draft"}),
        ("?external_system=xiva", {"Flex", "Talk", "Draft"}),
        ("?is_active=true", {"Flex", "Talk"}),
        ("?is_active=false", {"Draft"}),
        ("?is_available=false", {"Talk"}),
        ("?category=post", {"Flex"}),
        ("?search=fle", {"Flex"}),
        ("?product_type=data&is_active=true&is_available=true&category=Postpaid&search=flex", {"Flex"}),
    ],
)
def test_the_list_and_its_filters(consumer: Program, stored: Stored, query: str, found: set[str], slash: str) -> None:
    stored(name="Flex", category="Postpaid")
    stored(name="Talk", product_type="voice", is_available=False)
    stored(name="Draft", lifecycle_status="in_design")

    answer = consumer.get(f"{BASE}{slash}{query}")

    assert answer.status_code == 200
    assert {product["name"] for product in answer.json["results"]} == found
    assert set(answer.json["results"][0]) >= FIELDS


def test_a_product_is_created_read_set_and_deleted(consumer: Program) -> None:
    sent: dict[str, Any] = {
        "external_system": "manual",
        "external_product_id": "FLEX-30",
        "name": "Flex 30",
        "description": "30 GB",
        "product_type": "data",
        "category": "Postpaid",
        "price": 149.5,
        "currency": "SAR",
        "recurring": True,
        "billing_cycle": "monthly",
        "features": {"data_mb": 30000},
        "attributes": {"brand": "Flex"},
        "is_active": True,
        "is_available": True,
        "target_segments": ["gold"],
        "min_customer_value": 0,
        "max_customer_value": 1000,
        "sync_frequency": "manual",
    }

    made = consumer.post(f"{BASE}/", sent)
    address = f"{BASE}/{made.json['id']}/"

    assert made.status_code == 201
    assert set(made.json) >= FIELDS
    assert {name: made.json[name] for name in ("name", "price", "is_active", "category")} == {
        "name": "Flex 30",
        "price": "149.50",
        "is_active": True,
        "category": "Postpaid",
    }
    assert consumer.get(address).json == made.json
    changed = consumer.put(address, {**made.json, "name": "Flex 40", "is_active": False})
    assert (changed.status_code, changed.json["name"], changed.json["is_active"]) == (200, "Flex 40", False)
    assert consumer.delete(address).status_code == 204
    assert consumer.get(address).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("customer_value=1000", {"Everybody", "Up to 1000", "Gold"}),
        ("customer_value=1001", {"Everybody", "Gold"}),
        ("customer_value=0", {"Everybody", "Up to 1000", "Gold"}),
        ("customer_value=1000&segment=silver", {"Everybody", "Up to 1000"}),
        ("customer_value=1000&segment=gold", {"Everybody", "Up to 1000", "Gold"}),
        ("segment=gold", {"Everybody", "Up to 1000", "Gold"}),
    ],
)
def test_what_is_available_to_a_customer(consumer: Program, stored: Stored, query: str, found: set[str]) -> None:
    stored(name="Everybody")
    stored(name="Up to 1000", max_customer_value="1000")
    stored(name="Gold", target_segments=["gold"])
    stored(name="Off", lifecycle_status="suspended")

    answer = consumer.get(f"{BASE}/available/?{query}")

    assert answer.status_code == 200
    assert {product["name"] for product in answer.json["results"]} == found


def test_the_counts(consumer: Program, stored: Stored) -> None:
    stored()
    stored(product_type="voice", is_available=False)

    stats = consumer.get(f"{BASE}/stats/").json

    assert (stats["total"], stats["active"], stats["available"]) == (2, 2, 1)
    assert (stats["by_type"], stats["by_system"]) == ({"data": 1, "voice": 1}, {"xiva": 2})
    assert set(stats) == {
        "total", "active", "available", "by_type", "by_system", "by_status", "by_sync_state", "last_sync",
    }  # fmt: skip


def test_a_sync_is_asked_for(consumer: Program) -> None:
    unknown = consumer.post(f"{BASE}/sync/", {"external_system": "nowhere"})
    unconfigured = consumer.post(f"{BASE}/sync/", {"external_system": "xiva", "dry_run": False, "full": False})

    assert (unknown.status_code, unconfigured.status_code) == (404, 409)
