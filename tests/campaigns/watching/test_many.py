"""Much to be followed at once: nobody who activates waits for all of it, and one that cannot be followed hinders no other."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import update

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.service import CampaignService
from catalog_app.campaigns.triggering.releasing import AT_ONCE
from catalog_app.campaigns.watching import CampaignWatch
from catalog_app.core.db import writing
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import OPERATOR, offered, running
from tests.campaigns.triggering.calls import deliveries, item, one, trigger

pytestmark = pytest.mark.usefixtures("app")


def beat() -> None:
    watch = CampaignWatch()
    for row in watch.waiting():
        watch.work_on(row)


def moved(product: Product, **patch: Any) -> None:
    ProductCatalogService().patch(product.id, patch, expected_version=None, actor=OPERATOR)


def test_who_resumes_a_campaign_that_holds_many_waits_for_the_first_of_them_alone() -> None:
    product = offered()
    campaign = running(product)
    moved(product, lifecycle_status="suspended")
    trigger(campaign.id, *(item(number) for number in range(AT_ONCE + 10)))
    CampaignService().pause(campaign.id, actor=OPERATOR)
    moved(product, lifecycle_status="launched")

    CampaignService().resume(campaign.id, actor=OPERATOR)

    assert Counter(made.status for made in deliveries(campaign.id)) == {"waiting": AT_ONCE, "held": 10}
    beat()
    assert {made.status for made in deliveries(campaign.id)} == {"waiting"}


def test_a_campaign_that_cannot_be_followed_keeps_no_other_from_it() -> None:
    product = offered()
    broken, whole = (running(product, name=name) for name in ("Broken", "Whole"))
    with writing() as session:
        # As an older version may have written it.
        session.execute(update(Campaign).where(Campaign.id == broken.id).values(product_config={"colour": "red"}))
    moved(product, lifecycle_status="suspended")
    one(whole.id)
    moved(product, price="139.00")
    moved(product, lifecycle_status="launched")

    beat()

    assert deliveries(whole.id)[0].status == "waiting"
