"""`broker`: it is away, loses its messages and is restarted; nobody waits for it, and everything is done once."""

import time
from collections.abc import Iterator

import orjson

from benchmarks.brokers import Broker, broker
from benchmarks.crowd import ask_once, request
from benchmarks.torture.callers import BASE
from benchmarks.torture.ground import Finding, Ground, ground, needed, offering, until
from benchmarks.torture.load import prepared
from benchmarks.torture.nodes import Node

PRODUCTS = 100
A_MOMENT = 0.5
"""Seconds that an answer may take at most while the broker is away."""
SOON = 45.0
"""Seconds after which a run has ended that was asked for while the broker was in trouble, once it is back."""


def broken_broker(database: str) -> Iterator[Finding]:
    """Ask for syncs over the API through all of it; one worker runs them."""
    listing = [offering(number) for number in range(PRODUCTS)]
    with ground(database, listing) as there, broker(there.folder) as redis:
        there.write("UPDATE external_system SET sync_frequency = 'manual'")
        there.settings |= {"JOB_QUEUE": "celery", "BROKER_URL": redis.url}
        _, _, token = prepared(there, 1)
        node, worker = there.node(workers=1), there.start("worker")
        _asked(node, token)
        needed(lambda: _ended(there) == 1, seconds=60)

        redis.stop()
        waited = _asked(node, token)
        yield Finding(f"broker away: the answer, {database}", f"{waited * 1000:.0f} ms", waited < A_MOMENT)
        yield _taken_up(there, redis, f"... taken up once it is back, {database}", runs=2)

        worker.kill()
        worker.wait()
        _asked(node, token)
        needed(redis.holds_messages, seconds=20)
        redis.empty()
        there.start("worker")
        yield _taken_up(there, None, f"broker emptied right after the answer, taken up again, {database}", runs=3)
        runs = there.rows("SELECT status, count(*) FROM sync_run GROUP BY status")
        yield Finding(f"... runs, {database}", f"{runs}", [tuple(row) for row in runs] == [("applied", 3)])


def _taken_up(there: Ground, redis: Broker | None, what: str, *, runs: int) -> Finding:
    if redis is not None:
        redis.start()
    took = until(lambda: _ended(there) == runs, seconds=SOON)
    return Finding(what, "never" if took is None else f"ended after {took:.1f} s", took is not None)


def _asked(node: Node, token: str) -> float:
    """Ask for a sync, and return how many seconds the answer took."""
    sent = request("POST", f"{BASE}/products/sync/", token, orjson.dumps({"external_system": "xiva"}))
    begun = time.monotonic()
    status, _ = ask_once(node.port, sent)
    if status // 100 != 2:  # noqa: PLR2004  # any good answer
        raise AssertionError(f"the sync was not asked for: {status}")
    return time.monotonic() - begun


def _ended(there: Ground) -> int:
    return int(there.one("SELECT count(*) FROM sync_run WHERE finished_at IS NOT NULL"))
