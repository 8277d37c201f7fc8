"""A campaign with several candidates: who comes too late for one is offered the next."""

from collections import Counter
from functools import partial

from flask import Flask

from catalog_app.campaigns.models import Delivery
from catalog_app.core.db import db
from catalog_app.products.models import Product
from tests.campaigns.factories import offered, running
from tests.campaigns.triggering.calls import codes, deliveries, item, trigger
from tests.campaigns.triggering.together import together


def left(product: Product) -> int | None:
    return db.session().get_one(Product, product.id, populate_existing=True).quota_left


def test_who_comes_too_late_for_the_best_is_offered_the_next(app: Flask) -> None:
    best, next_best = offered(price="200.00", quota_total=3), offered(name="Flex 30 GB", price="100.00", quota_total=4)
    campaign = running(use_nbo=True, candidates=[best.id, next_best.id])

    results = trigger(campaign.id, *(item(number) for number in range(12)))

    assert [result.delivery["product_id"] for result in results[:7]] == [best.id] * 3 + [next_best.id] * 4
    assert {result.status for result in results[:7]} == {"waiting"}
    assert results[3].delivery["message"]["body"] == "Flex 30 GB for SAR 100.00 a month."
    assert [codes(result.as_json()) for result in results[7:]] == [["quota"]] * 5
    assert (left(best), left(next_best)) == (0, 0)


def test_two_campaigns_share_the_quotas_of_the_same_candidates(app: Flask) -> None:
    products = [offered(name=f"Flex {number}", price=f"{number}00.00", quota_total=20) for number in (1, 2, 3)]
    ids = [product.id for product in products]
    campaigns = [running(use_nbo=True, candidates=order, name=str(order)) for order in (ids, ids[::-1])]
    calls = [
        partial(trigger, campaigns[part % 2].id, *(item(100 * part + number) for number in range(15)))
        for part in range(8)
    ]

    together(app, calls)

    made: list[Delivery] = [one for campaign in campaigns for one in deliveries(campaign.id)]
    promised = Counter(one.product_id for one in made if one.status == "waiting")
    assert promised == dict.fromkeys(ids, 20)
    assert [left(product) for product in products] == [0, 0, 0]
    assert len(made) == 120
