"""The heartbeat tells webhooks: each address by itself, and each event by one process."""

import json
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.events.webhooks.service import subscribe, to_deliver
from catalog_app.products.service import ProductCatalogService
from catalog_app.sync.schedule.heartbeat import Heart
from tests.core.http.hostile import Asked, HostileServer, Say

pytestmark = pytest.mark.usefixtures("app")
WITHIN = 20.0


@pytest.fixture
def settings_overrides() -> dict[str, object]:
    return {"encryption_keys": Fernet.generate_key().decode(), "scheduler_enabled": False}


@pytest.fixture
def receivers() -> Iterator[list[HostileServer]]:
    servers = [HostileServer() for _ in range(2)]
    yield servers
    for server in servers:
        server.close()


def made(number: int) -> None:
    for each in range(number):
        ProductCatalogService().create({"name": f"Product {each}", "product_type": "data"}, actor="tests")


def told(url: str) -> int:
    return subscribe(url=url, shape="product", event_types=(), actor="tests").id


def test_a_slow_receiver_does_not_hold_the_others_up(app: Flask, receivers: list[HostileServer]) -> None:
    slow, quick = receivers
    was_asked, may_answer, was_told = threading.Event(), threading.Event(), threading.Event()

    def late(_asked: Asked) -> Say:
        was_asked.set()
        may_answer.wait(WITHIN)
        return Say(status=204)

    def at_once(_asked: Asked) -> Say:
        if len(quick.asked) == 3:
            was_told.set()
        return Say(status=204)

    slow.script, quick.script = late, at_once
    told(slow.url)
    told(quick.url)
    made(3)
    heart = Heart(app)

    heart.beat()

    assert was_asked.wait(WITHIN)
    assert was_told.wait(WITHIN)
    assert len(slow.asked) == 1
    may_answer.set()
    heart.stop()


def test_several_that_beat_tell_each_event_once(app: Flask, receivers: list[HostileServer]) -> None:
    receiver = receivers[0]
    receiver.script = lambda _asked: Say(status=204)
    told(receiver.url)
    made(30)
    hearts = [Heart(app) for _ in range(4)]

    while to_deliver(db.session(), utcnow()):
        beats = [threading.Thread(target=heart.beat) for heart in hearts]
        for beat in beats:
            beat.start()
        for beat in beats:
            beat.join()
        for heart in hearts:
            heart._couriers.wait(seconds=WITHIN)
        db.session().rollback()

    taken = Counter(asked.headers["webhook-id"] for asked in receiver.asked)
    assert set(taken.values()) == {1}
    names = [json.loads(asked.body)["data"]["product"]["name"] for asked in receiver.asked]
    assert names == [f"Product {number}" for number in range(30)]
    for heart in hearts:
        heart.stop()
