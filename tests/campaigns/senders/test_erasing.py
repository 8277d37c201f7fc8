"""A customer who wants to be erased: nothing goes out to them any more, and nothing says that they were ever there."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from catalog_app.campaigns.models import CANCELLED, CONTROL, DEAD, LEASED, SENT, WAITING, Campaign, Delivery
from catalog_app.campaigns.results.reading import by_status
from catalog_app.contacts.customers import hasher
from catalog_app.contacts.models import Contact, ContactChoice
from catalog_app.core.db import Base, db
from catalog_app.products.models import Product
from tests.campaigns.factories import offered, running
from tests.campaigns.senders.promises import change, delivery, later, promised, statuses
from tests.campaigns.senders.promises import running as sending
from tests.campaigns.triggering.calls import item, trigger
from tests.support.api import Program

LINA = "lina-4711"
NOTHING_DECIDED = {"decisions": 0, "events": 0}
ERASED = {**NOTHING_DECIDED, "deliveries": 2, "cancelled": 2, "contacts": 0, "choices": 1}


@pytest.fixture
def program(app: Flask) -> Program:
    return Program.with_scopes(app, "admin", "campaigns:trigger", "campaigns:write")


def choose(program: Program, channel: str, choice: str) -> None:
    program.post("/contacts/choices/", {"choices": [{"customer_id": LINA, "channel": channel, "choice": choice}]})


def test_an_erased_customer_is_found_in_no_table_but_for_the_hash_of_an_opt_out(app: Flask, program: Program) -> None:
    product = offered(quota_total=10)
    first, second = running(product), running(product, name="Another")
    with app.app_context():
        customer = hasher(db.session())(LINA)
    for campaign in (first, second):
        trigger(campaign.id, item(1, customer_id=LINA, address="+966500000001"), item(2))
    choose(program, "email", "out")
    choose(program, "sms", "in")

    answer = program.post("/contacts/erase/", {"customer_id": LINA})

    assert (answer.status_code, answer.json) == (200, ERASED)
    db.session.rollback()
    assert _rows_that_say(customer) == {"contact_choice": 1}
    assert _rows_that_say(LINA) == _rows_that_say("+966500000001") == {}
    (kept,) = db.session.scalars(select(ContactChoice))
    assert (kept.choice, kept.channel) == ("out", "email")
    # What was promised is promised no longer, and the other customer is as before.
    assert statuses(first.id) == [CANCELLED, WAITING]
    assert db.session.get_one(Campaign, first.id, populate_existing=True).promised == 1
    assert db.session.get_one(Product, product.id, populate_existing=True).quota_left == 8
    assert db.session.scalar(select(func.count()).select_from(Contact)) == 2
    assert program.post("/contacts/erase/", {"customer_id": LINA}).json == dict.fromkeys(ERASED, 0)


def test_what_was_handed_over_is_counted_as_before(app: Flask, program: Program) -> None:
    campaign = sending()
    with app.app_context():
        own: dict[str, Any] = {"customer": hasher(db.session())(LINA), "customer_id": LINA}
    for number, status in enumerate((SENT, DEAD, CONTROL)):
        promised(campaign, key=f"C1-{number}", status=status, ended_at=later(), **own)
    (leased,) = promised(campaign, key="C1-leased", status=LEASED, lease="ab", attempts=1, **own)
    (trial,) = promised(campaign, key="test:1", status=SENT, **own)
    change(campaign, promised=4)

    answer = program.post("/contacts/erase/", {"customer_id": LINA})

    assert answer.json == {**NOTHING_DECIDED, "deliveries": 5, "cancelled": 1, "contacts": 0, "choices": 0}
    assert by_status(db.session(), campaign) == {SENT: 1, DEAD: 1, CONTROL: 1, CANCELLED: 1}
    kept = db.session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert len({one.customer for one in kept}) == 1
    assert [one.key for one in kept] == [*(f"erased:{one.id}" for one in kept[:-1]), "test:1"]
    assert all(one.snapshot for one in kept)
    # It may be with its customer already, and counts as what was promised.
    assert delivery(leased).lease == "ab"
    assert delivery(trial).message is None


@pytest.mark.parametrize("body", [{}, {"customer_id": ""}, {"customer_id": 7}, {"customer_id": "a", "channel": "sms"}])
def test_who_is_to_be_erased_is_to_be_said(program: Program, body: dict[str, Any]) -> None:
    assert program.post("/contacts/erase/", body).status_code in {400, 422}


def test_only_an_admin_may_erase(app: Flask) -> None:
    program = Program.with_scopes(app, "campaigns:write", "campaigns:trigger")

    assert program.post("/contacts/erase/", {"customer_id": LINA}).status_code == 403


def _rows_that_say(word: str) -> dict[str, int]:
    """Return how many rows of which table hold a text anywhere; what a token or a log of requests says is not asked."""
    found = {}
    for table in Base.metadata.sorted_tables:
        columns = " || ' ' || ".join(f"coalesce(CAST(\"{column.name}\" AS text), '')" for column in table.columns)
        query = text(f'SELECT count(*) FROM "{table.name}" WHERE {columns} LIKE :word')  # noqa: S608  # our own names
        if count := db.session.execute(query, {"word": f"%{word}%"}).scalar():
            found[table.name] = count
    return found
