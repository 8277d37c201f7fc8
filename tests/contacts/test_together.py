"""Many at once: whoever holds a customer decides alone, so that no cap is ever exceeded."""

import threading
from datetime import UTC, datetime
from typing import Final

from flask import Flask
from sqlalchemy import func, select

from catalog_app.contacts.book import NewContact, lock, record
from catalog_app.contacts.choices import choose
from catalog_app.contacts.customers import hasher
from catalog_app.contacts.history import histories
from catalog_app.contacts.models import Contact, ContactChoice
from catalog_app.contacts.permission import cap_refusal
from catalog_app.contacts.policy import Cap, Policy
from catalog_app.contacts.schema import ChoiceInput
from catalog_app.core.db import db, writing
from tests.products.factories import saved

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
POLICY: Final = Policy(caps=(Cap(None, most=3, days=7),))
CUSTOMERS: Final = [f"{number:032x}" for number in range(5)]


def promise(product_id: int, keys: list[str]) -> None:
    """Contact each of these customers unless that would be too often, as a trigger does."""
    with writing() as session:
        lock(session, keys)
        known = histories(session, keys, product_ids=(), campaign_id=None, policy=POLICY, now=NOW)
        allowed = [key for key in keys if cap_refusal(POLICY, known[key], "sms", NOW) is None]
        record(session, [NewContact(key, product_id, "sms", NOW) for key in allowed])


def at_once(app: Flask, count: int, work: object) -> None:
    faults: list[BaseException] = []

    def one(number: int) -> None:
        with app.app_context():
            try:
                work(number)  # type: ignore[operator]  # a function of the test
            except BaseException as fault:  # noqa: BLE001  # told below
                faults.append(fault)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_twenty_promises_at_once_never_exceed_a_cap(app: Flask) -> None:
    with writing() as session:
        product_id = saved(session).id

    # Each names the customers in another order: nobody waits in a circle.
    at_once(app, 20, lambda number: promise(product_id, CUSTOMERS[number % 5 :] + CUSTOMERS[: number % 5]))

    db.session.rollback()
    counts = db.session.execute(select(Contact.customer, func.count()).group_by(Contact.customer)).all()
    assert {customer: count for customer, count in counts} == dict.fromkeys(CUSTOMERS, 3)  # noqa: C416  # a row is no pair


def test_a_batch_of_a_thousand_customers_holds_few_locks(app: Flask) -> None:
    keys = [f"{number * 2_654_435_761 % 2**32:08x}{number:024x}" for number in range(1_000)]

    at_once(app, 12, lambda _number: _hold(keys))


def _hold(keys: list[str]) -> None:
    with writing() as session:
        lock(session, keys)


def test_choices_told_at_once_leave_the_newest(app: Flask) -> None:
    def tell(number: int) -> None:
        at = datetime(2026, 6, 1, 12, number, tzinfo=UTC).isoformat()
        said = {"customer_id": "C-1", "channel": "sms", "choice": ("in", "out")[number % 2], "at": at}
        choose([ChoiceInput.check(said)], actor="tests")

    at_once(app, 12, tell)

    db.session.rollback()
    (row,) = db.session.scalars(select(ContactChoice)).all()
    assert (row.choice, row.at.minute) == ("out", 11)
    assert row.customer == hasher(db.session())("C-1")
