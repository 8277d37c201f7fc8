"""What is told of offers and holdings is taken down once, with what it answers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from catalog_app.contacts import erasing
from catalog_app.contacts.customers import hasher
from catalog_app.contacts.history import histories
from catalog_app.contacts.models import Contact
from catalog_app.contacts.policy import Policy
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.retention import forget
from catalog_app.recommendations.models import FeedbackEvent
from tests.recommendations.feedback.told import decided, event, products, statuses, tell


def kept() -> list[FeedbackEvent]:
    db.session.remove()
    return list(db.session().scalars(select(FeedbackEvent).order_by(FeedbackEvent.event_id)))


def hashed(customer_id: str) -> str:
    return hasher(db.session())(customer_id)


def test_an_event_at_fault_is_refused_by_its_field_and_the_others_are_taken(app: Flask) -> None:
    (product,) = products(1)

    settled = tell(
        event(1, product, customer_features={"age": 31, "segments": ["a"]}, owned=[product, 999, "manual:none"]),
        event(2, 999),
        event(3, product, "bought"),
        event(4, product, occurred_at=(utcnow() + timedelta(minutes=6)).isoformat()),
        event(5, product, customer_features={"usage": 1e300}),
        "nothing",
        event(6, product, "held", decision_id=7),
    )

    assert statuses(settled) == ["recorded", *["refused"] * 6]
    assert [list(one.errors) for one in settled[1:]] == [
        ["product_id"], ["event"], ["occurred_at"], ["customer_features.usage"], [""], ["event"],
    ]  # fmt: skip
    (row,) = kept()
    assert (row.customer, row.owned, row.features) == (hashed("C-1"), [product], {"age": 31, "segments": ["a"]})


def test_the_events_of_a_call_may_name_more_products_than_a_statement_takes_values(app: Flask) -> None:
    (product,) = products(1)
    many = [event(n, product, owned=list(range(1 + n * 1_000, 1_001 + n * 1_000))) for n in range(260)]

    assert set(statuses(tell(*many))) == {"recorded"}
    assert [row.owned for row in kept() if row.owned] == [[product]]


def test_an_event_that_is_told_again_changes_nothing_whatever_it_says(app: Flask) -> None:
    first, second = products(2)

    once = tell(event(1, first), event(1, second), event(2, first, "accepted"))
    again = tell(event(2, second, "declined", customer_id="C-2"), event(3, first))

    assert statuses(once) == ["recorded", "repeated", "recorded"]
    assert statuses(again) == ["repeated", "recorded"]
    assert [(row.product_id, row.event) for row in kept()] == [(first, "shown"), (first, "accepted"), (first, "shown")]


def test_twenty_who_tell_the_same_at_once_are_told_that_one_of_them_was_first(app: Flask) -> None:
    (product,) = products(1)

    def teller(number: int) -> list[str]:
        with app.app_context():
            try:
                # The same events of other customers do not even wait for each other.
                return statuses(tell(event("same", product), event("other", product, customer_id=f"C-{number}")))
            finally:
                db.session.remove()

    with ThreadPoolExecutor(20) as tellers:
        told = list(tellers.map(teller, range(20)))

    assert [[one[place] for one in told].count("recorded") for place in (0, 1)] == [1, 1]
    assert len(kept()) == 2


def test_an_answer_belongs_to_the_newest_decision_that_offered_the_product_to_the_customer(app: Flask) -> None:
    first, second = products(2)
    now = utcnow()
    days = [now - timedelta(days=back) for back in (20, 5, 2, 1)]
    customer = hashed("C-1")
    _old, fits, other_product, other_customer = (
        decided(whose, offered, moment)
        for whose, offered, moment in zip(
            [customer, customer, customer, hashed("C-2")],
            [[first], [second, first], [second], [first]],
            days,
            strict=True,
        )
    )

    settled = tell(
        event(1, first, "accepted"),
        event(2, second, "shown", decision_id=other_product),
        event(3, first, "shown", decision_id=other_customer),
        event(4, first, "shown", decision_id=99_999),
        event(5, first, "shown", occurred_at=(now - timedelta(days=50)).isoformat()),
        event(6, first, "held"),
    )

    assert [one.decision_id for one in settled] == [fits, other_product, None, None, None, None]
    assert statuses(settled) == ["recorded", "recorded", "refused", "refused", "recorded", "recorded"]


def test_offers_and_answers_are_contacts_that_hold_for_everybody(app: Flask) -> None:
    first, second = products(2)
    now = utcnow()

    def ago(days: int) -> dict[str, Any]:
        return {"occurred_at": (now - timedelta(days=days)).isoformat()}

    tell(
        event(1, first, "shown", channel="sms", **ago(3)),
        event(2, first, "shown", channel="app", **ago(2)),
        event(3, first, "declined", **ago(1)),
        event(4, second, "accepted", **ago(1)),
        event(5, second, "held", **ago(1)),
        event(6, first, "shown", **ago(4_000)),
    )
    tell(event(7, second, "accepted"))

    customer = hashed("C-1")
    past = histories(db.session(), [customer], product_ids=None, campaign_id=None, policy=Policy(), now=now)[customer]
    assert past.times_taken == {second: 1}
    assert list(past.last_declined) == [first]
    answers = db.session.execute(select(Contact.channel, Contact.answer).order_by(Contact.at)).all()
    assert [tuple(row) for row in answers] == [("sms", None), ("app", "declined"), ("", "accepted")]


def test_an_erased_customer_leaves_no_event_and_old_ones_go_by_themselves(app: Flask) -> None:
    (product,) = products(1)
    long_ago = utcnow() - timedelta(days=401)
    tell(*(event(number, product) for number in range(3)), now=long_ago)
    tell(event(3, product, occurred_at=long_ago.isoformat()), event(4, product, customer_id="C-2"))

    assert forget()["events"] == 3
    assert erasing.erase("C-1", actor="tests")["events"] == 1
    assert db.session.execute(select(func.count()).select_from(FeedbackEvent)).scalar_one() == 1
