"""Deliveries over real HTTP: signed, in order, repeated until taken, and never lost."""

import json
from datetime import timedelta

import pytest
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.events.webhooks import leases
from catalog_app.events.webhooks.backlog import ILL_FROM
from catalog_app.events.webhooks.delivering import deliver
from catalog_app.events.webhooks.models import DEAD, DELIVERED, WAITING
from catalog_app.events.webhooks.service import purge_deliveries, to_deliver
from tests.core.http.hostile import Asked, HostileServer, Say
from tests.events.webhooks.told import (
    SetClock,
    ids,
    made,
    names,
    renamed,
    rows,
    subscribed,
    turn,
    verified,
    webhook,
)
from tests.support.api import Program

pytestmark = pytest.mark.usefixtures("app")

TAKEN = Say(status=204)
ILL = Say(status=500, body=b"<h1>no</h1>")


def test_every_change_is_told_in_order_and_signed(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver)
    number = made(api)
    renamed(api, number, "B")
    api.delete(f"/products/{number}/")
    api.post(f"/products/{number}/restore/")

    assert turn(hook["id"]) == 4

    bodies = [verified(asked, hook["secret"]) for asked in receiver.asked]
    assert [body["type"] for body in bodies] == [
        "product.created", "product.updated", "product.deleted", "product.restored",
    ]  # fmt: skip
    assert bodies[1]["data"]["changes"]["name"] == ["Weekend 5 GB", "B"]
    assert bodies[1]["data"]["product"]["name"] == "B"
    assert bodies[2]["data"]["product"] is None
    assert len(set(ids(receiver))) == 4
    assert {asked.path for asked in receiver.asked} == {"/told"}


def test_a_webhook_tells_the_same_as_the_change_feed(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver)
    renamed(api, made(api), "B")

    turn(hook["id"])

    feed = api.get(f"/products/changes/?since={hook['cursor']}").json["results"]
    assert [json.loads(asked.body)["data"] for asked in receiver.asked] == feed


def test_what_was_delivered_is_not_delivered_again(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver)
    made(api)

    assert (turn(hook["id"]), turn(hook["id"])) == (1, 0)
    assert (webhook(hook["id"]).delivered, len(receiver.asked)) == (1, 1)


def test_what_happened_before_the_subscription_is_told_only_where_it_asks_for_it(
    api: Program, receiver: HostileServer
) -> None:
    start = api.get("/products/changes/?since=now").json["cursor"]
    made(api, "Before")
    from_now, from_then = subscribed(api, receiver), subscribed(api, receiver, since=start)

    assert (turn(from_now["id"]), turn(from_then["id"])) == (0, 1)


def test_only_the_wanted_types_of_events_are_told(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver, event_types=["product.updated", "product.deleted"])
    number = made(api)
    renamed(api, number, "B")

    assert turn(hook["id"]) == 1
    assert names(receiver) == ["B"]
    assert to_deliver(db.session(), utcnow()) == []


def test_after_an_error_the_same_message_is_sent_again_when_its_time_has_come(
    api: Program, receiver: HostileServer
) -> None:
    clock = SetClock()
    hook = subscribed(api, receiver)
    made(api)
    receiver.answers(ILL, TAKEN)

    assert turn(hook["id"], clock) == 0
    assert turn(hook["id"], clock) == 0, "it is not due yet"
    assert to_deliver(db.session(), clock()) == []
    clock.goes_on(seconds=7)
    assert to_deliver(db.session(), clock()) == [hook["id"]]
    assert turn(hook["id"], clock) == 1

    assert len(set(ids(receiver))) == 1
    assert len(receiver.asked) == 2
    (row,) = rows()
    assert (row.status, row.attempts, row.last_status, row.last_error) == (DELIVERED, 2, 204, None)


def test_the_waits_grow_and_after_a_day_the_event_is_given_up(api: Program, receiver: HostileServer) -> None:
    clock = SetClock()
    hook = subscribed(api, receiver)
    made(api)
    receiver.answers(ILL)
    turn(hook["id"], clock)

    waits = []
    while (row := rows()[0]).status == WAITING:
        assert row.next_at is not None
        waits.append((row.next_at - clock()).total_seconds())
        clock.goes_on(seconds=waits[-1] + 0.01)
        turn(hook["id"], clock)

    assert all(usual - 1 <= wait <= usual * 1.2 for wait, usual in zip(waits, (5, 30, 120, 600, 1800), strict=False))
    assert all(3599 <= wait <= 3600 * 1.2 for wait in waits[5:])
    assert 24 * 3600 <= sum(waits) <= 26 * 3600
    assert (row.status, row.last_status, row.next_at) == (DEAD, 500, None)


def test_the_time_that_a_receiver_asks_for_is_waited(api: Program, receiver: HostileServer) -> None:
    clock = SetClock()
    hook = subscribed(api, receiver)
    made(api)
    receiver.answers(Say(status=429, headers={"Retry-After": "600"}), TAKEN)
    turn(hook["id"], clock)

    clock.goes_on(seconds=590)
    assert turn(hook["id"], clock) == 0
    clock.goes_on(seconds=20)
    assert turn(hook["id"], clock) == 1


def test_one_event_that_a_receiver_cannot_read_does_not_keep_the_others_from_it(
    api: Program, receiver: HostileServer
) -> None:
    hook = subscribed(api, receiver)
    for name in ("A", "Poison", "B"):
        made(api, name)
    receiver.script = lambda asked: ILL if b"Poison" in asked.body else TAKEN

    delivered = turn(hook["id"]) + turn(hook["id"])

    assert delivered == 2
    assert names(receiver) == ["A", "Poison", "B"]


def test_a_receiver_that_takes_nothing_is_asked_for_a_few_events_only(api: Program, receiver: HostileServer) -> None:
    clock = SetClock()
    hook = subscribed(api, receiver)
    for number in range(ILL_FROM + 5):
        made(api, f"Product {number}")
    receiver.answers(ILL)
    for _ in range(ILL_FROM + 3):
        turn(hook["id"], clock)
    assert (len(rows()), len(receiver.asked)) == (ILL_FROM, ILL_FROM)

    receiver.answers(TAKEN)
    clock.goes_on(seconds=7)
    delivered = sum(turn(hook["id"], clock) for _ in range(3))

    assert delivered == ILL_FROM + 5
    assert len(set(ids(receiver))) == ILL_FROM + 5
    assert {row.status for row in rows()} == {DELIVERED}


def test_an_address_that_is_gone_is_told_nothing_more_until_somebody_switches_it_on(
    api: Program, receiver: HostileServer
) -> None:
    hook = subscribed(api, receiver)
    made(api, "A")
    receiver.answers(Say(status=410), TAKEN)

    assert turn(hook["id"]) == 0
    made(api, "B")
    assert turn(hook["id"]) == 0
    shown = api.get(f"/webhooks/{hook['id']}/").json
    assert "410" in shown["disabled_because"]
    assert to_deliver(db.session(), utcnow()) == []

    assert api.post(f"/webhooks/{hook['id']}/enable/").json["disabled_at"] is None
    assert turn(hook["id"]) == 2
    assert names(receiver) == ["A", "A", "B"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_never_followed(api: Program, receiver: HostileServer, status: int) -> None:
    elsewhere = HostileServer()
    hook = subscribed(api, receiver)
    made(api)
    receiver.answers(Say(status=status, headers={"Location": f"{elsewhere.url}/stolen"}))

    turn(hook["id"])
    elsewhere.close()

    assert elsewhere.asked == []
    assert rows()[0].last_status == status


def test_an_answer_without_end_is_not_read(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver)
    made(api)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    receiver.answers(Say(raw=receiver.drip(head, then=b"x" * 65536)))

    assert turn(hook["id"]) == 1


def test_a_process_that_ends_between_sending_and_noting_repeats_the_same_message(
    api: Program, receiver: HostileServer, app: Flask
) -> None:
    clock = SetClock()
    hook = subscribed(api, receiver)
    made(api)

    def killed(_asked: Asked) -> Say:
        # What a kill leaves behind: a claim that runs out, and nothing noted.
        with app.app_context():
            with writing() as session:
                session.get_one(type(webhook(hook["id"])), hook["id"]).lease_number += 1
            db.session.remove()
        return TAKEN

    receiver.script = killed
    turn(hook["id"], clock)
    assert webhook(hook["id"]).delivered == 0
    receiver.answers(TAKEN)
    assert turn(hook["id"], clock) == 0, "the claim stands until it has run out"
    clock.goes_on(seconds=leases.SECONDS + 1)

    assert turn(hook["id"], clock) == 1
    assert len(receiver.asked) == 2
    assert len(set(ids(receiver))) == 1


def test_of_two_that_deliver_at_once_one_does(api: Program, receiver: HostileServer, app: Flask) -> None:
    hook = subscribed(api, receiver)
    made(api)
    second: list[int] = []

    def meanwhile(_asked: Asked) -> Say:
        with app.app_context():
            second.append(deliver(hook["id"]))
            db.session.remove()
        return TAKEN

    receiver.script = meanwhile

    assert (turn(hook["id"]), second) == (1, [0])
    assert len(receiver.asked) == 1


def test_a_stopping_process_ends_after_the_event_that_it_is_sending(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver)
    made(api, "A")
    made(api, "B")

    delivered = deliver(hook["id"], stopping=lambda: len(receiver.asked) == 1)

    assert delivered == 1
    assert turn(hook["id"]) == 1
    assert names(receiver) == ["A", "B"]


def test_what_is_dead_is_listed_and_told_again_with_the_same_id(api: Program, receiver: HostileServer) -> None:
    clock = SetClock()
    hook = subscribed(api, receiver)
    made(api)
    receiver.answers(ILL)
    turn(hook["id"], clock)
    clock.goes_on(days=2)
    turn(hook["id"], clock)
    (dead,) = api.results(f"/webhooks/{hook['id']}/deliveries/?status=dead")
    assert (dead["event_type"], dead["last_status"], dead["attempts"]) == ("product.created", 500, 2)

    receiver.answers(TAKEN)
    again = api.post(f"/webhooks/{hook['id']}/replay/", {"delivery": dead["id"]})

    assert (again.status_code, again.json["due"]) == (202, 1)
    assert turn(hook["id"], clock) == 1
    assert set(ids(receiver)) == {dead["webhook_id"]}
    assert api.get(f"/webhooks/{hook['id']}/").json["dead"] == 0


def test_everything_since_a_cursor_is_told_again_with_the_same_ids(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver)
    renamed(api, made(api), "B")
    turn(hook["id"])
    first = ids(receiver)

    api.post(f"/webhooks/{hook['id']}/replay/", {"since": hook["cursor"]})

    assert turn(hook["id"]) == 2
    assert ids(receiver) == first * 2


def test_a_replay_while_somebody_delivers_is_not_overwritten(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver)
    made(api, "A")
    made(api, "B")
    waiting = [TAKEN]

    def replayed(_asked: Asked) -> Say:
        if waiting:
            waiting.clear()
            assert api.post(f"/webhooks/{hook['id']}/replay/", {"since": hook["cursor"]}).status_code == 202
        return TAKEN

    receiver.script = replayed
    turn(hook["id"])
    turn(hook["id"])

    assert names(receiver)[-2:] == ["A", "B"]
    assert len(receiver.asked) > 2


def test_what_ended_a_month_ago_is_forgotten(api: Program, receiver: HostileServer) -> None:
    clock = SetClock()
    hook = subscribed(api, receiver)
    made(api, "A")
    receiver.answers(ILL, TAKEN)
    turn(hook["id"], clock)
    clock.goes_on(seconds=10)
    turn(hook["id"], clock)

    assert purge_deliveries(clock()) == 0
    clock.goes_on(days=31)
    assert purge_deliveries(clock()) == 1
    assert rows() == []


def test_a_position_lost_with_a_restored_backup_goes_on_from_now(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver)
    with writing() as session:
        session.get_one(type(webhook(hook["id"])), hook["id"]).position = 10**6
    made(api, "A")

    assert turn(hook["id"]) == 0
    made(api, "B")
    assert turn(hook["id"]) == 1
    assert names(receiver) == ["B"]


def test_who_looked_before_another_took_it_and_comes_after_does_not_take_it_too(
    api: Program, receiver: HostileServer
) -> None:
    hook = subscribed(api, receiver)
    looked = utcnow()

    assert leases.take(hook["id"], looked + timedelta(seconds=14)) is not None
    assert leases.take(hook["id"], looked) is None


def test_a_claim_of_a_clock_that_was_put_back_does_not_hold_for_ever(api: Program, receiver: HostileServer) -> None:
    hook = subscribed(api, receiver)

    assert leases.take(hook["id"], utcnow() + timedelta(days=365)) is not None
    assert leases.take(hook["id"], utcnow()) is not None
