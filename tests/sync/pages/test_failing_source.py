"""What the list of products says of a source that cannot be read: how old its copy is, and that it can be tried again."""

from datetime import timedelta

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import writing
from catalog_app.demo.standin import Fault, XivaStandin
from catalog_app.sync.models import PLANNED, ExternalSystem, SyncRun
from tests.support.clients import Browser
from tests.support.held_jobs import Work
from tests.support.html_forms import untouched_form
from tests.support.people import HTMX
from tests.sync.pages.conftest import Sync
from tests.sync.pages.reading import read

LIST = "/admin/products/"
OF_XIVA = f"{LIST}?external_system=xiva"
FAILED = "The last sync of Xiva failed"


@pytest.fixture
def down(xiva: XivaStandin, sync: Sync) -> SyncRun:
    """Return a run that failed, after one that brought everything three hours ago."""
    sync()
    with writing() as session:
        session.get_one(ExternalSystem, "xiva").state.last_complete_at = utcnow() - timedelta(hours=3)
    xiva.fault = Fault.REFUSE_LOGIN
    return sync()


def test_the_last_good_copy_is_shown_with_its_age_and_the_run_that_failed(viewer: Browser, down: SyncRun) -> None:
    page = read(viewer.get(OF_XIVA).text)

    assert f"{FAILED}. Its last good copy is shown, from 3 h ago . See run {down.id} " in page
    assert "of 120" in page


@pytest.mark.parametrize(
    ("query", "is_told"),
    [
        ("", True),
        ("?external_system=crm&external_system=xiva", True),
        ("?search=offer", True),
        ("?external_system=crm", False),
        ("?external_system=manual", False),
    ],
)
def test_it_is_told_wherever_products_of_that_source_may_stand(
    viewer: Browser, down: SyncRun, query: str, *, is_told: bool
) -> None:
    assert (FAILED in viewer.get(LIST + query).text) is is_told


def test_other_filters_that_leave_nothing_stay_to_blame_for_it(viewer: Browser, down: SyncRun) -> None:
    page = read(viewer.get(f"{OF_XIVA}&search=nowhere").text)

    assert FAILED in page
    assert "No product matches" in page
    assert "Clear filters" in page


@pytest.mark.parametrize("address", [LIST, OF_XIVA])
def test_a_source_that_never_answered_is_why_there_is_nothing(
    editor: Browser, xiva: XivaStandin, sync: Sync, address: str
) -> None:
    xiva.fault = Fault.REFUSE_LOGIN
    sync()

    page = read(editor.get(address).text)

    assert f"{FAILED} There is no earlier copy that could be shown. See run 1 Try again" in page
    assert "No product" not in page


def test_a_good_run_a_preview_or_a_switch_ends_or_keeps_it_as_they_should(
    app: Flask, viewer: Browser, xiva: XivaStandin, sync: Sync, down: SyncRun
) -> None:
    xiva.behave()
    sync(dry_run=True)
    assert FAILED in viewer.get(OF_XIVA).text, "a preview brings nothing, so the copy is as old as before"

    sync()
    assert FAILED not in viewer.get(OF_XIVA).text

    xiva.fault = Fault.REFUSE_LOGIN
    sync()
    with app.app_context(), writing() as session:
        session.get_one(ExternalSystem, "xiva").enabled = False
    assert FAILED not in viewer.get(OF_XIVA).text, "what is switched off is meant to be left alone"


def test_an_approver_tries_again_and_the_notice_goes_when_it_worked(
    approver: Browser, xiva: XivaStandin, down: SyncRun, work: Work
) -> None:
    action, sent = untouched_form(approver.get(OF_XIVA).text, holding="system")
    xiva.behave()

    dialog = approver.post(action, data=dict(sent), headers=HTMX)
    assert 'id="sync-dialog"' in dialog.text
    work()

    assert FAILED not in approver.get(OF_XIVA, headers=HTMX).text


def test_an_editor_tries_again_with_a_preview_and_a_viewer_is_not_asked(
    app: Flask, editor: Browser, viewer: Browser, xiva: XivaStandin, down: SyncRun, work: Work
) -> None:
    action, sent = untouched_form(editor.get(OF_XIVA).text, holding="system")
    xiva.behave()

    assert editor.post(action, data=dict(sent)).status_code == 303
    work()

    with app.app_context(), writing() as session:
        run = session.get_one(SyncRun, down.id + 1)
        assert (run.dry_run, run.full, run.status) == (True, True, PLANNED)
    assert "Try again" not in viewer.get(OF_XIVA).text
