"""Messages sent as a test: real, and counted nowhere."""

from flask import Flask
from sqlalchemy import select

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.triggering.items import TriggerItem
from catalog_app.campaigns.triggering.service import TriggerService
from catalog_app.contacts.models import Contact
from catalog_app.core.db import db
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import OPERATOR, drafted, offered
from tests.campaigns.triggering.calls import codes, item


def test_a_draft_is_tested_on_somebody_who_would_not_be_offered_it(app: Flask) -> None:
    product = offered(max_customer_value="100", quota_total=5)
    campaign = drafted(product, control_group_percent="99", audience={"segments": ["premium"]})
    told = TriggerItem.of(item(1, customer_features={"customer_value": 500}, address="+966500000001"))

    answers = [TriggerService().send_test(campaign.id, told, actor=OPERATOR).as_json() for _ in range(2)]

    assert [answer["status"] for answer in answers] == ["waiting", "waiting"]
    assert answers[0]["eligible"] is False
    assert codes(answers[0]) == ["customer_value"]
    assert answers[0]["message"]["body"] == "Flex 60 GB for SAR 149.00 a month."
    assert answers[0]["delivery_id"] != answers[1]["delivery_id"]
    session = db.session()
    assert session.scalars(select(Contact)).all() == []
    assert session.get_one(Campaign, campaign.id, populate_existing=True).promised == 0
    assert session.get_one(Product, product.id, populate_existing=True).quota_left == 5


def test_a_test_of_what_cannot_be_offered_says_so(app: Flask) -> None:
    product = offered()
    campaign = drafted(product)
    ProductCatalogService().patch(product.id, {"lifecycle_status": "suspended"}, expected_version=None, actor="tests")

    answer = TriggerService().send_test(campaign.id, TriggerItem.of(item(1)), actor=OPERATOR).as_json()

    assert (answer["status"], codes(answer)) == ("refused", ["suspended"])
