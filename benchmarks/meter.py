"""What a stretch of work costs: CPU of this process and of the database's, longest write transaction, memory."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine, event

from benchmarks.processes import cpu_seconds, resident_bytes
from catalog_app.core.db import WRITING

SAMPLE_SECONDS = 0.05


@dataclass
class Cost:
    """Seconds of CPU and of the clock; `locked` is the longest write transaction, `memory` bytes above the start."""

    cpu: float = 0.0
    wall: float = 0.0
    locked: float = 0.0
    memory: int = 0
    _begun: dict[int, float] = field(default_factory=dict, repr=False)

    def rate(self, rows: int) -> str:
        return f"{rows / self.cpu:,.0f} rows per CPU-second ({self.wall:.1f} s)"

    def begin(self, connection: Connection) -> None:
        if connection.get_execution_options().get(WRITING):
            self._begun[id(connection)] = time.perf_counter()

    def commit(self, connection: Connection) -> None:
        begun = self._begun.pop(id(connection), None)
        if begun is not None:
            self.locked = max(self.locked, time.perf_counter() - begun)


@contextmanager
def measured(engine: Engine, server: int | None = None) -> Iterator[Cost]:
    """Measure what happens inside; `server` is the process of a database server, which counts with all of its own."""
    cost = Cost()
    listeners = (("begin", cost.begin), ("commit", cost.commit))
    for name, listener in listeners:
        event.listen(engine, name, listener)
    cpu, wall = _cpu(server), time.perf_counter()
    with _Memory(resident_bytes()) as memory:
        yield cost
    cost.cpu, cost.wall = _cpu(server) - cpu, time.perf_counter() - wall
    cost.memory = memory.above_idle
    for name, listener in listeners:
        event.remove(engine, name, listener)


def _cpu(server: int | None) -> float:
    return time.process_time() + (cpu_seconds(server) if server is not None else 0.0)


class _Memory:
    """Samples the memory of this process, from a thread of its own."""

    def __init__(self, idle: int) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._idle, self._most = idle, resident_bytes()

    @property
    def above_idle(self) -> int:
        return self._most - self._idle

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            self._most = max(self._most, resident_bytes())
