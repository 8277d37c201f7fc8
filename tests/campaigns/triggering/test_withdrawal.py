"""What a campaign does when its product is withdrawn, and when it comes back."""

from datetime import timedelta
from typing import TypeVar

from flask import Flask
from sqlalchemy import select

from catalog_app.campaigns.models import Campaign, Delivery
from catalog_app.campaigns.triggering.refreshing import refresh
from catalog_app.campaigns.triggering.releasing import release
from catalog_app.campaigns.watching import follow
from catalog_app.contacts.customers import hasher
from catalog_app.contacts.models import OUT, Contact, ContactChoice
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import offered, running
from tests.campaigns.triggering.calls import codes, deliveries, item, one, trigger

T = TypeVar("T")


def change(product: Product, **values: object) -> Product:
    return ProductCatalogService().patch(product.id, values, expected_version=None, actor="tests")


def retire(product: Product) -> Product:
    return change(product, lifecycle_status="retired")


def handed_over(campaign_id: int) -> list[int]:
    """Return which deliveries of a campaign may go out now, as a sender asks."""
    with writing() as session:
        waiting = select(Delivery).where(Delivery.campaign_id == campaign_id, Delivery.status == "waiting")
        found = session.scalars(waiting.order_by(Delivery.id).with_for_update()).all()
        return [delivery.id for delivery in refresh(session, found, utcnow())]


def the(model: type[T], number: int) -> T:
    return db.session().get_one(model, number, populate_existing=True)


def contacts() -> list[Contact]:
    return list(db.session().scalars(select(Contact).execution_options(populate_existing=True)))


def test_stop_ends_the_campaign_with_the_first_trigger_that_meets_it(app: Flask) -> None:
    product = offered()
    campaign = running(product, on_withdrawal="stop")
    retire(product)

    answer = one(campaign.id)

    assert answer["status"] == "refused"
    assert codes(answer) == ["retired"]
    assert answer["withdrawal"] == {"policy": "stop", "because": "retired", "product_id": product.id}
    stands = the(Campaign, campaign.id)
    assert (stands.status, stands.status_reason, stands.withdrawn_because) == ("completed", "withdrawn", "retired")
    assert codes(one(campaign.id, number=2)) == ["not_active"]


def test_hold_keeps_the_customers_until_the_product_is_back(app: Flask) -> None:
    product = offered()
    campaign = running(product, on_withdrawal="hold")
    suspended = change(product, lifecycle_status="suspended")

    held = one(campaign.id, customer_features={"points": 3}, address="+966500000001")

    assert (held["status"], held["eligible"], held["message"], held["snapshot"]) == ("held", False, None, None)
    assert held["withdrawal"]["policy"] == "hold"
    assert release(campaign.id, utcnow()) == 0
    assert contacts() == []
    change(suspended, lifecycle_status="launched", price="99.00")
    follow(campaign.id, utcnow())
    (kept,) = deliveries(campaign.id)
    assert (kept.status, kept.message) == ("waiting", {"body": "Flex 60 GB for SAR 99.00 a month.", "segments": 1})
    assert one(campaign.id)["snapshot"]["price"] == "99.00"
    assert len(contacts()) == 1
    assert the(Campaign, campaign.id).promised == 1


def test_what_was_held_goes_through_the_whole_decision_when_it_is_released(app: Flask) -> None:
    product = offered()
    campaign = running(product, on_withdrawal="hold", limit_total=1)
    suspended = change(product, lifecycle_status="suspended")
    trigger(campaign.id, item(1), item(2, customer_features={"customer_value": 10}), item(3))

    change(suspended, lifecycle_status="launched", max_customer_value="100", min_customer_value="0")
    follow(campaign.id, utcnow())

    first, second, third = deliveries(campaign.id)
    assert [reason["code"] for reason in first.reasons] == ["customer_value"]
    assert (second.status, third.status) == ("waiting", "refused")
    assert first.features is None
    assert first.ended_at is not None


def test_a_successor_is_offered_at_its_own_price(app: Flask) -> None:
    better = offered(name="Flex 80 GB", price="169.00")
    between = offered(name="Flex 70 GB", relations=[{"relation": "replaced_by", "product": better.id}])
    product = offered(relations=[{"relation": "replaced_by", "product": between.id}])
    campaign = running(product, on_withdrawal="successor", product_config={"price": "99.00", "headline": "Yours"})
    retire(between)
    retire(product)

    answer = one(campaign.id)

    assert answer["status"] == "waiting"
    assert answer["message"]["body"] == "Flex 80 GB for SAR 169.00 a month."
    assert answer["product_id"] == better.id
    assert answer["withdrawal"] == {
        "policy": "successor",
        "because": "retired",
        "product_id": product.id,
        "successor_id": better.id,
        "dropped": ["price"],
    }
    assert (answer["snapshot"]["headline"], answer["snapshot"]["successor_of"]) == ("Yours", product.id)
    assert [contact.product_id for contact in contacts()] == [better.id]


def test_without_a_successor_the_customers_wait(app: Flask) -> None:
    product = offered()
    other = offered(name="Flex 30 GB", relations=[{"relation": "replaced_by", "product": product.id}])
    change(product, relations=[{"relation": "replaced_by", "product": other.id}])
    retire(other)
    campaign = running(product, on_withdrawal="successor")
    retire(product)

    assert one(campaign.id)["status"] == "held"


def test_the_last_snapshot_is_promised_on_and_asks_the_customer_what_it_asked_then(app: Flask) -> None:
    product = offered(max_customer_value="1000", quota_total=5)
    campaign = running(product, on_withdrawal="last_snapshot")
    retire(change(product, price="199.00"))
    follow(campaign.id, utcnow())

    promised = one(campaign.id, customer_features={"customer_value": 10})
    refused = one(campaign.id, number=2, customer_features={"customer_value": 5000})

    assert promised["status"] == "waiting"
    assert promised["snapshot"]["price"] == "149.00"
    assert promised["withdrawal"]["policy"] == "last_snapshot"
    assert codes(refused) == ["customer_value"]
    assert the(Product, product.id).quota_left == 4
    assert handed_over(campaign.id) == [promised["delivery_id"]]


def test_what_waits_is_cancelled_held_or_replaced_when_its_product_goes_before_it_is_sent(app: Flask) -> None:
    better = offered(name="Flex 80 GB", price="169.00", quota_total=10)
    for policy, status in (("stop", "cancelled"), ("hold", "held"), ("successor", "waiting")):
        product = offered(quota_total=10, relations=[{"relation": "replaced_by", "product": better.id}])
        campaign = running(product, on_withdrawal=policy)
        promised = one(campaign.id)
        retire(product)

        going = handed_over(campaign.id)

        (kept,) = deliveries(campaign.id)
        assert (policy, kept.status) == (policy, status)
        assert going == ([kept.id] if status == "waiting" else [])
        assert the(Product, product.id).quota_left == 10
        assert the(Campaign, campaign.id).promised == (status == "waiting")
        assert [contact.product_id for contact in contacts() if contact.campaign_id == campaign.id] == (
            [better.id] if status == "waiting" else []
        )
        if status == "cancelled":
            assert (kept.snapshot or {})["price"] == promised["snapshot"]["price"], "what was promised is gone"
    assert the(Product, better.id).quota_left == 9


def test_a_price_that_changes_between_trigger_and_sending_is_rendered_anew(app: Flask) -> None:
    product = offered(max_customer_value="1000", cooldown_days=30)
    campaign = running(product)
    trigger(campaign.id, *(item(number, customer_features={"customer_value": 100 * number}) for number in (1, 9)))
    change(product, price="139.00", max_customer_value="500")

    going = handed_over(campaign.id)

    renewed, refused = deliveries(campaign.id)
    assert going == [renewed.id]
    assert (renewed.message or {})["body"] == "Flex 60 GB for SAR 139.00 a month."
    assert (renewed.snapshot or {})["price"] == "139.00"
    assert (refused.status, [reason["code"] for reason in refused.reasons]) == ("cancelled", ["customer_value"])
    assert (refused.snapshot or {})["price"] == "149.00"
    assert len(contacts()) == 1


def test_what_was_handed_over_before_goes_out_again_as_it_was(app: Flask) -> None:
    product = offered()
    campaign = running(product, on_withdrawal="hold")
    promised = one(campaign.id)
    with writing() as session:
        session.get_one(Delivery, promised["delivery_id"]).attempts = 1
    change(product, price="139.00")

    assert handed_over(campaign.id) == [promised["delivery_id"]]
    assert deliveries(campaign.id)[0].snapshot == promised["snapshot"]


def test_who_opts_out_while_a_message_waits_does_not_get_it(app: Flask) -> None:
    campaign = running(offered())
    trigger(campaign.id, item(1), item(2))
    with writing() as session:
        known = hasher(session)
        session.add(ContactChoice(customer=known("c1"), channel="*", choice=OUT, at=utcnow(), actor="tests"))

    going = handed_over(campaign.id)

    stopped, sent = deliveries(campaign.id)
    assert going == [sent.id]
    assert (stopped.status, [reason["code"] for reason in stopped.reasons]) == ("cancelled", ["opted_out"])
    assert len(contacts()) == 1


def test_an_offer_that_ended_is_not_sent_any_more(app: Flask) -> None:
    campaign = running(offered(), product_config={"valid_to": (utcnow() + timedelta(hours=1)).isoformat()})
    one(campaign.id)
    with writing() as session:
        waiting = session.scalars(select(Delivery)).all()
        assert refresh(session, waiting, utcnow() + timedelta(hours=2)) == []

    (kept,) = deliveries(campaign.id)
    assert (kept.status, [reason["code"] for reason in kept.reasons]) == ("cancelled", ["offer_over"])


def test_every_delivery_shows_what_was_promised_after_the_product_changed_and_was_retired(app: Flask) -> None:
    product = offered()
    campaign = running(product)
    first = one(campaign.id)
    changed = change(product, price="159.00", name="Flex 60 GB Plus")
    second = one(campaign.id, number=2)
    retire(changed)
    third = one(campaign.id, number=3)

    assert [one(campaign.id, number=number) for number in (1, 2, 3)] == [
        {**answer, "repeated": True} for answer in (first, second, third)
    ]
    assert (first["snapshot"]["price"], first["snapshot"]["product"]["name"]) == ("149.00", "Flex 60 GB")
    assert (second["snapshot"]["price"], second["snapshot"]["product"]["name"]) == ("159.00", "Flex 60 GB Plus")
    assert third["status"] == "held"
