"""The control group: eligible, held out, and treated like the others in everything but the message."""

from collections import Counter

from flask import Flask
from sqlalchemy import select

from catalog_app.campaigns.models import Campaign
from catalog_app.contacts.models import Contact
from catalog_app.core.db import db
from catalog_app.products.models import Product
from tests.campaigns.factories import offered, running
from tests.campaigns.triggering.calls import codes, deliveries, item, trigger


def test_who_is_held_out_gets_nothing_and_takes_nothing(app: Flask) -> None:
    product = offered(quota_total=1000)
    campaign = running(product, control_group_percent="30")

    results = trigger(campaign.id, *(item(number) for number in range(300)))

    counted = Counter(result.status for result in results)
    assert 55 < counted["control"] < 125
    assert counted["waiting"] == 300 - counted["control"]
    held_out = next(result.as_json() for result in results if result.status == "control")
    assert (held_out["eligible"], held_out["message"], held_out["snapshot"]) == (True, None, None)
    session = db.session()
    assert len(session.scalars(select(Contact)).all()) == counted["waiting"]
    assert session.get_one(Product, product.id, populate_existing=True).quota_left == 1000 - counted["waiting"]
    assert session.get_one(Campaign, campaign.id, populate_existing=True).promised == counted["waiting"]


def test_the_same_customers_are_held_out_each_time(app: Flask) -> None:
    campaign = running(offered(), control_group_percent="50")

    first = trigger(campaign.id, *(item(number) for number in range(40)))
    later = trigger(campaign.id, *(item(number, key=f"later {number}") for number in range(40)))

    assert [result.status for result in first] == [result.status for result in later]


def test_limits_count_for_who_is_held_out_as_for_the_others(app: Flask) -> None:
    campaign = running(offered(), control_group_percent="50", limit_per_customer=1)

    trigger(campaign.id, *(item(number) for number in range(20)))
    later = trigger(campaign.id, *(item(number, key=f"later {number}") for number in range(20)))

    assert {tuple(codes(result.as_json())) for result in later} == {("customer_limit",)}
    assert {made.status for made in deliveries(campaign.id)[:20]} == {"waiting", "control"}
