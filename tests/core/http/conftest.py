from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from catalog_app.core.http import AddressPolicy, FetchLimits, StrictFetcher, Timing

from .hostile import HostileServer


class FakeTime:
    """A clock that moves only when somebody sleeps, and remembers how long they slept."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    @property
    def timing(self) -> Timing:
        return Timing(self.now, self.monotonic, self.sleep, jitter=lambda: 0.0)


@pytest.fixture
def clock() -> FakeTime:
    return FakeTime()


@pytest.fixture
def server() -> Iterator[HostileServer]:
    running = HostileServer()
    yield running
    running.close()


@pytest.fixture
def other_server() -> Iterator[HostileServer]:
    running = HostileServer()
    yield running
    running.close()


@pytest.fixture
def open_fetcher(server: HostileServer, clock: FakeTime) -> Iterator[Callable[..., StrictFetcher]]:
    opened: list[StrictFetcher] = []

    def make(
        url: str = "", *, timing: Timing | None = None, ca_file: str | None = None, **limits: Any
    ) -> StrictFetcher:
        fetcher = StrictFetcher(
            url or server.url,
            policy=AddressPolicy(allow_loopback=True),
            limits=replace(FetchLimits(), **limits),
            timing=timing or clock.timing,
            ca_file=ca_file,
        )
        opened.append(fetcher)
        return fetcher

    yield make
    for fetcher in opened:
        fetcher.close()
