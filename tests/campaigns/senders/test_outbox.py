"""The outbox: leases of messages, what an engine says of them, and what becomes of it when it says so late or not at all."""

import threading
from collections import Counter
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, String, cast, event, literal, text, update

from catalog_app.campaigns.models import CANCELLED, DEAD, LEASED, SENT, WAITING, Delivery
from catalog_app.campaigns.senders.acknowledging import Acknowledged, Acknowledgement, acknowledge
from catalog_app.campaigns.senders.leasing import MAX_SILENCES, Lease, lease
from catalog_app.campaigns.service import CampaignService
from catalog_app.core.db import db, writing
from tests.campaigns.factories import OPERATOR
from tests.campaigns.senders.promises import change, delivery, later, promised, running, soon_after, statuses
from tests.campaigns.senders.sides import LEASE_SECONDS, Engine


def _explain(plans: list[str], connection: Connection, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
    if "FROM delivery" in statement and not statement.startswith("EXPLAIN"):
        how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        cursor = connection.connection.cursor()
        cursor.execute(f"{how} {statement}", values)
        plans.append(str(cursor.fetchall()))


def leased(now: datetime, limit: int = 100) -> Lease:
    return lease(now, sender="outbox", limit=limit, seconds=LEASE_SECONDS)


def said(taken: Lease, now: datetime, **words: str) -> Acknowledged:
    """Say of messages by their place in the lease how they went: first="sent", second="failed"."""
    places = {"first": 0, "second": 1, "third": 2}
    items = [
        {"delivery_id": taken.parcels[places[place]].delivery_id, "status": status} for place, status in words.items()
    ]
    return acknowledge(
        Acknowledgement.check({"lease": taken.token, "items": items} if items else {"lease": taken.token}), now
    )


def codes(answered: Acknowledged) -> list[tuple[str, str | None]]:
    return [(item.code, item.status) for item in answered.items]


def test_messages_of_all_campaigns_leave_in_the_order_in_which_they_are_due(app: Flask) -> None:
    first, second = running(), running(name="Another")
    late = promised(first, 2, next_at=later(minutes=2))
    early = promised(second, 2, next_at=later(minutes=1))

    got = [parcel.delivery_id for parcel in leased(later(hours=1), 3).parcels]

    assert got == [*early, late[0]]


def test_a_parcel_says_whom_it_is_for_and_what_was_promised(app: Flask) -> None:
    promised(running())

    (parcel,) = leased(later(seconds=1)).parcels

    assert (parcel.key, parcel.customer_id, parcel.address) == ("order-0", "C-0", "+966500000000")
    assert parcel.message == {"body": "Flex 60 GB for SAR 149.00 a month."}
    assert (parcel.snapshot, parcel.campaign) == ({"price": "149.00", "currency": "SAR"}, "Year-end 60 GB")


def test_a_lease_without_items_is_settled_as_a_whole(app: Flask) -> None:
    campaign = running()
    promised(campaign, 3)
    taken = leased(later(seconds=1), 2)

    assert said(taken, later(seconds=2)).settled == 2
    assert said(taken, later(seconds=3)).settled == 0
    assert statuses(campaign) == [SENT, SENT, WAITING]


def test_each_item_is_answered_by_itself(app: Flask) -> None:
    campaign = running()
    promised(campaign, 2)
    taken = leased(later(seconds=1))
    words = {"lease": taken.token, "items": [
        {"delivery_id": taken.parcels[0].delivery_id, "status": "sent"},
        {"delivery_id": 987654, "status": "sent"},
        {"delivery_id": taken.parcels[1].delivery_id, "status": "failed", "error": "no such number"},
    ]}  # fmt: skip

    answered = acknowledge(Acknowledgement.check(words), later(seconds=2))

    assert (answered.settled, codes(answered)) == (2, [("settled", SENT), ("unknown", None), ("settled", WAITING)])
    assert delivery(taken.parcels[1].delivery_id).last_error == "no such number"


def test_the_same_word_told_again_changes_nothing(app: Flask) -> None:
    promised(running(), 2)
    taken = leased(later(seconds=1))
    said(taken, later(seconds=2), first="sent", second="failed")
    before = delivery(taken.parcels[1].delivery_id).next_at

    again = said(taken, later(seconds=4), first="sent", second="failed")

    assert (again.settled, codes(again)) == (0, [("repeated", SENT), ("repeated", WAITING)])
    assert delivery(taken.parcels[1].delivery_id).next_at == before


def test_a_late_word_counts_as_long_as_nobody_else_has_leased_the_message(app: Flask) -> None:
    campaign = running()
    promised(campaign, 2)
    first = leased(later(seconds=1))
    late = later(seconds=LEASE_SECONDS + 30)
    second = leased(late, 1)
    assert second.parcels[0].delivery_id == first.parcels[0].delivery_id
    assert second.parcels[0].attempt == 2

    answered = said(first, late, first="sent", second="sent")

    assert codes(answered) == [("taken_over", LEASED), ("settled", SENT)]
    assert codes(said(second, late, first="sent")) == [("settled", SENT)]


def test_a_late_word_about_a_whole_lease_counts_in_the_quiet_hours_too(app: Flask) -> None:
    campaign = running(quiet_from="13:00", quiet_to="20:00")
    promised(campaign, 2)
    first = leased(later(minutes=59))
    in_the_quiet_hours = later(hours=2)
    assert leased(in_the_quiet_hours).parcels == []

    assert said(first, in_the_quiet_hours).settled == 2
    assert statuses(campaign) == [SENT, SENT]


def test_what_failed_may_still_be_said_to_be_sent(app: Flask) -> None:
    promised(running())
    taken = leased(later(seconds=1))
    said(taken, later(seconds=2), first="failed")

    assert codes(said(taken, later(seconds=3), first="sent")) == [("settled", SENT)]


def test_what_was_cancelled_after_its_lease_may_still_be_said_to_be_sent(app: Flask) -> None:
    campaign = running()
    ids = promised(campaign, 2)
    change(campaign, promised=2)
    taken = leased(later(seconds=1))
    CampaignService().pause(campaign, actor=OPERATOR)
    CampaignService().complete(campaign, actor=OPERATOR)
    assert statuses(campaign) == [CANCELLED, CANCELLED]

    answered = said(taken, soon_after(), first="sent", second="failed")

    assert codes(answered) == [("settled", SENT), ("cancelled", CANCELLED)]
    assert leased(later(days=1)).parcels == []
    assert delivery(ids[0]).ended_at is not None


def test_a_lease_that_is_not_acknowledged_comes_back_later_each_time(app: Flask) -> None:
    ids = promised(running())
    waits = []
    now = later(seconds=1)
    for _ in range(5):
        leased(now)
        due = delivery(ids[0]).next_at
        assert due is not None
        waits.append(round((due - now).total_seconds() / 1.2))
        now = due

    assert waits[:2] == [100, 100]
    assert waits == sorted(waits)
    assert waits[4] >= 1500


def test_what_silences_every_engine_is_given_up_after_a_day(app: Flask) -> None:
    ids = promised(
        running(), attempts=MAX_SILENCES, status=LEASED, lease="ab", leased_until=later(), give_up_at=later()
    )

    assert leased(later(hours=1)).parcels == []

    given_up = delivery(ids[0])
    assert (given_up.status, given_up.ended_at) == (DEAD, later(hours=1))
    assert "never acknowledged" in (given_up.last_error or "")


def test_an_engine_that_was_away_for_days_loses_nothing(app: Flask) -> None:
    promised(running())
    leased(later(seconds=1))

    assert len(leased(later(days=3)).parcels) == 1


def test_what_may_not_go_out_does_not_make_room_for_nothing(app: Flask) -> None:
    asleep, awake = running(quiet_from="00:00", quiet_to="20:00"), running(name="Another")
    promised(asleep, 5)
    ids = promised(awake, 2, next_at=later(minutes=1))

    got = [parcel.delivery_id for parcel in leased(later(minutes=2), 2).parcels]

    assert got == ids


def test_another_sender_takes_nothing_of_the_outbox(app: Flask) -> None:
    promised(running("log"))

    assert leased(later(seconds=1)).parcels == []


def test_a_paused_campaign_does_not_hide_another(app: Flask) -> None:
    paused, other = running(), running(name="Another")
    promised(paused, 3)
    ids = promised(other)
    change(paused, status="paused")

    assert [parcel.delivery_id for parcel in leased(later(seconds=1), 1).parcels] == ids


def test_what_was_sent_costs_nothing_when_it_is_looked_for_what_is_due(app: Flask) -> None:
    campaign = running()
    promised(campaign, 2_000, status=SENT)
    with writing() as session:
        session.execute(update(Delivery).values(key=literal("old-").concat(cast(Delivery.id, String))))
        session.execute(text("ANALYZE"))
    promised(campaign, 50)
    plans: list[str] = []
    listening = partial(_explain, plans)
    event.listen(db.engine, "after_cursor_execute", listening)

    assert len(leased(later(seconds=1)).parcels) == 50

    event.remove(db.engine, "after_cursor_execute", listening)
    assert len(plans) >= 4
    assert all("ix_delivery_open" in plan for plan in plans), plans


def test_engines_that_read_at_once_never_get_the_same_message(app: Flask) -> None:
    campaign = running()
    ids = promised(campaign, 200)
    got: list[int] = []
    start = threading.Barrier(8)

    def read() -> None:
        with app.app_context():
            engine = Engine()
            start.wait()
            while engine.lease(later(seconds=1), limit=7).parcels:
                pass
            got.extend(engine.got)
            db.session.remove()

    engines = [threading.Thread(target=read) for _ in range(8)]
    for engine in engines:
        engine.start()
    for engine in engines:
        engine.join()

    assert Counter(got) == Counter(ids)


@pytest.mark.parametrize("status", ["sent", "failed"])
def test_two_words_about_one_message_at_once_settle_it_once(app: Flask, status: str) -> None:
    ids = promised(running())
    taken = leased(later(seconds=1))
    answers: list[tuple[str, str | None]] = []
    start = threading.Barrier(6)

    def say() -> None:
        with app.app_context():
            start.wait()
            answers.extend(codes(said(taken, later(seconds=2), first=status)))
            db.session.remove()

    words = [threading.Thread(target=say) for _ in range(6)]
    for word in words:
        word.start()
    for word in words:
        word.join()

    assert Counter(code for code, _ in answers) == {"settled": 1, "repeated": 5}
    assert delivery(ids[0]).attempts == 1
