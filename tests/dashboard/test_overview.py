"""The overview: what needs a person, and nothing that is made up."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.moments import short_day
from catalog_app.dashboard import views
from catalog_app.demo.past import give_past
from catalog_app.demo.standin import Fault, XivaStandin
from catalog_app.edits.models import AWAITING_APPROVAL, EditPlan
from catalog_app.products.days import note_today
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.models import ExternalSystem
from catalog_app.sync.schedule.due import claim_due
from catalog_app.sync.schedule.rows import ensure_rows
from catalog_app.sync.service import ProductSyncService
from tests.support.clients import Browser
from tests.support.people import HTMX
from tests.sync.offerings import offering

PAGE = "/admin/"
PLAN = {"name": "Flex 30 GB", "product_type": "data", "lifecycle_status": "launched"}


@pytest.fixture
def xiva() -> Iterator[XivaStandin]:
    with XivaStandin([offering(number) for number in range(20)]) as standin:
        yield standin


@pytest.fixture
def settings_overrides(xiva: XivaStandin) -> dict[str, Any]:
    return {"xiva": {"base_url": xiva.base_url, "username": xiva.username, "password": xiva.password}}


def read(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def sync() -> None:
    ProductSyncService().sync_from_xiva()
    db.session.remove()


def plan_hourly() -> None:
    with writing() as session:
        session.get_one(ExternalSystem, "xiva").sync_frequency = "hourly"
        session.flush()
        ensure_rows(session, utcnow())


def run_what_is_due() -> None:
    with writing() as session:
        runs = [run.id for run in claim_due(session, utcnow())]
    for run in runs:
        ProductSyncService().execute(run)
    db.session.remove()


def test_a_fresh_installation_leads_through_its_first_steps(app: Flask, viewer: Browser, admin: Browser) -> None:
    page = admin.get(PAGE).text

    # Xiva is configured here, and a viewer, an admin make two people.
    assert "First steps 2 of 4 done" in read(page)
    assert 'aria-label="Sync: Sync it"' in page
    assert 'aria-label="Make: Make a token"' in page
    assert "Invite: Invite a person" not in page
    theirs = viewer.get(PAGE).text
    assert "An admin takes these steps" in theirs
    assert 'aria-label="Make: Make a token"' not in theirs


def test_what_is_not_set_up_is_named_once_there_are_products(app: Flask, viewer: Browser) -> None:
    sync()

    text = read(viewer.get(PAGE).text)

    assert "CRM is not configured Set CATALOG_CRM_BASE_URL" in text
    assert "First steps" not in text


def test_a_plan_that_waits_is_named_with_its_guard_and_leads_to_its_page(
    app: Flask, viewer: Browser, xiva: XivaStandin
) -> None:
    sync()
    xiva.listing.replace([offering(number) for number in range(10)])
    sync()

    page = viewer.get(PAGE).text

    assert "Xiva run 2 waits for approval" in page
    assert "50.0 %, the guard is 10 %." in page
    assert 'href="/admin/sync/runs/2"' in page


def test_an_edit_that_waits_says_in_words_why_it_is_held(app: Flask, viewer: Browser) -> None:
    sync()
    with writing() as session:
        held = [{"size": 1200, "limit": 1000}]
        session.add(
            EditPlan(
                kind="bulk",
                title="Suspend",
                request={"action": "suspend", "values": {}},
                requested_by="user:a@b.example",
                requested_at=utcnow(),
                status=AWAITING_APPROVAL,
                held_because=held,
            )
        )

    text = read(viewer.get(PAGE).text)

    assert "Suspend waits for approval" in text
    assert "It changes 1,200 products, and an editor may change up to 1,000 at once." in text


def test_a_system_that_fails_is_named_with_how_often_and_why(app: Flask, viewer: Browser, xiva: XivaStandin) -> None:
    sync()
    xiva.fault = Fault.HTML_WITH_200
    sync()
    sync()

    text = read(viewer.get(PAGE).text)

    assert "Xiva has failed 2 times" in text
    assert "HTML page instead of records" in text
    assert "33.3 % of runs" in text


def test_a_conflict_is_counted_with_the_fields_that_are_in_it(app: Flask, viewer: Browser, xiva: XivaStandin) -> None:
    sync()
    ours = ProductCatalogService().by_identity("xiva", "PO-7")
    assert ours is not None
    ProductCatalogService().patch(ours.id, {"price": "25.00"}, expected_version=None, actor="user:lina")
    xiva.listing.replace([offering(number, price="29.90" if number == 7 else "19.90") for number in range(20)])
    sync()

    page = viewer.get(PAGE).text

    assert "1 product in conflict" in page
    assert "People and the source both changed: Price (1)." in page
    assert 'href="/admin/products/?sync_state=conflict"' in page


def test_products_that_end_this_month_are_counted_and_listed(app: Flask, viewer: Browser) -> None:
    with time_machine.travel("2026-11-10T12:00:00Z", tick=False):
        for name, end in (("soon", "2026-11-30T21:00:00Z"), ("later", "2026-12-02T00:00:00Z")):
            ProductCatalogService().create({**PLAN, "name": name, "valid_to": end}, actor="cli")
        from_now = viewer.get(PAGE).text
        listed = viewer.get("/admin/ending").text

    assert "1 product ends this month" in from_now
    assert ">soon<" in listed
    assert ">later<" not in listed


def test_segments_that_nobody_defined_are_named(app: Flask, viewer: Browser) -> None:
    ProductCatalogService().create({**PLAN, "target_segments": ["high-value"]}, actor="cli")

    text = read(viewer.get(PAGE).text)

    assert "1 segment is not defined Products of a source are for High value." in text


def test_changes_are_counted_by_who_made_them(app: Flask, viewer: Browser) -> None:
    sync()
    mine = ProductCatalogService().create(PLAN, actor="user:lina@operator.example")
    ProductCatalogService().patch(
        mine.id, {"name": "Flex 60"}, expected_version=None, actor="user:lina@operator.example"
    )
    ProductCatalogService().patch(mine.id, {"name": "Flex 90"}, expected_version=None, actor="token:engine")

    text = read(viewer.get(PAGE).text)

    today = short_day(utcnow())
    assert f"Changes by people 2 since {today}" in text
    assert f"Changes applied by syncs 20 in 1 run since {today}" in text
    assert f"Products active 21 since {today}" in text


def test_a_change_older_than_thirty_days_is_not_counted(app: Flask, viewer: Browser) -> None:
    with time_machine.travel(utcnow() - timedelta(days=31)):
        sync()

    text = read(viewer.get(PAGE).text)
    assert "Changes applied by syncs 0 in 0 runs" in text


def test_the_difference_is_told_from_the_first_day_that_is_known(app: Flask, viewer: Browser) -> None:
    with time_machine.travel("2026-11-20T00:00:05Z", tick=False):
        note_today(utcnow())
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False):
        sync()
        text = read(viewer.get(PAGE).text)

    assert "Products active 20 +20 since 20 Nov" in text
    assert "23 Nov 20 20 Nov 0" in text


def test_days_that_a_demo_made_up_are_told_as_such(app: Flask, viewer: Browser) -> None:
    sync()
    give_past()

    assert "in 30 days, past made up for the demo" in read(viewer.get(PAGE).text)


def test_a_bar_of_the_strip_shows_the_worst_run_of_its_day(app: Flask, viewer: Browser, xiva: XivaStandin) -> None:
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False):
        sync()
    with time_machine.travel("2026-11-23T12:00:00Z", tick=False):
        xiva.fault = Fault.HTML_WITH_200
        sync()
        xiva.fault = None
        sync()
        page = viewer.get(PAGE).text

    assert page.count('class="strip-good"') == 1
    assert page.count('class="strip-failed"') == 1
    assert "The last 30 days of Xiva: 1 all good, 0 held, 1 failed, 28 without a run" in page
    assert "66.7 % of runs" in page


def test_a_system_that_is_tried_again_by_itself_is_backing_off(app: Flask, viewer: Browser, xiva: XivaStandin) -> None:
    with time_machine.travel(utcnow() - timedelta(hours=2)):
        sync()
        plan_hourly()
    xiva.fault = Fault.HTML_WITH_200
    run_what_is_due()
    overview, cards = read(viewer.get(PAGE).text), read(viewer.get("/admin/sync/").text)

    for text in (overview, cards):
        assert "Backing off" in text
        assert "ext try in" in text
    assert "Xiva has failed once" in overview


def test_more_than_a_handful_has_a_page_of_its_own(
    app: Flask, viewer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync()
    ProductCatalogService().create({**PLAN, "target_segments": ["unheard-of"]}, actor="cli")
    assert "All open" not in viewer.get(PAGE).text
    monkeypatch.setattr(views, "A_HANDFUL", 2)

    page, everything = viewer.get(PAGE).text, viewer.get("/admin/open").text

    assert 'href="/admin/open"' in page
    assert (page.count('class="need"'), everything.count('class="need"')) == (2, 3)


def test_what_a_viewer_may_not_decide_is_only_shown(app: Flask, viewer: Browser, xiva: XivaStandin) -> None:
    sync()
    xiva.listing.replace([])
    sync()

    text = read(viewer.get(PAGE).text)

    assert "See plan" in text
    assert "Review" not in text


def test_the_overview_asks_the_same_number_of_queries_whatever_there_is(app: Flask, viewer: Browser) -> None:
    def asked() -> int:
        count = 0

        def note(*_: object) -> None:
            nonlocal count
            count += 1

        event.listen(db.engine, "before_cursor_execute", note)
        viewer.get(PAGE)
        event.remove(db.engine, "before_cursor_execute", note)
        return count

    sync()
    viewer.get(PAGE)  # Whoever looks first on a day writes it down.
    first = asked()
    for _ in range(3):
        sync()

    assert asked() == first


def test_htmx_gets_the_overview_without_the_frame(viewer: Browser) -> None:
    fragment = viewer.get(PAGE, headers=HTMX).text

    assert 'id="overview"' in fragment
    assert "<html" not in fragment
