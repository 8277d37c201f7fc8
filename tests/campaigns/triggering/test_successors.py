"""Customers who wait because nothing stands in for a withdrawn product are served once something does."""

from datetime import timedelta

from flask import Flask

from catalog_app.campaigns.watching import CampaignWatch
from catalog_app.core.clock import utcnow
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import offered, running
from tests.campaigns.triggering.calls import deliveries, one


def change(product: Product, **values: object) -> Product:
    return ProductCatalogService().patch(product.id, values, expected_version=None, actor="tests")


def beat() -> bool:
    """Let the watch do what there is to do; return whether there was anything."""
    watch = CampaignWatch()
    rows = watch.waiting()
    for row in rows:
        watch.work_on(row)
    return bool(rows)


def test_who_waits_is_offered_the_successor_as_soon_as_it_is_launched(app: Flask) -> None:
    successor = offered(name="Flex 80 GB", price="169.00", lifecycle_status="in_test")
    product = offered(relations=[{"relation": "replaced_by", "product": successor.id}])
    campaign = running(product, on_withdrawal="successor")
    change(product, lifecycle_status="retired")
    assert one(campaign.id)["status"] == "held"
    beat()
    assert not beat(), "it is looked at again and again while nothing moves"

    change(successor, lifecycle_status="launched")
    beat()

    (kept,) = deliveries(campaign.id)
    assert (kept.status, kept.product_id) == ("waiting", successor.id)
    assert not beat()
    assert one(campaign.id, number=2)["product_id"] == successor.id


def test_who_waits_is_offered_the_successor_that_is_named_later(app: Flask) -> None:
    product, successor = offered(), offered(name="Flex 80 GB", price="169.00")
    campaign = running(product, on_withdrawal="successor")
    retired = change(product, lifecycle_status="retired")
    assert one(campaign.id)["status"] == "held"
    beat()

    change(retired, relations=[{"relation": "replaced_by", "product": successor.id}])
    beat()

    assert [(kept.status, kept.product_id) for kept in deliveries(campaign.id)] == [("waiting", successor.id)]


def test_a_successor_that_is_not_sold_yet_stands_in_for_nothing(app: Flask) -> None:
    later = offered(name="Flex 90 GB", valid_from=(utcnow() + timedelta(days=1)).isoformat())
    successor = offered(name="Flex 80 GB", price="169.00")
    relations = [{"relation": "replaced_by", "product": number} for number in (later.id, successor.id)]
    product, alone = offered(relations=relations), offered(name="Flex 50 GB", relations=relations[:1])
    campaigns = [running(one, name=one.name, on_withdrawal="successor") for one in (product, alone)]
    for gone in (product, alone):
        change(gone, lifecycle_status="retired")

    first, second = (one(campaign.id) for campaign in campaigns)

    assert (first["status"], first["product_id"]) == ("waiting", successor.id)
    assert second["status"] == "held"
