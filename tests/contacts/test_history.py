"""What is known of many customers at once is what one would find by going through every contact."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from catalog_app.contacts.book import Answer, NewContact, answer, record, withdraw
from catalog_app.contacts.history import Choice, History, histories
from catalog_app.contacts.models import Contact, ContactChoice
from catalog_app.contacts.policy import Cap, Policy
from tests.products.factories import saved

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
POLICY = Policy(caps=(Cap(None, 5, 7), Cap("sms", 3, 30)))
KEYS = [f"{number:032x}" for number in range(12)]


def contacts_of(session: Session, luck: random.Random, count: int = 400) -> list[NewContact]:
    products = [saved(session).id for _ in range(4)]
    return [
        NewContact(
            customer=luck.choice(KEYS[:-1]),
            product_id=luck.choice(products),
            channel=luck.choice(("sms", "email")),
            # Some wait for tomorrow morning.
            at=NOW - timedelta(minutes=luck.randrange(-900, 60 * 24 * 60)),
            campaign_id=luck.choice((None, 1, 2)),
            delivery_id=number,
        )
        for number in range(1, count + 1)
    ]


def answers_to(luck: random.Random, contacts: Sequence[NewContact]) -> dict[int, Answer]:
    return {
        contact.delivery_id or 0: Answer(luck.choice(("accepted", "declined")), contact.at + timedelta(hours=1))
        for contact in contacts
        if luck.random() < 0.5
    }


def recomputed(
    key: str, contacts: Sequence[NewContact], answers: dict[int, Answer], products: set[int], campaign: int
) -> History:
    own = [contact for contact in contacts if contact.customer == key]
    asked = [contact for contact in own if contact.product_id in products]
    said = [(contact, answers[contact.delivery_id]) for contact in asked if contact.delivery_id in answers]
    recent = sorted(
        (contact for contact in own if contact.at > NOW - timedelta(days=30)),
        key=lambda contact: (-contact.at.timestamp(), contact.delivery_id),
    )
    inside = [contact.at for contact in own if contact.campaign_id == campaign]
    declined = [(one.product_id, what.at) for one, what in said if what.answer == "declined"]
    return History(
        times_taken=dict(Counter(one.product_id for one, what in said if what.answer == "accepted")),
        last_offered={number: max(one.at for one in asked if one.product_id == number) for number in offered(asked)},
        last_declined={number: max(at for of, at in declined if of == number) for number, _ in declined},
        recent=tuple((contact.channel, contact.at) for contact in recent),
        in_campaign=len(inside),
        last_in_campaign=max(inside, default=None),
    )


def offered(contacts: Sequence[NewContact]) -> set[int]:
    return {contact.product_id for contact in contacts}


def test_histories_are_what_going_through_every_contact_gives(session: Session) -> None:
    luck = random.Random(6)  # noqa: S311  # the same every time
    contacts = contacts_of(session, luck)
    record(session, contacts)
    answers = answers_to(luck, contacts)
    answer(session, answers)
    withdrawn = set(range(1, 400, 17))
    withdraw(session, withdrawn)
    kept = [contact for contact in contacts if contact.delivery_id not in withdrawn]
    products = set(sorted(offered(contacts))[:2])

    found = histories(session, KEYS, product_ids=products, campaign_id=1, policy=POLICY, now=NOW)

    assert found == {key: recomputed(key, kept, answers, products, 1) for key in KEYS}
    assert found[KEYS[-1]] == History()
    everything = histories(session, KEYS, product_ids=None, campaign_id=None, policy=POLICY, now=NOW)
    assert everything[KEYS[0]].last_offered == recomputed(KEYS[0], kept, {}, offered(contacts), 1).last_offered
    assert everything[KEYS[0]].in_campaign == 0


def test_many_customers_cost_three_queries(session: Session) -> None:
    statements: list[str] = []
    engine = session.get_bind()

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    keys = [f"{number:032x}" for number in range(1_000)]
    found = histories(session, keys, product_ids=[1, 2], campaign_id=1, policy=POLICY, now=NOW)

    assert (len(found), len(statements)) == (1_000, 3)


def test_choices_are_told_by_channel(session: Session) -> None:
    for channel, choice in (("sms", "out"), ("*", "in")):
        session.add(ContactChoice(customer=KEYS[0], channel=channel, choice=choice, at=NOW, actor="tests"))
    session.flush()

    found = histories(session, KEYS[:2], product_ids=[], campaign_id=None, policy=POLICY, now=NOW)

    assert found[KEYS[0]].choices == {"sms": Choice("out", NOW), "*": Choice("in", NOW)}
    assert found[KEYS[1]].choices == {}


def test_a_later_answer_takes_the_place_of_an_earlier_one_whichever_arrives_first(session: Session) -> None:
    product = saved(session).id
    record(session, [NewContact(KEYS[0], product, "sms", NOW, delivery_id=number) for number in (1, 2)])

    answer(
        session,
        {1: Answer("declined", NOW), 2: Answer("accepted", NOW + timedelta(hours=1)), 99: Answer("accepted", NOW)},
    )
    answer(session, {1: Answer("accepted", NOW + timedelta(hours=1)), 2: Answer("declined", NOW)})

    assert [contact.answer for contact in session.query(Contact).order_by(Contact.delivery_id)] == ["accepted"] * 2
