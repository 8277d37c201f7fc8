"""What is read of a million deliveries is read by an index, in its order, and without a look at what is not wanted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event

from catalog_app.campaigns.deliveries.reading import deliveries
from catalog_app.campaigns.models import SENT
from catalog_app.campaigns.senders.due import campaigns_due, is_due
from catalog_app.campaigns.senders.retention import purge
from catalog_app.core.db import db
from tests.campaigns.senders.promises import change, later, promised, running


@contextmanager
def plans() -> Iterator[list[str]]:
    """Gather how SQLite goes about each reading of deliveries; PostgreSQL goes by figures that a small table lacks."""
    found: list[str] = []

    def explain(connection: Connection, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if connection.dialect.name == "sqlite" and statement.startswith("SELECT") and "FROM delivery" in statement:
            cursor = connection.connection.cursor()
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            found.append(" ".join(str(row[-1]) for row in cursor.fetchall()))

    event.listen(db.engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", explain)


@pytest.mark.parametrize("status", [None, "waiting"])
@pytest.mark.parametrize("number", [None, 123])
def test_a_page_of_deliveries_sorts_nothing_but_those_of_one_customer(
    app: Flask, status: str | None, number: int | None
) -> None:
    campaign = running()
    promised(campaign, 150)
    customer = None if number is None else f"{campaign:08x}{number:024x}"

    with plans() as found:
        page = deliveries(db.session(), campaign, status=status, customer=customer, limit=50)

    assert len(page.items) == (50 if customer is None else 1)
    for plan in found:
        wanted = "(campaign_id=? AND customer=?)" if customer else "ix_delivery_campaign_id"
        assert wanted in plan, plan
        assert customer or "TEMP B-TREE" not in plan, plan


def test_what_a_paused_campaign_has_due_is_passed_over_without_a_look_at_it(app: Flask) -> None:
    campaign = running()
    promised(campaign, 20)
    change(campaign, status="paused")

    with plans() as found:
        assert not is_due(db.session(), later(days=1), sender="outbox")
        assert not campaigns_due(db.session(), later(days=1), ["outbox"])

    assert all("COVERING INDEX ix_delivery_open" in plan for plan in found), found


def test_retention_looks_at_nothing_that_it_has_emptied(app: Flask) -> None:
    promised(running(), 20, status=SENT, ended_at=later())

    with plans() as found:
        assert purge(later(days=31)) == {"customers_of_deliveries": 20}

    assert all("ix_delivery_personal" in plan for plan in found), found
