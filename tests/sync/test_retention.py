"""What is kept of runs, for how long, and what goes."""

from datetime import timedelta

import pytest

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.events.models import Revision
from catalog_app.sync.models import SyncChange, SyncRun
from catalog_app.sync.runs.retention import Purged
from catalog_app.sync.service import ProductSyncService

pytestmark = pytest.mark.usefixtures("app")


def kept() -> tuple[int, int]:
    """Return how many changes and runs there are."""
    db.session.rollback()
    return db.session.query(SyncChange).count(), db.session.query(SyncRun).count()


def test_records_go_after_ninety_days_and_the_run_with_its_counts_stays(sync: ProductSyncService) -> None:
    run = sync.sync_from_xiva()

    assert sync.purge(utcnow() + timedelta(days=89)) == Purged(plans=0, changes=0, runs=0)
    assert sync.purge(utcnow() + timedelta(days=91)) == Purged(plans=0, changes=120, runs=0)

    assert kept() == (0, 1)
    assert sync.get(run.id).created == 120
    assert db.session.query(Revision).count() == 120


def test_a_run_goes_after_a_year(sync: ProductSyncService) -> None:
    sync.sync_from_xiva()

    sync.purge(utcnow() + timedelta(days=366))

    assert kept() == (0, 0)


def test_a_plan_that_nobody_decided_on_is_closed_and_its_records_go(
    sync: ProductSyncService, xiva: XivaStandin
) -> None:
    preview = sync.run("xiva", dry_run=True)

    purged = sync.purge(utcnow() + timedelta(days=91))

    assert purged == Purged(plans=1, changes=120, runs=0)
    assert (sync.get(preview.id).status, sync.get(preview.id).decided_by) == ("rejected", "retention")
