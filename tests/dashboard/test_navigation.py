"""The tabs, on every page and for every role."""

import re

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.dashboard.navigation import TABS
from catalog_app.sync.models import SyncRun
from tests.support.clients import Browser


def test_every_tab_leads_to_a_page_that_is_there(app: Flask, viewer: Browser) -> None:
    assert [tab.endpoint for tab in TABS if tab.endpoint not in app.view_functions] == []
    page = viewer.get("/admin/").text
    assert page.count('class="rail-item"') == len(TABS)
    for address in re.findall(r'class="rail-item"\s+href="([^"]+)"', page):
        assert viewer.get(address).status_code == 200


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("/admin/", "Overview"),
        ("/admin/sync/", "Sync"),
        ("/admin/campaigns/", "Campaigns"),
        ("/admin/activity/", "Activity"),
        ("/admin/settings/", "Settings"),
        ("/admin/settings/segments/", "Settings"),
        ("/admin/settings/about", "Settings"),
        ("/admin/recommendations/decisions/", "Recommendations"),
        ("/admin/settings/recommendations/", "Settings"),
    ],
)
def test_the_tab_of_the_present_page_is_marked_and_no_other(viewer: Browser, address: str, label: str) -> None:
    page = viewer.get(address).text

    marked = re.findall(r'<a class="rail-item"[^>]*aria-current="page"[^>]*>(.*?)</a>', page, re.DOTALL)
    assert len(marked) == 1
    assert f"<span>{label}</span>" in marked[0]


def test_plans_that_wait_are_counted_beside_the_tab(app: Flask, viewer: Browser) -> None:
    assert "nav-badge" not in viewer.get("/admin/").text
    run = SyncRun(
        external_system="xiva",
        status="awaiting_approval",
        requested_by="cli",
        requested_at=utcnow(),
        finished_at=utcnow(),
    )
    db.session.add(run)
    db.session.commit()

    assert re.search(r'nav-badge">1<', viewer.get("/admin/").text)


def test_home_leads_to_the_overview(viewer: Browser) -> None:
    answer = viewer.get("/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")
