"""Jobs through Celery: a message names a job and a row, and workers that are processes of their own run it.

The row is the truth, as with every queue of ours. A message that comes twice finds its row claimed; one that is lost,
because the broker was away or was emptied, is sent again by whoever beats. So nothing waits for a broker: messages
leave from a thread of their own, which gives up after a moment. Only loaded where it is configured.
"""

import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from pydantic import SecretStr

from catalog_app.core.jobs import Job, JobThread
from catalog_app.settings import SettingsError

try:
    from celery import Celery
except ImportError as error:
    raise SettingsError(
        "CATALOG_JOB_QUEUE is celery, and Celery is not installed: run `pip install -r requirements-celery.txt`."
    ) from error

log = structlog.get_logger()

JOBS: Final = "catalog.jobs"
ERRANDS: Final = "catalog.errands"
"""What is mostly waiting for servers of others, so that workers can be set apart for it."""
QUEUES: Final = (JOBS, ERRANDS)
AGAIN_AFTER: Final = 20.0
"""Seconds after which a row that still waits is handed on once more by the same process."""
ENOUGH: Final = 100
"""How many messages may wait before nothing more is handed on: rows wait as well in the database."""
_REST: Final = 5.0
"""Seconds for which a broker that did not answer is left alone."""
_PATIENCE: Final = 2.0
"""Seconds that a broker has to answer."""
_MOST_NOTED: Final = 10_000


def task_name(job: str, *, errand: bool = False) -> str:
    """Return the fixed name under which a job, or an errand, goes through the broker."""
    return f"catalog.{'errand.' if errand else ''}{job.replace(' ', '_')}"


def celery_app(url: SecretStr, *, gives_up: bool) -> Celery:
    """Return Celery as we use it: JSON alone, no results, acknowledged when done, one message for each free hand.

    `gives_up` is whether a broker that does not answer is left after a moment; a worker waits for it for ever.
    """
    address = url.get_secret_value()
    celery = Celery("catalog", set_as_current=False, broker=_broker(address))
    celery.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        result_backend=None,
        task_acks_late=True,
        # A process that dies over a message is not given it again at once: the heartbeat finds the row.
        task_reject_on_worker_lost=False,
        worker_prefetch_multiplier=1,
        task_queues={name: {"exchange": name, "routing_key": name} for name in QUEUES},
        task_default_queue=JOBS,
        task_create_missing_queues=False,
        # Whoever reaches the broker must not command the workers.
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=_PATIENCE,
        broker_transport_options=_folders(address) | (_timeouts(address) if gives_up else {}),
    )
    return celery


class CeleryQueue:
    """Sends jobs to workers. Each process has a thread and a connection of its own for it."""

    def __init__(self, url: SecretStr | None, jobs: Mapping[str, Job]) -> None:
        if url is None:
            raise SettingsError("CATALOG_BROKER_URL is not set; JOB_QUEUE=celery needs it")
        self._url = url
        self._jobs = jobs
        self._senders: dict[int, _Sender] = {}

    def enqueue(self, name: str, row_id: int) -> None:
        """Have the job `name` run for the row by a worker. Returns at once, whether the broker answers or not."""
        if name not in self._jobs:
            raise LookupError(f"there is no job {name!r}")
        self._sender().send(task_name(name), row_id)

    def hand_on(self, name: str, row_id: int, *, errand: bool = False) -> bool:
        """Have what a heartbeat found done by a worker; False where this process sent it a moment ago."""
        return self._sender().send_unless_sent(task_name(name, errand=errand), row_id)

    def _sender(self) -> "_Sender":
        # Neither threads nor connections survive a fork. Two threads may make one each; both keep the first.
        process = os.getpid()
        return self._senders.get(process) or self._senders.setdefault(process, _Sender(self._url))


class _Sender:
    """Sends the messages of one process, one after the other."""

    def __init__(self, url: SecretStr) -> None:
        self._url = url
        self._thread = JobThread(self._send)
        self._noting = threading.Lock()
        # When each message was last sent from here.
        self._sent: dict[tuple[str, int], float] = {}
        # Made by the thread: a request need not wait for that either.
        self._celery: Celery | None = None
        # One of its own and no pool of Celery's: those are shared, and what is half dead stays in them.
        self._connection: Any = None
        self._rests_until = 0.0

    def send(self, task: str, row_id: int) -> None:
        self._note(task, row_id)
        self._thread.take(task, row_id)

    def send_unless_sent(self, task: str, row_id: int) -> bool:
        at = self._sent.get((task, row_id))
        if at is not None and time.monotonic() - at < AGAIN_AFTER:
            return False
        self.send(task, row_id)
        return True

    def _note(self, task: str, row_id: int) -> None:
        now = time.monotonic()
        with self._noting:
            if len(self._sent) >= _MOST_NOTED:
                self._sent = {key: at for key, at in self._sent.items() if now - at < AGAIN_AFTER}
            self._sent[task, row_id] = now

    def _send(self, task: str, row_id: int) -> None:
        """Send one message, from the thread; where the broker does not answer, the row waits for the next beat."""
        if time.monotonic() < self._rests_until:
            self._forget(task, row_id)
            return
        try:
            self._deliver(task, row_id)
        except Exception as error:  # noqa: BLE001  # each transport has its own, and none of them may end the thread
            log.warning("broker does not answer", job=task, row=row_id, kind=type(error).__name__)
            self._rests_until = time.monotonic() + _REST
            self._leave()
            self._forget(task, row_id)

    def _deliver(self, task: str, row_id: int) -> None:
        celery = self._celery = self._celery or celery_app(self._url, gives_up=True)
        self._connection = self._connection or celery.connection_for_write()
        queue = ERRANDS if task.startswith(task_name("", errand=True)) else JOBS
        channel = self._connection.default_channel
        waiting = channel.queue_declare(queue=queue, durable=True, auto_delete=False).message_count
        if waiting >= ENOUGH:
            log.warning("many jobs wait for workers; this one waits in the database", queue=queue, waiting=waiting)
            return
        producer = celery.amqp.Producer(self._connection, auto_declare=False)
        celery.send_task(task, args=(row_id,), queue=queue, producer=producer, retry=False)

    def _leave(self) -> None:
        """Let go of a connection that may be half dead; the next message makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.close()

    def _forget(self, task: str, row_id: int) -> None:
        with self._noting:
            self._sent.pop((task, row_id), None)


def _broker(address: str) -> str:
    return "filesystem://" if address.startswith("filesystem://") else address


def _folders(address: str) -> dict[str, Any]:
    """Return where messages lie that are files, as in tests."""
    if not address.startswith("filesystem"):
        return {}
    folder = urlsplit(address).path
    control = f"{folder}/control"
    return {"data_folder_in": folder, "data_folder_out": folder, "control_folder": control, "polling_interval": 0.1}


def _timeouts(address: str) -> dict[str, Any]:
    """Return what a transport needs to give up soon instead of trying for ever."""
    once: dict[str, Any] = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
    if address.startswith("redis"):
        return once | {"socket_timeout": _PATIENCE, "socket_connect_timeout": _PATIENCE}
    if address.startswith("amqp"):
        return once | {"read_timeout": _PATIENCE, "write_timeout": _PATIENCE}
    return once
