from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from catalog_app.sync.connectors.connector import Connector, Limits, SourceConfig
from catalog_app.sync.connectors.preset import Preset, load_preset
from tests.core.http.conftest import FakeTime
from tests.core.http.hostile import HostileServer

from .source import Source

Connect = Callable[..., Connector]


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
def source(server: HostileServer) -> Source:
    return Source(server)


@pytest.fixture
def connect(server: HostileServer, clock: FakeTime) -> Connect:
    """Return a function that makes a connector to the server; limits and settings are given by name."""

    def make(*, limits: Limits | None = None, preset: Preset | None = None, **settings: Any) -> Connector:
        config = SourceConfig(
            key="xiva",
            base_url=server.url,
            preset=preset or load_preset("tmf620"),
            allow_loopback=True,
            limits=limits or Limits(page_size=10),
        )
        return Connector(replace(config, **settings), now=clock.now, monotonic=clock.monotonic, sleep=clock.sleep)

    return make
