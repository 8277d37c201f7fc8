"""The page of results: what the numbers say in words, drawn and as tables."""

from typing import Any

import pytest
from flask import Flask

from catalog_app.core.db import db
from tests.campaigns.results.rows import NOW, campaign, delivery, keep
from tests.support.clients import Browser
from tests.support.people import HTMX, signed_in_as


@pytest.fixture
def viewer(app: Flask) -> Browser:
    return signed_in_as(app, "viewer")


def sides(mine: int, target: tuple[int, int], control: tuple[int, int]) -> list[dict[str, Any]]:
    """Return deliveries of (accepted, customers) on each side."""
    return [
        delivery(mine, f"{status}-{number}", status=status, accepted_at=NOW if number < accepted else None)
        for status, (accepted, customers) in (("sent", target), ("control", control))
        for number in range(customers)
    ]


def page(viewer: Browser, mine: int) -> str:
    db.session.remove()
    answer = viewer.get(f"/admin/campaigns/{mine}/results")
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_a_gain_is_told_in_customers_with_its_interval(app: Flask, viewer: Browser) -> None:
    with app.app_context():
        mine = campaign()
        keep(*sides(mine, (180, 900), (5, 100)))
    shown = page(viewer, mine)

    assert "The messages bring acceptances" in shown
    assert "About 135 customers of 900 accepted because of them" in shown
    assert "20.0 %" in shown
    assert "lift +300 %" in shown
    assert shown.count('role="img"') >= 2


def test_an_interval_that_holds_zero_says_how_many_it_takes(app: Flask, viewer: Browser) -> None:
    with app.app_context():
        mine = campaign()
        keep(*sides(mine, (54, 450), (4, 50)))
    shown = page(viewer, mine)

    assert "Too early to tell" in shown
    assert "held-out customers; there are 50" in shown


def test_without_control_nothing_is_claimed(app: Flask, viewer: Browser) -> None:
    with app.app_context():
        mine = campaign()
        keep(*sides(mine, (54, 450), (0, 0)))
    shown = page(viewer, mine)

    assert "Nothing to compare with" in shown
    assert "lift" not in shown


def test_reasons_are_named_and_lead_to_their_deliveries(app: Flask, viewer: Browser) -> None:
    with app.app_context():
        mine = campaign()
        keep(delivery(mine, "a", status="refused", reasons=[{"code": "contact_cap", "rule": "caps", "message": ""}]))
    shown = page(viewer, mine)

    assert "Contacted often enough" in shown
    assert f"/admin/campaigns/{mine}/deliveries?status=refused" in shown


def test_a_campaign_that_was_never_triggered_says_so_and_the_part_alone_is_no_page(app: Flask, viewer: Browser) -> None:
    with app.app_context():
        mine = campaign()

    assert "Nothing was triggered yet" in page(viewer, mine)
    part = viewer.get(f"/admin/campaigns/{mine}/results", headers=HTMX).text
    assert "<html" not in part
    assert 'id="results"' in part


def test_results_of_nothing_are_not_found(viewer: Browser) -> None:
    assert viewer.get("/admin/campaigns/1/results").status_code == 404
