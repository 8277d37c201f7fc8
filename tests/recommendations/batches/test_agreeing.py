"""A batch, held against one decision for each of its customers."""

from collections.abc import Mapping
from datetime import timedelta
from io import BytesIO
from typing import Any

import orjson
import pytest
from flask import Flask

from catalog_app.contacts.book import NewContact, record
from catalog_app.contacts.customers import hasher
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.customers import CustomerFeatures
from catalog_app.products.models import Product
from catalog_app.recommendations import service
from catalog_app.recommendations.batches import running
from catalog_app.recommendations.batches.reading import blocks_in
from catalog_app.recommendations.decisions.asked import Asked
from catalog_app.recommendations.learning.fitting import ModelSettings
from tests.products.factories import saved
from tests.recommendations.batches.serving import learned, owned, serve, told

CUSTOMERS = 60
RUNGS = {
    "full": ModelSettings(affinity_customers=100),
    "accept_rate": ModelSettings(affinity_customers=100, full_acceptances=10**6),
    "affinity": ModelSettings(affinity_customers=100, full_acceptances=10**6, rate_acceptances=10**6),
}


@pytest.fixture
def products(app: Flask) -> list[int]:
    """Save products of many kinds and return their ids; the last two are newer than any model."""
    with writing() as session:
        made = [saved(session, price="10", currency="SAR", external_product_id=f"PO-{number}") for number in range(4)]
        made += [
            saved(session, price="30", currency="SAR", target_segments=["family"], lever_weight=40),
            saved(session, price="20", currency="SAR", exclude_segments=["gamer"], channels=["sms", "app"]),
            saved(session, price="25", currency="SAR", min_customer_value="100", payment_mode="postpaid"),
            saved(session, business_value="40", max_customer_value="99.99", cooldown_days=30),
            saved(session, relations=[{"relation": "requires", "product": made[0].id}], max_per_customer=2),
            saved(session, relations=[{"relation": "excludes", "product": "PO-1"}]),
            saved(session, eligibility_rule={"any": [_rule("age", "gte", 40), _rule("city", "eq", "Мекка")]}),
            saved(session, price="15", currency="SAR", product_type="voice"),
            saved(session, lifecycle_status="suspended"),
        ]
        return [product.id for product in made]


@pytest.mark.parametrize("rung", RUNGS)
def test_a_batch_offers_each_customer_what_one_decision_would(products: list[int], rung: str) -> None:
    version = serve(learned(products[:-2], settings=RUNGS[rung]))
    _contacted(products[7], "c3")
    rows = [_row(number, products) for number in range(CUSTOMERS)]
    found = _scored(rows, channel="sms", limit=4)
    for row in rows:
        decided = service.preview(_asked(row, channel="sms", limit=4))
        assert (decided.basis, decided.model_version) == (rung, version)
        offers = found[row["customer_id"]]
        assert [offer["priority"] for offer in offers] == pytest.approx(
            [one.priority for one in decided.offers], rel=1e-4
        )
        assert [offer["propensity"] for offer in offers] == pytest.approx(
            [one.propensity for one in decided.offers], rel=1e-4
        )
        assert _told_apart(offers) == _told_apart([vars_of(one) for one in decided.offers])


def test_without_a_model_value_decides_and_there_is_no_propensity(products: list[int]) -> None:
    rows = [_row(number, products) for number in range(20)]
    found = _scored(rows, channel=None, limit=3)
    for row in rows:
        decided = service.preview(_asked(row, channel=None, limit=3))
        assert [one["product_id"] for one in found[row["customer_id"]]] == [one.product_id for one in decided.offers]
        assert {one["propensity"] for one in found[row["customer_id"]]} <= {None}


def test_a_product_that_was_taken_off_sale_is_in_no_later_block(products: list[int]) -> None:
    lines = [{"customer_id": f"c{number}"} for number in range(2)]
    asked = running.asked_of(limit=100, channel=None, context=None)
    scored = running.scored(blocks_in(BytesIO(_lines(lines)), rows=1), asked, running.Done())
    before = next(scored).product_ids.tolist()
    with writing() as session:
        session.get_one(Product, products[0]).is_available = False
    assert set(before) - set(next(scored).product_ids.tolist()) == {products[0]}


def vars_of(offer: Any) -> dict[str, Any]:
    return {"product_id": offer.product_id, "priority": offer.priority}


def _told_apart(offers: list[Any]) -> list[int]:
    """Return the products in their order; of priorities that single precision cannot tell apart, the lower id first."""
    return [
        one["product_id"] for one in sorted(offers, key=lambda one: (-round(one["priority"], 3), one["product_id"]))
    ]


def _row(number: int, products: list[int]) -> dict[str, Any]:
    held: list[Any] = owned(number, products)
    if number % 7 == 0:
        held.append("xiva:PO-1")
    return {"customer_id": f"c{number}", "customer_features": told(1000 + number), "owned": held}


def _asked(row: Mapping[str, Any], *, channel: str | None, limit: int) -> Asked:
    features = row["customer_features"]
    customer = CustomerFeatures.of({**features, "owned": row["owned"]})
    return Asked(customer, features, row["customer_id"], channel=channel, limit=limit)


def _scored(rows: list[dict[str, Any]], *, channel: str | None, limit: int) -> dict[str, list[dict[str, Any]]]:
    asked = running.asked_of(limit=limit, channel=channel, context=None)
    found: dict[str, list[dict[str, Any]]] = {row["customer_id"]: [] for row in rows}
    for offers in running.scored(blocks_in(BytesIO(_lines(rows)), rows=25), asked, running.Done()):
        assert not offers.block.rejected
        for customer, _, product_id, priority, propensity, *_ in offers.as_rows():
            found[customer].append({"product_id": product_id, "priority": priority, "propensity": propensity})
    return found


def _lines(rows: list[dict[str, Any]]) -> bytes:
    return b"\n".join(orjson.dumps(row) for row in rows)


def _rule(attribute: str, operator: str, value: Any) -> dict[str, Any]:
    return {"attribute": attribute, "operator": operator, "value": value}


def _contacted(product_id: int, customer_id: str) -> None:
    with writing() as session:
        record(session, [NewContact(hasher(session)(customer_id), product_id, "sms", utcnow() - timedelta(days=1))])
    db.session.remove()
