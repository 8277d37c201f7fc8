"""Many triggers at the same moment, by threads of their own, on both databases."""

from collections import Counter
from functools import partial
from typing import TypeVar

from flask import Flask
from sqlalchemy import select

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.triggering.results import Result
from catalog_app.contacts.models import Contact
from catalog_app.contacts.policy import policy_row
from catalog_app.core.db import db, writing
from catalog_app.products.models import Product
from tests.campaigns.factories import offered, running
from tests.campaigns.triggering.calls import codes, deliveries, item, trigger
from tests.campaigns.triggering.together import together

T = TypeVar("T")
CALLERS = 20


def test_twenty_triggers_of_one_key_make_one_delivery(app: Flask) -> None:
    campaign = running(offered())

    answers = together(app, [partial(trigger, campaign.id, item(1))] * CALLERS)

    results = [result for (result,) in answers]
    assert len({result.delivery["id"] for result in results}) == 1
    assert sum(not result.repeated for result in results) == 1
    assert len(deliveries(campaign.id)) == 1
    assert _row(Campaign, campaign.id).promised == 1
    assert len(db.session().scalars(select(Contact)).all()) == 1


def test_a_quota_of_100_is_promised_to_exactly_100_of_300(app: Flask) -> None:
    product = offered(quota_total=100)
    campaign = running(product)
    # Calls of one item, which are decided at once, and calls of many, which are decided before.
    single = [partial(trigger, campaign.id, item(number)) for number in range(12)]
    many = [partial(trigger, campaign.id, *(item(100 * part + number) for number in range(36))) for part in range(1, 9)]

    results = [result for answer in together(app, single + many) for result in answer]

    assert len(results) == 300
    assert Counter(result.status for result in results) == {"waiting": 100, "refused": 200}
    assert _refused_for(results) == {"quota"}
    assert _row(Product, product.id).quota_left == 0
    assert _row(Campaign, campaign.id).promised == 100


def test_a_total_limit_holds_under_parallel_calls(app: Flask) -> None:
    campaign = running(offered(), limit_total=50)
    calls = [partial(trigger, campaign.id, *(item(100 * part + n) for n in range(15))) for part in range(8)]

    results = [result for answer in together(app, calls) for result in answer]

    assert Counter(result.status for result in results) == {"waiting": 50, "refused": 70}
    assert _refused_for(results) == {"total_limit"}
    assert _row(Campaign, campaign.id).promised == 50


def test_a_cap_across_campaigns_holds_when_they_call_at_once(app: Flask) -> None:
    _cap(1, days=7)
    campaigns = [running(offered(name=f"Flex {number}"), name=f"Campaign {number}") for number in range(2)]
    customers = [item(number) for number in range(15)]
    calls = [partial(trigger, campaigns[part % 2].id, *customers[::step]) for part in range(8) for step in (1, -1)]

    results = [result for answer in together(app, calls) for result in answer]

    promised = [made for campaign in campaigns for made in deliveries(campaign.id) if made.status == "waiting"]
    assert sorted(made.customer_id or "" for made in promised) == sorted(one["customer_id"] for one in customers)
    assert _refused_for(results) == {"contact_cap"}


def _refused_for(results: list[Result]) -> set[str]:
    return {code for result in results if result.status == "refused" for code in codes(result.as_json())}


def _row(model: type[T], number: int) -> T:
    return db.session().get_one(model, number, populate_existing=True)


def _cap(most: int, *, days: int) -> None:
    with writing() as session:
        policy_row(session).caps = [{"channel": None, "most": most, "days": days}]
