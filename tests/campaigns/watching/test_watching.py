"""What becomes of products is followed by the campaigns that are live, and the clock begins and ends them."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from catalog_app.campaigns.lifecycle import status_at
from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.service import CampaignService
from catalog_app.campaigns.watching import CampaignWatch, due, follow, follow_products
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.models import Product
from catalog_app.products.service import ProductCatalogService
from tests.campaigns.factories import offered, running
from tests.campaigns.triggering.calls import deliveries, one

pytestmark = pytest.mark.usefixtures("app")


def beat() -> None:
    """Do what a heartbeat finds to be done."""
    watch = CampaignWatch()
    watch.settle(utcnow())
    for row in watch.waiting():
        watch.work_on(row)


def after(campaign: Campaign) -> Campaign:
    db.session().expire_all()
    return CampaignService().get(campaign.id)


def told(campaign: Campaign) -> list[tuple[str, str]]:
    return [(one.action, one.actor) for one in CampaignService().history(campaign.id)]


def moved(product: Product, **patch: Any) -> None:
    ProductCatalogService().patch(product.id, patch, expected_version=None, actor="user:ana@operator.example")


def test_a_product_that_goes_is_noted_with_what_it_is_and_cleared_when_it_is_back() -> None:
    product = offered()
    campaign = running(product, on_withdrawal="hold")
    beat()
    assert told(campaign)[0][0] == "activated"

    moved(product, lifecycle_status="suspended")
    beat()
    gone = after(campaign)
    assert (gone.status, gone.withdrawn_because) == ("active", "suspended")
    assert gone.withdrawn_at is not None
    assert told(campaign)[0] == ("withdrawn", "system:catalog")

    moved(product, lifecycle_status="launched")
    beat()
    back = after(campaign)
    assert (back.withdrawn_at, back.withdrawn_because) == (None, None)
    assert told(campaign)[0] == ("returned", "system:catalog")


def test_a_second_look_finds_nothing_to_do() -> None:
    product = offered()
    running(product)
    moved(product, lifecycle_status="suspended")
    beat()

    assert due(db.session(), utcnow()) == []


def test_a_campaign_that_stops_is_completed_for_good() -> None:
    product = offered()
    campaign = running(product, on_withdrawal="stop")

    moved(product, is_available=False)
    beat()
    moved(product, is_available=True)
    beat()

    ended = after(campaign)
    assert (ended.status, ended.status_reason, ended.withdrawn_because) == ("completed", "withdrawn", "switched_off")
    assert [action for action, _ in told(campaign)] == ["withdrawn", "activated", "created"]


def test_a_product_whose_time_ends_is_withdrawn_without_a_change_of_it() -> None:
    now = utcnow()
    campaign = running(offered(valid_to=(now + timedelta(hours=1)).isoformat()))

    assert due(db.session(), now) == []
    assert due(db.session(), now + timedelta(hours=1)) == [campaign.id]


def test_what_could_last_be_offered_is_kept_from_the_change_before_the_withdrawal() -> None:
    product = offered()
    campaign = running(product, on_withdrawal="last_snapshot")
    moved(product, price="139.00")
    beat()
    moved(product, price="999.00", lifecycle_status="retired")
    beat()

    kept = after(campaign).last_snapshot
    assert kept is not None
    assert (kept["price"], kept["lifecycle_status"]) == ("139.00", "launched")


def test_a_change_between_two_looks_is_not_missed() -> None:
    product = offered()
    campaign = running(product)
    for status in ("suspended", "launched", "suspended", "launched"):
        moved(product, lifecycle_status=status)
    moved(product, price=None, currency=None)
    beat()

    assert after(campaign).faults == 1
    assert told(campaign)[0] == ("checked", "system:catalog")
    moved(product, price="149.00", currency="SAR")
    beat()
    assert after(campaign).faults == 0


def test_a_campaign_with_candidates_is_without_a_product_only_when_all_of_them_are_gone() -> None:
    first, second = offered(), offered(name="Flex 80 GB")
    campaign = running(use_nbo=True, candidates=[first.id, second.id])

    moved(first, lifecycle_status="suspended")
    beat()
    assert after(campaign).withdrawn_at is None
    moved(second, lifecycle_status="suspended")
    beat()
    assert after(campaign).withdrawn_because == "no_candidate"


@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
def test_a_campaign_begins_and_ends_by_the_clock(field: str) -> None:
    soon = utcnow() + timedelta(hours=1)
    campaign = running(offered(), **{field: soon.isoformat()})
    assert after(campaign).status == ("scheduled" if field == "starts_at" else "active")
    wanted = ("active", "begun") if field == "starts_at" else ("completed", "ended")
    assert status_at(after(campaign), soon) == wanted[0]

    assert due(db.session(), soon) == [campaign.id]
    follow(campaign.id, soon)

    noted = after(campaign)
    assert (noted.status, noted.status_reason) == wanted
    assert told(campaign)[0] == (wanted[1], "system:catalog")


def test_two_processes_that_look_at_once_write_it_down_once(app: Flask) -> None:
    product = offered()
    number = running(product, on_withdrawal="stop").id
    moved(product, lifecycle_status="suspended")
    db.session.remove()
    begin = threading.Barrier(2)

    def look() -> None:
        with app.app_context():
            begin.wait()
            follow(number, utcnow())
            db.session.remove()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [one.action for one in CampaignService().history(number)] == ["withdrawn", "activated", "created"]


def test_what_was_held_is_cancelled_when_the_campaign_ends() -> None:
    product = offered()
    campaign = running(product)
    moved(product, lifecycle_status="suspended")
    assert one(campaign.id)["status"] == "held"
    assert after(campaign).withdrawn_because == "suspended", "the trigger that meets it first writes it down"

    CampaignService().complete(campaign.id, reason="Enough", actor="user:lina@operator.example")

    given_up = deliveries(campaign.id)[0]
    assert (given_up.status, [reason["code"] for reason in given_up.reasons]) == ("cancelled", ["ended"])
    assert given_up.ended_at is not None


def test_what_an_interrupted_return_left_held_is_found_and_released() -> None:
    product = offered()
    campaign = running(product)
    moved(product, lifecycle_status="suspended")
    one(campaign.id)
    moved(product, lifecycle_status="launched")
    with writing() as session:
        # As a process leaves it that is killed between the return and the release.
        row = session.get_one(Campaign, campaign.id)
        follow_products(session, row, utcnow())
    assert deliveries(campaign.id)[0].status == "held"

    beat()

    assert deliveries(campaign.id)[0].status == "waiting"


@pytest.mark.parametrize("is_paused", [True, False])
def test_what_was_promised_goes_out_after_the_end_unless_the_campaign_was_paused(
    is_paused: bool,
) -> None:  # a parameter
    product = offered(quota_total=5)
    campaign, service = running(product, limit_total=3), CampaignService()
    assert one(campaign.id)["status"] == "waiting"
    if is_paused:
        service.pause(campaign.id, actor="a")

    service.complete(campaign.id, actor="a")

    left = ProductCatalogService().get(product.id).quota_left
    found = (deliveries(campaign.id)[0].status, left, after(campaign).promised)
    assert found == (("cancelled", 5, 0) if is_paused else ("waiting", 4, 1))


def test_what_waits_is_handed_over_by_the_sender_that_the_campaign_gets() -> None:
    campaign, service = running(offered()), CampaignService()
    one(campaign.id)
    service.pause(campaign.id, actor="a")

    service.patch(campaign.id, {"sender": "log"}, expected_version=None, actor="a")

    assert deliveries(campaign.id)[0].sender == "log"
