"""A campaign that leaves the choice offers each customer the candidate that the next best offer puts first."""

from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.customers import CustomerFeatures
from catalog_app.recommendations.decisions.asked import Asked
from catalog_app.recommendations.service import preview
from catalog_app.recommendations.settings import held_settings
from tests.campaigns.factories import offered, running
from tests.campaigns.triggering.calls import item, trigger
from tests.recommendations.batches.serving import learned, serve, told


def test_each_customer_is_offered_the_candidate_of_the_highest_priority(app: Flask) -> None:
    products = [offered(name=f"Flex {number}", price="100.00", lever_weight=number) for number in range(6)]
    ids = [product.id for product in products]
    campaign = running(use_nbo=True, candidates=ids)
    assert trigger(campaign.id, item(99))[0].delivery["product_id"] == ids[-1]
    db.session.remove()
    serve(learned(ids))
    sent = [item(number, customer_features=told(number)) for number in range(20)]

    # A single item is decided while everything is held, many are decided before.
    single = [trigger(campaign.id, one)[0].delivery["product_id"] for one in sent[:4]]
    many = [result.delivery["product_id"] for result in trigger(campaign.id, *sent[4:])]

    now = utcnow()
    expected = [
        preview(Asked(CustomerFeatures.of(told(number)), told(number), channel="sms", candidates=ids), now=now)
        for number in range(20)
    ]
    assert single + many == [decided.offers[0].product_id for decided in expected]
    # By value alone it would be the last of them for everybody.
    assert (single + many).count(ids[-1]) < len(sent) / 2

    with writing() as session:
        held_settings(session).use_propensity = False
    assert trigger(campaign.id, item(100))[0].delivery["product_id"] == ids[-1]
