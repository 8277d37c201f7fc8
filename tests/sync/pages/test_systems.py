"""The page of systems and runs."""

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.demo.standin import Fault, XivaStandin
from catalog_app.sync.models import SyncRun
from catalog_app.sync.standing import standings
from tests.support.clients import Browser
from tests.support.people import HTMX
from tests.sync.conftest import PASSWORD
from tests.sync.offerings import offering
from tests.sync.pages.conftest import Sync, Work

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
    editor.send("/admin/sync/runs", system="xiva", mode="apply")
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
