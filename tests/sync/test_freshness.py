"""When changes alone may be read, and which plans a newer run replaces: both ask whom a run was for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.products.models import Product
from catalog_app.sync.connectors.preset import load_preset
from catalog_app.sync.models import ExternalSystem, SyncRun
from catalog_app.sync.runs import running
from catalog_app.sync.runs.lease import give_back
from catalog_app.sync.service import ProductSyncService
from catalog_app.sync.systems.sources import found, source_config
from tests.sync.offerings import offering

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def sync(xiva: XivaStandin) -> ProductSyncService:
    """Return the service after a first sync of a system that is due every hour."""
    service = ProductSyncService()
    service.sync_from_xiva()
    with writing() as session:
        session.get_one(ExternalSystem, "xiva").sync_frequency = "hourly"
    return service


def own_frequency(external_id: str, frequency: str) -> None:
    with writing() as session:
        own = db.update(Product).where(Product.external_product_id == external_id).values(sync_frequency=frequency)
        session.connection().execute(own)


def scheduled(sync: ProductSyncService, *frequencies: str) -> SyncRun:
    return sync.execute(sync.request("xiva", actor="test", origin="schedule", frequencies=frequencies).id)


def reads_everything(sync: ProductSyncService, frequencies: Sequence[str] | None) -> bool:
    """Return whether a run for these frequencies would read all that a source that can tell its changes has."""
    run = running.Running(sync.request("xiva", actor="test", frequencies=frequencies).id)
    claim = run._claim()
    assert claim is not None
    config = replace(source_config(found(db.session(), "xiva")), preset=load_preset("odoo"))
    since = run._begin(claim, config)
    run._end(claim, "failed", error="This was only asked.")
    with writing() as session:
        give_back(session, claim)
    return since is None


def test_what_a_full_listing_was_not_for_is_read_in_full_when_it_is_due(sync: ProductSyncService) -> None:
    own_frequency("PO-1", "weekly")
    with time_machine.travel(utcnow() + timedelta(hours=25), tick=True):
        assert scheduled(sync, "hourly").status == "applied"

        assert not reads_everything(sync, ["hourly"])
        # Nothing has looked yet for weekly products that are gone.
        assert reads_everything(sync, ["hourly", "weekly"])
        assert reads_everything(sync, None)

        scheduled(sync, "hourly", "weekly")
        assert not reads_everything(sync, ["weekly"])
        assert not reads_everything(sync, None)


def test_a_scheduled_run_for_all_products_there_are_replaces_a_plan_made_by_hand(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    xiva.listing.replace([offering(number) for number in range(60)])
    waiting = sync.sync_from_xiva()
    assert waiting.status == "awaiting_approval"
    xiva.listing.replace([offering(number) for number in range(120)])

    assert scheduled(sync, "hourly").status == "applied"

    # Approved now, it would withdraw what its source has listed again since.
    assert sync.get(waiting.id).status == "superseded"


def test_a_scheduled_run_for_some_of_the_products_replaces_no_plan_made_by_hand(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    own_frequency("PO-119", "weekly")
    xiva.listing.replace([offering(number) for number in range(60)])
    waiting = sync.sync_from_xiva()
    xiva.listing.replace([offering(number) for number in range(120)])

    scheduled(sync, "hourly")

    assert sync.get(waiting.id).status == "awaiting_approval"
