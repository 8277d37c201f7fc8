"""The sync dialog, and the same as pages for those who switch scripts off."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.demo.standin import Fault, XivaStandin
from catalog_app.products.models import Product
from catalog_app.sync.models import SyncRun
from catalog_app.sync.runs.lease import take
from catalog_app.sync.service import ProductSyncService
from tests.support.clients import Browser
from tests.support.held_jobs import Work
from tests.support.people import HTMX

START = "/admin/sync/runs"


def products() -> int:
    db.session.rollback()
    return db.session.query(Product).count()


def started(browser: Browser, **fields: str) -> str:
    """Start a run as a page without scripts does, and return the address of its page."""
    answer = browser.send(START, **{"system": "xiva", "mode": "apply", **fields})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_the_dialog_offers_every_system_and_previews_unless_told_otherwise(approver: Browser) -> None:
    dialog = approver.get("/admin/sync/new", headers=HTMX).text

    assert [name in dialog for name in ("Xiva", "CRM", "Billing")] == [True, True, True]
    (chosen,) = re.findall(r"<input [^>]*checked[^>]*name=\"mode\"[^>]*>", dialog)
    assert 'value="preview"' in chosen
    assert "<html" not in dialog


def test_without_scripts_the_dialog_is_a_page_of_its_own(approver: Browser) -> None:
    page = approver.get("/admin/sync/new").text

    assert "<html" in page
    assert f'action="{START}"' in page


def test_a_run_that_is_applied_brings_the_products(approver: Browser, work: Work) -> None:
    address = started(approver)
    assert "Waiting to start" in approver.get(address).text

    work()

    page = approver.get(address).text
    assert "Applied" in page
    assert products() == 120


def test_a_preview_shows_what_would_come_and_writes_nothing(approver: Browser, work: Work) -> None:
    address = started(approver, mode="preview")
    work()

    page = approver.get(address).text

    assert "Preview" in page
    assert "Nothing has been written." in page
    assert "creates 120, updates 0 and withdraws 0" in page
    assert products() == 0


def test_in_the_dialog_a_run_is_followed_until_it_has_ended(approver: Browser, work: Work) -> None:
    fields = {"csrf_token": approver.csrf(), "system": "xiva", "mode": "apply"}
    first = approver.post(START, data=fields, headers=HTMX)
    assert first.status_code == 200
    assert 'hx-trigger="every 1s"' in first.text
    assert "You may close this; the run goes on." in first.text
    assert "runs-changed" in first.headers["HX-Trigger"]

    work()
    last = approver.get("/admin/sync/runs/1/dialog", headers=HTMX)

    assert "every 1s" not in last.text
    assert "120 changes applied" in last.text
    assert last.headers["HX-Trigger"] == "runs-changed, products-changed"


def test_the_address_of_the_dialog_leads_to_the_page_of_the_run(approver: Browser, work: Work) -> None:
    started(approver)

    answer = approver.get("/admin/sync/runs/1/dialog")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/sync/runs/1")


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_system_that_is_not_configured_is_told_beside_the_form_with_what_to_set(
    approver: Browser, headers: dict[str, str]
) -> None:
    fields = {"csrf_token": approver.csrf(), "system": "crm", "mode": "preview"}
    answer = approver.post(START, data=fields, headers=headers)

    assert answer.status_code == 409
    assert "CRM is not configured" in answer.text
    assert "CATALOG_CRM_BASE_URL" in answer.text
    assert f'action="{START}"' in answer.text


def test_a_system_that_is_busy_is_told_beside_the_form_with_a_link_to_its_run(
    app: Flask, approver: Browser, work: Work
) -> None:
    started(approver)
    with writing() as session:
        claim = take(session, "xiva", seconds=60, now=utcnow())
        assert claim is not None
        run = session.get_one(SyncRun, 1)
        run.status, run.lease_number, run.started_at = "fetching", claim.number, utcnow()

    answer = approver.send(START, system="xiva", mode="apply")

    assert answer.status_code == 409
    assert "Xiva is being synced now by run 1." in answer.text
    assert 'href="/admin/sync/runs/1"' in answer.text


@pytest.mark.parametrize("system", ["", "elsewhere", "xiva\x00", "manual"])
def test_a_system_that_is_none_is_refused_beside_the_form(approver: Browser, system: str) -> None:
    answer = approver.send(START, system=system, mode="apply")

    assert answer.status_code == 422
    assert f'action="{START}"' in answer.text


def test_a_run_that_waits_is_cancelled(approver: Browser, work: Work) -> None:
    address = started(approver)

    answer = approver.send(f"{address}/cancel")
    work()

    assert answer.status_code == 303
    assert "Cancelled before its end" in approver.get(address).text
    assert products() == 0


def test_a_run_that_has_ended_is_not_cancelled(approver: Browser, work: Work) -> None:
    address = started(approver)
    work()

    answer = approver.send(f"{address}/cancel")

    assert answer.status_code == 409
    assert "has ended" in answer.text


def test_a_run_that_failed_says_why_and_what_to_do(approver: Browser, work: Work, xiva: XivaStandin) -> None:
    xiva.fault = Fault.HTML_WITH_200
    address = started(approver)
    work()

    page = approver.get(address).text

    assert "HTML page instead of records" in page
    assert "Nothing was applied" in page
    assert "Run again" in page


def test_a_run_whose_process_ended_is_shown_as_interrupted(approver: Browser, work: Work) -> None:
    address = started(approver)
    with writing() as session:
        run = session.get_one(SyncRun, 1)
        run.status, run.lease_number, run.started_at = "fetching", 77, utcnow() - timedelta(minutes=5)

    page = approver.get(address).text

    assert "Interrupted" in page
    assert "every 1s" not in page


def test_a_viewer_sees_no_button_and_is_refused(viewer: Browser) -> None:
    page = viewer.get("/admin/sync/").text
    assert "Sync now" not in page
    assert "/admin/sync/new" not in page

    assert viewer.get("/admin/sync/new").status_code == 403
    assert viewer.send(START, system="xiva", mode="preview").status_code == 403
    assert viewer.send("/admin/sync/runs/1/cancel").status_code == 403


def test_progress_is_counted_against_what_the_source_promised(approver: Browser, work: Work) -> None:
    address = started(approver)
    with writing() as session:
        claim = take(session, "xiva", seconds=60, now=utcnow())
        assert claim is not None
        run = session.get_one(SyncRun, 1)
        run.status, run.lease_number, run.started_at = "fetching", claim.number, utcnow() - timedelta(seconds=10)
        run.pages, run.fetched, run.expected_total = 2, 1000, 4000

    page = " ".join(approver.get(address).text.split())

    assert "25 %" in page
    assert "<strong>2</strong> of 8" in page
    assert "<strong>1,000</strong> of 4,000" in page
    assert "rows/s" in page


def test_starting_asks_for_the_csrf_token(approver: Browser) -> None:
    assert approver.post(START, data={"system": "xiva", "mode": "apply"}).status_code == 400
    assert ProductSyncService().runs() == []


def test_an_editor_is_offered_a_preview_alone_and_refused_to_apply(editor: Browser, work: Work) -> None:
    dialog = editor.get("/admin/sync/new?mode=apply", headers=HTMX).text
    assert "An approver applies it." in dialog
    assert 'value="apply"' not in dialog

    assert editor.send(START, system="xiva", mode="apply").status_code == 403
    assert editor.send(START, system="xiva", mode="preview").status_code == 303


def test_reopening_the_dialog_while_a_run_goes_on_shows_its_progress(editor: Browser, work: Work) -> None:
    address = started(editor, mode="preview")

    assert "Waiting to start" in editor.get("/admin/sync/new", headers=HTMX).text
    assert "Waiting to start" in editor.get("/admin/sync/new?system=xiva", headers=HTMX).text
    assert "Start</span>" in editor.get("/admin/sync/new?system=crm", headers=HTMX).text
    assert editor.get("/admin/sync/new").headers["Location"] == address


def test_changes_only_is_offered_where_the_system_can_list_them(editor: Browser) -> None:
    assert "Every page is read: Xiva cannot list its changes alone." in editor.get("/admin/sync/new").text
    crm = editor.get("/admin/sync/new?system=crm").text
    assert "Changes only" in crm
    assert "only it can find withdrawn products" in crm
