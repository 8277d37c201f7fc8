"""The campaigns of the demo: of every kind that there is to see, alive, and made in a moment."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from catalog_app.campaigns.models import HELD, Campaign
from catalog_app.campaigns.results.reading import results_of
from catalog_app.core.db import db
from catalog_app.demo.campaigns import CAMPAIGNS, run_campaigns
from catalog_app.demo.catalogue import catalogue
from catalog_app.demo.curation import curate
from catalog_app.demo.standin import XivaStandin
from catalog_app.sync.service import ProductSyncService

SECONDS = 3
"""So much may the campaigns add to the start of the demo, in seconds of the processor."""


@pytest.fixture
def source() -> Iterator[XivaStandin]:
    with XivaStandin(catalogue()) as standin:
        yield standin


@pytest.fixture
def settings_overrides(source: XivaStandin) -> dict[str, Any]:
    return {"xiva": {"base_url": source.base_url, "username": source.username, "password": source.password}}


@pytest.mark.usefixtures("app")
def test_the_campaigns_of_the_demo_show_every_kind_of_result_and_cost_a_moment() -> None:
    ProductSyncService().sync_from_xiva()
    curate()
    began = time.process_time()
    run_campaigns()
    took = time.process_time() - began

    found = {one.name: one for one in db.session.query(Campaign)}
    results = {name: results_of(db.session(), one.id) for name, one in found.items()}
    assert len(found) == len(CAMPAIGNS)
    assert {one.status for one in found.values()} == {"active", "draft"}
    assert {one.on_withdrawal for one in found.values()} == {"hold", "stop", "successor", "last_snapshot"}
    assert all({"ar", "en"} <= set(texts) for one in found.values() for texts in one.messages.values())
    assert sum(one.triggered for one in results.values()) > 1000
    year_end, recharge, music = (
        results[name] for name in ("Year-end 60 GB", "Recharge and get 10 GB", "Music for students")
    )
    assert {"audience", "customer_value"} <= set(year_end.refused)
    assert year_end.comparison.control.customers > 50
    assert 0 < year_end.answers["accepted"] < year_end.answers["delivered"] <= year_end.sent
    assert recharge.comparison.control.customers == 0
    assert music.by_status[HELD] > 0
    assert found["Music for students"].withdrawn_because == "suspended"
    assert len(year_end.sent_by_day) > 10
    assert took < SECONDS
