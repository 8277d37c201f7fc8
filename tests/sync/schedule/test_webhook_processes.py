"""Processes of their own tell one receiver: each event once, and nothing is lost when one of them is killed."""

import json
import signal
import threading
from collections import Counter

import pytest

from benchmarks.torture.ground import DATABASES, LONG_AGO, ground, needed
from catalog_app.events.webhooks.service import subscribe
from catalog_app.products.service import ProductCatalogService
from tests.core.http.hostile import Asked, HostileServer, Say

PRODUCTS = 40
KILLED_AT = 12


@pytest.mark.timeout(120)
@pytest.mark.parametrize("database", DATABASES)
def test_of_two_processes_one_is_killed_while_it_tells_and_nothing_is_lost(database: str) -> None:
    receiver = HostileServer()
    is_reached, may_go_on = threading.Event(), threading.Event()

    def taken(asked: Asked) -> Say:
        if len(receiver.asked) == KILLED_AT:
            is_reached.set()
            may_go_on.wait(60)
        return Say(status=204)

    receiver.script = taken
    with ground(database, []) as there:
        app = there.app()
        with app.app_context():
            subscribe(url=receiver.url, shape="product", event_types=(), actor="tests")
            for number in range(PRODUCTS):
                ProductCatalogService().create({"name": f"P{number}", "product_type": "data"}, actor="tests")
        nodes = [there.start("scheduler", "--every", "0.2") for _ in range(2)]

        assert is_reached.wait(60)
        for node in nodes:
            node.send_signal(signal.SIGKILL)
            node.wait(30)
        may_go_on.set()
        there.write("UPDATE webhook SET lease_expires_at = :past", past=LONG_AGO)
        there.start("scheduler", "--every", "0.2")
        needed(
            lambda: there.one("SELECT position FROM webhook") >= there.one("SELECT max(id) FROM revision"), seconds=60
        )

        told = [json.loads(asked.body)["data"]["product"]["name"] for asked in receiver.asked]
        times = Counter(asked.headers["webhook-id"] for asked in receiver.asked)
    receiver.close()

    assert list(dict.fromkeys(told)) == [f"P{number}" for number in range(PRODUCTS)]
    # What was sent and not yet written down comes again under the same id, and nothing else does.
    assert sorted(set(times.values())) == [1, 2]
    assert len(times) == PRODUCTS
    assert sum(count - 1 for count in times.values()) <= KILLED_AT
