"""The page of systems and runs."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.demo.standin import Fault, XivaStandin
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import ExternalSystem, SyncRun, SystemSchedule
from catalog_app.sync.runs.standing import standings
from tests.support.clients import Browser
from tests.support.held_jobs import Work
from tests.support.people import HTMX
from tests.sync.conftest import PASSWORD
from tests.sync.offerings import offering
from tests.sync.pages.conftest import Sync
from tests.sync.pages.reading import read

PAGE = "/admin/sync/"


def health() -> str:
    db.session.rollback()
    return next(standing.health for standing in standings(db.session(), now=utcnow()) if standing.key == "xiva")


def test_a_system_that_is_not_configured_says_which_settings_to_set(viewer: Browser) -> None:
    page = viewer.get(PAGE).text

    assert "Not configured" in page
    assert "CATALOG_CRM_BASE_URL" in page
    assert "CATALOG_BILLING_BASE_URL" in page
    assert "CATALOG_XIVA_BASE_URL" not in page


def test_no_page_shows_a_secret(viewer: Browser, sync: Sync) -> None:
    sync()

    for address in (PAGE, "/admin/sync/runs/1", "/admin/settings/systems", "/admin/", "/admin/activity/"):
        assert PASSWORD not in viewer.get(address).text


def test_the_health_of_a_system_follows_its_runs(app: Flask, sync: Sync, xiva: XivaStandin) -> None:
    assert health() == "never"
    sync(dry_run=True)
    assert health() == "never"
    sync()
    assert health() == "healthy"
    xiva.listing.replace([offering(1)])
    sync()
    assert health() == "held"
    xiva.fault = Fault.HTML_WITH_200
    sync()
    assert health() == "failed"


def test_failures_in_a_row_are_counted_since_the_last_good_run(app: Flask, sync: Sync, xiva: XivaStandin) -> None:
    sync()
    xiva.fault = Fault.HTML_WITH_200
    sync()
    sync()

    (standing, *_) = standings(db.session(), now=utcnow())

    assert (standing.failures, len(standing.recent)) == (2, 3)
    assert standing.good_percent == pytest.approx(100 / 3)


def test_a_queued_run_shows_the_system_as_busy_until_it_has_ended(editor: Browser, work: Work) -> None:
    editor.send("/admin/sync/runs", system="xiva", mode="preview")
    assert "every 2s" in editor.get(PAGE).text

    work()

    assert "every 2s" not in editor.get(PAGE).text


def test_runs_are_listed_newest_first_and_paged(app: Flask, viewer: Browser) -> None:
    db.session.add_all(
        SyncRun(external_system="xiva", status="cancelled", requested_by="cli", requested_at=utcnow())
        for _ in range(25)
    )
    db.session.commit()

    first = viewer.get(PAGE).text
    assert first.index('/admin/sync/runs/25"') < first.index('/admin/sync/runs/6"')
    assert '/admin/sync/runs/5"' not in first
    second = viewer.get(f"{PAGE}?before=6").text
    assert '/admin/sync/runs/5"' in second
    assert '/admin/sync/runs/6"' not in second


def test_runs_are_narrowed_to_one_system(app: Flask, viewer: Browser, sync: Sync) -> None:
    sync()

    assert '/admin/sync/runs/1"' in viewer.get(f"{PAGE}?system=xiva").text
    nothing = viewer.get(f"{PAGE}?system=crm").text
    assert '/admin/sync/runs/1"' not in nothing
    assert "No run matches" in nothing


@pytest.mark.parametrize("query", ["before=x", "before=-3", "before=99999999999999999999", "system=%00", "system=none"])
def test_a_made_up_address_is_harmless(viewer: Browser, query: str) -> None:
    assert viewer.get(f"{PAGE}?{query}").status_code == 200


def test_without_runs_the_page_offers_the_first_step_to_those_who_may_take_it(viewer: Browser, editor: Browser) -> None:
    assert "No runs yet" in viewer.get(PAGE).text
    assert "Sync now" not in viewer.get(PAGE, headers=HTMX).text
    assert "Sync now" in editor.get(PAGE, headers=HTMX).text


def test_runs_are_narrowed_to_one_state_and_the_address_says_so(viewer: Browser, sync: Sync, xiva: XivaStandin) -> None:
    sync()
    xiva.fault = Fault.HTML_WITH_200
    sync()

    failed = viewer.get(f"{PAGE}?status=failed&system=xiva").text
    assert '/admin/sync/runs/2"' in failed
    assert '/admin/sync/runs/1"' not in re.sub(
        r'class="system-cards".*?</section>\s*</div>', "", failed, flags=re.DOTALL
    )
    assert "No run matches" in viewer.get(f"{PAGE}?status=deferred").text
    assert viewer.get(f"{PAGE}?status=%00&system=none").status_code == 200


def test_a_card_tells_when_the_system_is_next_due_and_why_the_last_try_failed(viewer: Browser, sync: Sync) -> None:
    sync()
    with writing() as session:
        session.get_one(ExternalSystem, "xiva").sync_frequency = "hourly"
        due = SystemSchedule(
            external_system="xiva", frequency="hourly", due_at=utcnow() + timedelta(minutes=14, seconds=30)
        )
        due.failures, due.reason = 2, "xiva answered 503"
        session.merge(due)
    page = read(viewer.get(PAGE).text)

    assert "Next try in 14 min , try 3" in page or "Next try in 14 min, try 3" in page


def test_a_card_marks_a_listing_that_is_not_complete_and_links_what_was_rejected(
    viewer: Browser, sync: Sync, xiva: XivaStandin
) -> None:
    sync()
    assert "Incomplete listing" not in viewer.get(PAGE).text
    xiva.listing.replace([*(offering(number) for number in range(1, 120)), offering(0, lifecycleStatus="Sunset")])
    xiva.fault = Fault.IGNORE_OFFSET
    run = sync()

    page = viewer.get(PAGE).text

    assert "Incomplete listing" in page
    assert run.rejected == 0 or f"/admin/sync/runs/{run.id}?kind=rejected" in page


def test_the_conflicts_of_a_card_are_those_that_still_wait(
    viewer: Browser, editor: Browser, sync: Sync, xiva: XivaStandin
) -> None:
    sync()
    ours = ProductCatalogService().by_identity("xiva", "PO-7")
    assert ours is not None
    ProductCatalogService().patch(ours.id, {"price": "25.00"}, expected_version=None, actor="user:lina")
    xiva.listing.replace([offering(number, price="29.90" if number == 7 else "19.90") for number in range(120)])
    run = sync()
    assert "1 conflict" in read(viewer.get(PAGE).text)

    editor.send(f"/admin/sync/runs/{run.id}/settle", choice="keep", target="all")

    assert "1 conflict" not in read(viewer.get(PAGE).text)
