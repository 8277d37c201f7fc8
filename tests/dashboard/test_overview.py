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
from catalog_app.core.db import db
from catalog_app.demo.standin import Fault, XivaStandin
from catalog_app.products.service import ProductCatalogService
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


def test_an_empty_catalogue_says_what_to_do_first(app: Flask, viewer: Browser) -> None:
    text = read(viewer.get(PAGE).text)

    assert "CRM is not configured Set CATALOG_CRM_BASE_URL" in text
    assert "No products yet" in text
    assert "Products active 0 of 0, 0 available now" in text


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

    assert "Changes by people 2 in 30 days" in text
    assert "Changes applied by syncs 20 in 1 run, 30 days" in text
    assert "Products active 21 of 21, 21 available now" in text


def test_a_change_older_than_thirty_days_is_not_counted(app: Flask, viewer: Browser) -> None:
    with time_machine.travel(utcnow() - timedelta(days=31)):
        sync()

    assert "Changes applied by syncs 0 in 0 runs" in read(viewer.get(PAGE).text)


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
    first = asked()
    for _ in range(3):
        sync()

    assert asked() == first


def test_htmx_gets_the_overview_without_the_frame(viewer: Browser) -> None:
    fragment = viewer.get(PAGE, headers=HTMX).text

    assert 'id="overview"' in fragment
    assert "<html" not in fragment
