"""Handing over beside requests: by a job after a trigger, by the heartbeat, and by several processes at once."""

import threading
from collections import Counter
from itertools import count

import orjson
from flask import Flask

from catalog_app.campaigns.models import SENT, WAITING
from catalog_app.campaigns.senders.acknowledging import Acknowledgement, acknowledge
from catalog_app.campaigns.senders.handing import JOB, change_sender, hand_over, soon
from catalog_app.campaigns.service import CampaignService
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.core.jobs import Errands
from catalog_app.core.wiring import providers
from catalog_app.sync.schedule.heartbeat import Heart
from tests.campaigns.factories import OPERATOR
from tests.campaigns.senders.promises import change, later, promised, running, statuses
from tests.campaigns.senders.sides import Engine, Reader, Receiver
from tests.campaigns.triggering.calls import item
from tests.core.http.hostile import Asked, Say
from tests.support.api import Program
from tests.support.held_jobs import Work

WITHIN = 10.0


def test_a_job_hands_over_what_a_trigger_has_just_promised(app: Flask, receiver: Receiver, jobs: Work) -> None:
    pushed, fetched = running("webhook", receiver.config), running(name="Another")
    ids = promised(pushed, 2)
    promised(fetched)

    soon([pushed, fetched])
    jobs()

    assert (receiver.got, statuses(fetched)) == (ids, [WAITING])


def test_the_heartbeat_finds_what_no_job_has_handed_over(app: Flask, receiver: Receiver) -> None:
    campaign, paused = running("webhook", receiver.config), running("webhook", receiver.config, name="Another")
    ids = promised(campaign, 2)
    promised(paused)
    promised(running(name="A third"))
    change(paused, status="paused")
    heart = Heart(app)

    heart.beat()
    heart._couriers.wait(seconds=WITHIN)

    (errands,) = (errands for errands in providers(Errands) if errands.name == JOB)
    assert (receiver.got, statuses(campaign)) == (ids, [SENT, SENT])
    assert errands.waiting(utcnow()) == []
    heart.stop()


def test_processes_that_hand_over_at_once_hand_each_message_over_once(app: Flask, receiver: Receiver) -> None:
    campaign = running("webhook", receiver.config)
    ids = promised(campaign, 120)
    start = threading.Barrier(4)

    def work() -> None:
        with app.app_context():
            start.wait()
            hand_over(campaign, clock=lambda: later(seconds=1))
            db.session.remove()

    processes = [threading.Thread(target=work) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    hand_over(campaign, clock=lambda: later(seconds=2))

    assert Counter(asked.headers["webhook-id"] for asked in receiver.server.asked) == Counter(
        f"msg_delivery_{number}" for number in ids
    )
    assert set(statuses(campaign)) == {SENT}


def test_a_campaign_that_is_paused_in_the_middle_of_a_turn_stops_within_a_second(
    app: Flask, receiver: Receiver
) -> None:
    campaign = running("webhook", receiver.config)
    promised(campaign, 20)
    seconds = count(1)

    def paused_after_three(asked: Asked) -> Say:
        if len(receiver.server.asked) == 3:
            with app.app_context():
                CampaignService().pause(campaign, actor=OPERATOR)
                db.session.remove()
        return Say(status=204)

    receiver.server.script = paused_after_three
    hand_over(campaign, clock=lambda: later(seconds=next(seconds) / 4))

    assert 3 <= len(receiver.server.asked) <= 5
    db.session.rollback()
    assert Counter(statuses(campaign)) == {SENT: len(receiver.server.asked), WAITING: 20 - len(receiver.server.asked)}


def test_the_log_names_nobody_and_quotes_nothing(app: Flask) -> None:
    reader = Reader()
    campaign = running("log")
    promised(campaign, customer_id="lina-4711", address="+966555000111", message={"body": "Dear Lina", "segments": 1})

    reader.run(campaign, later(seconds=1))

    line = orjson.dumps(reader.lines).decode()
    assert '"characters":{"body":9}' in line
    assert not any(word in line for word in ("lina-4711", "+966555000111", "Lina", "customer_value"))


def test_what_waits_goes_by_the_new_sender_and_what_was_fetched_is_still_acknowledged(app: Flask) -> None:
    campaign = running()
    promised(campaign, 3)
    fetched = Engine().lease(later(seconds=1), limit=1)
    with writing() as session:
        change_sender(session, campaign, "log")
    change(campaign, sender="log")

    assert acknowledge(Acknowledgement.check({"lease": fetched.token}), later(seconds=2)).settled == 1
    assert hand_over(campaign, clock=lambda: later(seconds=2)) == 2


def test_a_trigger_over_json_reaches_the_receiver_of_its_campaign(app: Flask, receiver: Receiver, jobs: Work) -> None:
    campaign = running("webhook", receiver.config)
    program = Program.with_scopes(app, "campaigns:trigger")

    answer = program.post(f"/campaigns/{campaign}/trigger", {"items": [item(1, address="+966500000001"), item(2)]})
    program.post(f"/campaigns/{campaign}/trigger", {"items": [item(1)]})
    jobs()

    assert answer.status_code == 200, answer.text
    assert receiver.got == [result["delivery_id"] for result in answer.json["results"]]
    data = orjson.loads(receiver.server.asked[0].body)["data"]
    assert (data["key"], data["address"]) == ("k1", "+966500000001")
    assert data["message"]["body"] == "Flex 60 GB for SAR 149.00 a month."
    assert data["snapshot"]["price"] == "149.00"
