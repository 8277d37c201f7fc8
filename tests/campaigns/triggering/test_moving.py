"""What changes between the decision on a call and its writing."""

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask

from catalog_app.campaigns.service import CampaignService
from catalog_app.campaigns.triggering import facts
from catalog_app.campaigns.triggering.calling import Call, MovedError
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.results import Result
from catalog_app.contacts.customers import hasher
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import OPERATOR, offered, running
from tests.campaigns.triggering.calls import deliveries, item, trigger
from tests.campaigns.triggering.together import together


@pytest.mark.parametrize("what", ["product", "campaign"])
def test_nothing_is_written_that_was_decided_on_what_is_no_longer_so(app: Flask, what: str) -> None:
    product = offered()
    campaign = running(product)
    call = _decided(campaign.id)
    if what == "product":
        ProductCatalogService().patch(product.id, {"price": "99.00"}, expected_version=None, actor="tests")
    else:
        CampaignService().pause(campaign.id, actor=OPERATOR)

    with pytest.raises(MovedError), writing() as session:
        call.write(session)

    assert deliveries(campaign.id) == []


def test_an_item_that_somebody_else_answered_meanwhile_keeps_that_answer(app: Flask) -> None:
    campaign = running(offered())
    call = _decided(campaign.id)
    (other,) = trigger(campaign.id, item(1))

    with writing() as session:
        written = call.write(session)

    assert written.made == {}
    assert [made["id"] for made in written.there.values()] == [other.delivery["id"]]


def test_a_price_that_keeps_changing_is_promised_as_it_stood(app: Flask) -> None:
    product = offered()
    first = product.version
    campaign = running(product)
    tasks: list[Callable[[], list[Result]]] = [
        partial(trigger, campaign.id, *(item(100 * part + number) for number in range(25))) for part in range(4)
    ]

    def reprice() -> list[Result]:
        for price in range(10):
            ProductCatalogService().patch(
                product.id, {"price": f"{100 + price}.00"}, expected_version=None, actor="tests"
            )
        return []

    together(app, [*tasks, reprice])

    made = deliveries(campaign.id)
    assert len(made) == 100
    for one in made:
        price = "149.00" if one.product_version == first else f"{100 + (one.product_version or 0) - first - 1}.00"
        assert (one.snapshot or {})["price"] == price
        assert price in (one.message or {})["body"]


def _decided(campaign_id: int) -> Call:
    session = db.session()
    asked = TriggerItem.of(item(1))
    return Call(session, facts.deciding(session, campaign_id, utcnow()), [(hasher(session)("c1"), asked)])
