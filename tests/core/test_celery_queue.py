"""What leaves for the broker, and what a page notices of a broker that does not answer: nothing."""

import base64
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from benchmarks.torture.ground import needed, until
from catalog_app.core import celery_queue
from catalog_app.core.celery_queue import ENOUGH, CeleryQueue, task_name

A_MOMENT = 0.2
JOBS = {"sync.run": lambda _row: None, "hand over": lambda _row: None}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def queue(folder: Path) -> CeleryQueue:
    return CeleryQueue(SecretStr(f"filesystem://{folder}"), JOBS)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Return a port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def messages(folder: Path) -> list[dict[str, Any]]:
    found = sorted(folder.glob("*.msg"))
    return [json.loads(path.read_bytes()) for path in found]


def arrived(folder: Path, count: int) -> list[dict[str, Any]]:
    needed(lambda: len(list(folder.glob("*.msg"))) >= count, seconds=10)
    return messages(folder)


def test_the_names_of_tasks_are_fixed() -> None:
    names = [task_name(job) for job in ("sync.run", "edit", "nbo-training", "hand over", "campaign", "purge")]
    errands = [task_name(errand, errand=True) for errand in ("webhook", "hand over")]

    assert names == ["catalog.sync.run", "catalog.edit", "catalog.nbo-training", "catalog.hand_over", "catalog.campaign", "catalog.purge"]  # fmt: skip
    assert errands == ["catalog.errand.webhook", "catalog.errand.hand_over"]


def test_a_message_names_the_job_and_the_row_as_json_and_nothing_else(queue: CeleryQueue, folder: Path) -> None:
    queue.enqueue("sync.run", 7)

    (message,) = arrived(folder, 1)
    assert message["headers"]["task"] == "catalog.sync.run"
    assert message["content-type"] == "application/json"
    assert json.loads(base64.b64decode(message["body"]))[:2] == [[7], {}]
    assert message["properties"]["delivery_info"]["routing_key"] == "catalog.jobs"


def test_an_errand_goes_to_a_queue_of_its_own(queue: CeleryQueue, folder: Path) -> None:
    queue.hand_on("webhook", 3, errand=True)

    (message,) = arrived(folder, 1)
    assert message["headers"]["task"] == "catalog.errand.webhook"
    assert message["properties"]["delivery_info"]["routing_key"] == "catalog.errands"


def test_what_waits_is_handed_on_once_and_not_at_every_beat(queue: CeleryQueue, folder: Path) -> None:
    assert queue.hand_on("sync.run", 7)
    assert not queue.hand_on("sync.run", 7)
    assert queue.hand_on("sync.run", 8)

    assert len(arrived(folder, 2)) == 2


def test_a_row_that_still_waits_after_a_while_is_handed_on_again(
    queue: CeleryQueue, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue.enqueue("sync.run", 7)
    monkeypatch.setattr(celery_queue, "AGAIN_AFTER", 0.0)

    assert queue.hand_on("sync.run", 7)
    assert len(arrived(folder, 2)) == 2


def test_rows_wait_in_the_database_while_nobody_takes_messages(queue: CeleryQueue, folder: Path) -> None:
    for row in range(ENOUGH + 20):
        queue.enqueue("sync.run", row)
    # Another queue, so this one is sent: then all before it were looked at.
    queue.hand_on("webhook", 1, errand=True)

    assert len(arrived(folder, ENOUGH + 1)) == ENOUGH + 1


def test_an_unknown_job_is_a_mistake_of_ours(queue: CeleryQueue) -> None:
    with pytest.raises(LookupError, match="there is no job 'synk'"):
        queue.enqueue("synk", 1)


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_does_not_answer_keeps_nobody_waiting(scheme: str, silent_port: int) -> None:
    queue = CeleryQueue(SecretStr(f"{scheme}://127.0.0.1:{silent_port}/"), JOBS)

    begun = time.monotonic()
    for row in range(50):
        queue.enqueue("sync.run", row)

    assert time.monotonic() - begun < A_MOMENT


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_what_a_broker_did_not_take_is_handed_on_at_the_next_beat(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
    queue = CeleryQueue(SecretStr(f"{scheme}://127.0.0.1:{port}/"), JOBS)

    queue.enqueue("sync.run", 7)

    assert until(lambda: queue.hand_on("sync.run", 7), seconds=10) is not None
