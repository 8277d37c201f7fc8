"""The whole walk over JSON: from a synced product to delivered messages, until the source withdraws the product."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask

from catalog_app.campaigns.watching import CampaignWatch
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.service import ProductSyncService
from tests.campaigns.triggering.calls import item
from tests.support.api import Program
from tests.sync.here import product

POLICIES = ("hold", "stop", "successor", "last_snapshot")
TEXT = "{{ product.name }} for {{ product.price_formatted }}"
WORTH: dict[str, Any] = {"customer_features": {"customer_value": 100}}
CUSTOMERS = [item(number, **WORTH) for number in range(1000)]


@pytest.fixture
def engine(app: Flask) -> Program:
    scopes = ("campaigns:read", "campaigns:write", "campaigns:trigger", "sync:run", "sync:approve")
    return Program.with_scopes(app, *scopes)


@pytest.fixture
def offered(sync: ProductSyncService) -> int:
    """Return a product of Xiva for customers of little value, which names its successor."""
    sync.sync_from_xiva()
    values = {
        "relations": [{"relation": "replaced_by", "product": product("PO-6").id}],
        "max_customer_value": "1000",
    }
    return ProductCatalogService().patch(product("PO-5").id, values, expected_version=None, actor="user:ana").id


def made(engine: Program, product_id: int, policy: str, text: str = TEXT) -> int:
    """Make a campaign and return its number."""
    values = {"name": policy, "product_id": product_id, "channels": ["sms"], "on_withdrawal": policy}
    answer = engine.post("/campaigns/", {**values, "messages": {"sms": {"en": {"body": text}}}})
    assert answer.status_code == 201
    return int(answer.json["id"])


def triggered(engine: Program, campaign_id: int, items: Sequence[dict[str, Any]]) -> Any:
    answer = engine.post(f"/campaigns/{campaign_id}/trigger/", {"items": items})
    assert answer.status_code == 200
    return answer.json


def fetched(engine: Program) -> list[dict[str, Any]]:
    """Fetch what the outbox has, acknowledge it, and return it."""
    leased = engine.get("/campaigns/outbox/?limit=1000").json
    found: list[dict[str, Any]] = leased["results"]
    if found:
        settled = engine.post("/campaigns/outbox/ack/", {"lease": leased["lease"]}).json["settled"]
        assert settled == len(found)
    return found


def test_from_a_synced_product_to_its_withdrawal_nobody_gets_anything_twice_and_each_policy_does_what_it_says(
    engine: Program, offered: int, sync: ProductSyncService, xiva: XivaStandin
) -> None:
    # A mistake is found, and what it was meant to be; then it is mended, and the campaign runs.
    first = made(engine, offered, "hold", text="{{ product.nmae }}")
    refused = engine.post(f"/campaigns/{first}/activate/")
    assert (refused.status_code, refused.json["findings"][0]["suggestion"]) == (409, "product.name")
    mended = {"messages": {"sms": {"en": {"body": TEXT}}}}
    assert engine.patch(f"/campaigns/{first}/", mended, headers={"If-Match": "*"}).status_code == 200
    seen = {
        value: engine.post(f"/campaigns/{first}/preview/", {"customer_features": {"customer_value": value}}).json
        for value in (100, 5000)
    }
    assert {value: shown["previews"][0]["eligibility"] for value, shown in seen.items()} == {100: "yes", 5000: "no"}
    campaigns = {policy: first if policy == "hold" else made(engine, offered, policy) for policy in POLICIES}
    for number in campaigns.values():
        assert engine.post(f"/campaigns/{number}/activate/").status_code == 200

    # A thousand customers in one call, each of them once, however often they are triggered.
    assert triggered(engine, first, CUSTOMERS)["counts"] == {"waiting": 1000, "repeated": 0}
    parcels = fetched(engine)
    assert Counter(parcel["customer_id"] for parcel in parcels) == Counter(one["customer_id"] for one in CUSTOMERS)
    assert {parcel["message"]["body"] for parcel in parcels} == {"Plan 5 for SAR 19.90"}
    assert triggered(engine, first, CUSTOMERS)["counts"] == {"sent": 1000, "repeated": 1000}
    assert fetched(engine) == []

    # One customer of each campaign waits while the source withdraws the product; the next comes afterwards.
    before = {policy: triggered(engine, number, [item(2000, **WORTH)]) for policy, number in campaigns.items()}
    xiva.listing.withdraw("PO-5")
    plan = sync.run("xiva", dry_run=True)
    (change,) = engine.get(f"/sync/runs/{plan.id}/changes/").json["results"]
    assert {usage["name"] for usage in change["used_by"]} == set(POLICIES)
    sync.sync_from_xiva()
    watch = CampaignWatch()
    for row in watch.waiting():
        watch.work_on(row)
    after = {policy: triggered(engine, number, [item(3000, **WORTH)]) for policy, number in campaigns.items()}
    out = fetched(engine)

    said = {(parcel["campaign"], parcel["key"]): parcel["message"]["body"] for parcel in out}
    assert said == {
        ("successor", "k2000"): "Plan 6 for SAR 19.90",
        ("successor", "k3000"): "Plan 6 for SAR 19.90",
        ("last_snapshot", "k2000"): "Plan 5 for SAR 19.90",
        ("last_snapshot", "k3000"): "Plan 5 for SAR 19.90",
    }
    stands = {policy: _status(engine, answer) for policy, answer in before.items()}
    assert stands == {"hold": "held", "stop": "cancelled", "successor": "sent", "last_snapshot": "sent"}
    answered = {policy: answer["results"][0]["status"] for policy, answer in after.items()}
    assert answered == {"hold": "held", "stop": "refused", "successor": "waiting", "last_snapshot": "waiting"}
    assert fetched(engine) == []

    # What the first thousand were promised is still to be seen.
    kept = engine.get(f"/campaigns/deliveries/{parcels[0]['delivery_id']}/").json
    assert (kept["status"], kept["snapshot"]) == ("sent", parcels[0]["snapshot"])
    assert kept["snapshot"]["price"] == "19.90"


def _status(engine: Program, answer: Any) -> Any:
    return engine.get(f"/campaigns/deliveries/{answer['results'][0]['delivery_id']}/").json["status"]
