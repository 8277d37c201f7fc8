"""Every answer is what TM Forum's own descriptions say, in both editions of version 4."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog_app.products.models import Product
from tests.support.api import Answer
from tests.tmforum.conftest import Door
from tests.tmforum.specifications import TMF620, TMF680, faults
from tests.tmforum.test_walk import FULL

DEFINITIONS = {
    "productOffering": "ProductOffering",
    "productSpecification": "ProductSpecification",
    "productOfferingPrice": "ProductOfferingPrice",
    "category": "Category",
}
# An edition later than 4.0, and only there: prices as values (4.0 has references alone, whose attributes they have
# too), and relations between offerings.
RICH: dict[str, Any] = {
    "product_type": "data",
    "category": "Mobile/Postpaid",
    "price": "19.90",
    "currency": "SAR",
    "recurring": True,
    "billing_cycle": "quarterly",
    "tax_rate": "15",
    "prices": [
        {"price_type": "one_time", "amount": "50", "currency": "SAR", "tax_included": False},
        {"price_type": "discount", "amount": "-5", "currency": "SAR", "valid_to": "2030-01-01T00:00:00Z"},
    ],
    "features": {"data_mb": "unlimited", "roaming_zones": ["gcc", "eu"], "speed_mbps": 100},
    "valid_from": "2026-01-01T00:00:00Z",
    "target_segments": ["gold"],
    "channels": ["sms"],
    "description": "Everything",
    "status_reason": "Released",
}


@pytest.mark.parametrize("spec", TMF620)
@pytest.mark.parametrize("kind", DEFINITIONS)
def test_what_a_client_made_is_shown_as_specified(door: Door, kind: str, spec: str) -> None:
    made = door.made(kind, **FULL[kind])

    assert faults(spec, DEFINITIONS[kind], made) == []


@pytest.mark.parametrize("spec", TMF620)
def test_products_their_specifications_prices_and_categories_are_shown_as_specified(
    reader: Door, stored: Callable[..., Product], spec: str
) -> None:
    rich = stored(**RICH)
    stored(product_type="bundle", members=[{"product": rich.id}, {"product": "PO-GONE"}])

    prices = [price["href"] for price in reader.get(f"productOffering/{rich.id}").json["productOfferingPrice"]]
    assert len(prices) == 3

    assert [faults(spec, "ProductOfferingPrice", reader.get(price).json) for price in prices] == [[], [], []]
    for kind in ("productOffering", "productSpecification", "category"):
        shown = reader.get(kind).json
        assert shown
        assert [faults(spec, DEFINITIONS[kind], one) for one in shown] == [[] for _ in shown]


@pytest.mark.parametrize("spec", TMF620)
def test_an_error_is_shown_as_specified(reader: Door, spec: str) -> None:
    assert faults(spec, "Error", reader.get("productOffering/999").json) == []


def test_a_recommendation_is_shown_as_specified(
    recommend: Callable[..., Answer], stored: Callable[..., Product]
) -> None:
    stored(**RICH | {"target_segments": []})
    party = {"id": "c-1", "@referredType": "Customer", "characteristic": [{"name": "customer_value", "value": 100}]}

    answer = recommend({"relatedParty": party, "channel": [{"id": "sms"}]})

    assert len(answer.json["recommendationItem"]) == 1
    assert faults(TMF680, "QueryProductRecommendation", answer.json) == []
