"""The source withdraws a product in a sync: the plan names the campaigns, and each does what its policy says."""

from typing import Any

import pytest

from catalog_app.campaigns.models import Campaign
from catalog_app.campaigns.service import CampaignService
from catalog_app.campaigns.watching import CampaignWatch
from catalog_app.core.db import db
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.service import ProductSyncService
from tests.campaigns.factories import running
from tests.campaigns.triggering.calls import codes, deliveries, one
from tests.support.api import Program
from tests.support.clients import Browser
from tests.sync.here import product
from tests.sync.offerings import offering
from tests.sync.pages.reading import read

pytestmark = pytest.mark.usefixtures("app")
POLICIES = ("stop", "hold", "successor", "last_snapshot")


@pytest.fixture
def campaigns(sync: ProductSyncService) -> dict[str, Campaign]:
    """Return a campaign for each policy, all for the same product of Xiva, which names its successor."""
    sync.sync_from_xiva()
    offered, successor = product("PO-5"), product("PO-6")
    relations = [{"relation": "replaced_by", "product": successor.id}]
    ProductCatalogService().patch(offered.id, {"relations": relations}, expected_version=None, actor="user:ana")
    return {policy: running(product("PO-5"), name=policy, on_withdrawal=policy) for policy in POLICIES}


def beat() -> None:
    watch = CampaignWatch()
    for row in watch.waiting():
        watch.work_on(row)


def as_it_is(campaign: Campaign) -> Campaign:
    db.session().expire_all()
    return CampaignService().get(campaign.id)


def test_the_plan_of_a_sync_names_the_campaigns_whose_product_goes(
    sync: ProductSyncService, xiva: XivaStandin, campaigns: dict[str, Campaign], api: Program, approver: Browser
) -> None:
    xiva.listing.withdraw("PO-5")
    plan = sync.run("xiva", dry_run=True)

    told = api.get(f"/sync/runs/{plan.id}/changes/").json["results"]
    assert [change["kind"] for change in told] == ["withdraw"]
    assert {usage["name"]: usage["policy"] for usage in told[0]["used_by"]} == {name: name for name in campaigns}
    page = read(approver.get(f"/admin/sync/runs/{plan.id}?kind=withdraw").text)
    assert "4 live campaigns use this product:" in page
    assert "4 live campaigns use products that go" in page
    assert "Campaign, active: offers the successor" in page


def test_each_policy_does_what_it_says_once_the_source_has_withdrawn_the_product(
    sync: ProductSyncService, xiva: XivaStandin, campaigns: dict[str, Campaign]
) -> None:
    xiva.listing.withdraw("PO-5")
    sync.sync_from_xiva()
    beat()

    noted = {policy: as_it_is(campaign) for policy, campaign in campaigns.items()}
    assert {campaign.withdrawn_because for campaign in noted.values()} == {"missing"}
    assert {policy: campaign.status for policy, campaign in noted.items()} == {
        "stop": "completed", "hold": "active", "successor": "active", "last_snapshot": "active",
    }  # fmt: skip
    answers: dict[str, dict[str, Any]] = {policy: one(campaign.id) for policy, campaign in campaigns.items()}
    assert codes(answers["stop"]) == ["not_active"]
    assert answers["hold"]["status"] == "held"
    assert answers["successor"]["message"]["body"].startswith("Plan 6 for")
    assert answers["successor"]["withdrawal"]["successor_id"] == product("PO-6").id
    assert answers["last_snapshot"]["message"]["body"].startswith("Plan 5 for")
    assert answers["last_snapshot"]["snapshot"]["product"]["version"] == noted["last_snapshot"].checked_version - 1  # type: ignore[operator]


def test_what_was_held_goes_out_when_the_source_has_the_product_again(
    sync: ProductSyncService, xiva: XivaStandin, campaigns: dict[str, Campaign]
) -> None:
    xiva.listing.withdraw("PO-5")
    sync.sync_from_xiva()
    one(campaigns["hold"].id)

    xiva.listing.replace([offering(number) for number in range(120)])
    sync.sync_from_xiva()
    beat()

    assert as_it_is(campaigns["hold"]).withdrawn_at is None
    released = deliveries(campaigns["hold"].id)
    assert [(delivery.status, delivery.snapshot is not None) for delivery in released] == [("waiting", True)]


def test_an_undo_leaves_the_product_that_a_live_campaign_has_come_to_use(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    run = sync.sync_from_xiva()
    running(product("PO-5"), name="Year-end")

    undone = sync.undo(run.id, actor="user:omar")

    assert undone.undone is not None
    assert [(kept["name"], kept["reason"]) for kept in undone.undone["kept"]] == [
        ("Plan 5", "It is in use by Year-end.")
    ]
    assert (product("PO-5").deleted_at, product("PO-6").deleted_at is None) == (None, False)
