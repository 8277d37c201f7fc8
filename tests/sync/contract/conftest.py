"""Runs each behaviour for every preset that the table in behaviours.py gives it, on real HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from catalog_app.core.errors import MappingError
from catalog_app.demo.standin.source import SourceStandin
from catalog_app.sync.connectors.connector import (
    Connector,
    Limits,
    ListingProof,
    MappedRecord,
    RawRecord,
    RejectedRecord,
)
from tests.core.http.conftest import FakeTime
from tests.support.databases import PostgresDatabase, SqliteTemplate

from .behaviours import behaviour_of
from .counterparts import COUNTERPARTS, Counterpart

PAGE = 10
_BY_NAME = {counterpart.name: counterpart for counterpart in COUNTERPARTS}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test of the table its presets, and those with a database the databases they run on."""
    behaviour = behaviour_of(metafunc.module.__name__.rpartition(".")[2], metafunc.function.__name__)
    if behaviour is None or "counterpart" not in metafunc.fixturenames:
        return
    if "database_url" in metafunc.fixturenames:
        pairs = [(name, kind) for name in behaviour.presets for kind in behaviour.databases(name)]
        metafunc.parametrize(
            ("counterpart", "database_kind"), pairs, indirect=True, ids=[" ".join(pair) for pair in pairs]
        )
    else:
        metafunc.parametrize("counterpart", behaviour.presets, indirect=True, ids=behaviour.presets)


@pytest.fixture
def counterpart(request: pytest.FixtureRequest) -> Counterpart:
    return _BY_NAME[request.param]


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database of the kind that the table asks for."""
    if database_kind == "sqlite":
        template: SqliteTemplate = request.getfixturevalue("sqlite_template")
        return template.copy_to(tmp_path)
    server: PostgresDatabase = request.getfixturevalue("postgres")
    return server.empty()


@pytest.fixture
def standin(counterpart: Counterpart) -> Iterator[SourceStandin]:
    """Return the system of the preset with pages of ten and 25 products."""
    with counterpart.start(page_limit=PAGE) as running:
        running.replace(running.product(number) for number in range(25))
        yield running


@pytest.fixture
def clock() -> FakeTime:
    return FakeTime()


@dataclass(frozen=True)
class Reading:
    """Everything that one listing brought."""

    records: tuple[RawRecord, ...]
    rejected: tuple[RejectedRecord, ...]
    proof: ListingProof
    mapped: dict[str, MappedRecord]
    unmapped: dict[str, MappingError]

    @property
    def ids(self) -> list[str]:
        """Return the ids that came, each as often as it came."""
        return [record.external_id for record in self.records]


Read = Callable[..., Reading]


@pytest.fixture
def read(counterpart: Counterpart, standin: SourceStandin, clock: FakeTime) -> Read:
    """Return a function that reads the whole listing, or its changes, and maps it; no wait takes any time."""

    def read_all(*, since: datetime | None = None, is_real_time: bool = False, **limits: Any) -> Reading:
        config = counterpart.config(standin.base_url, limits=replace(Limits(page_size=PAGE), **limits))
        ticking = monotonic if is_real_time else clock.monotonic
        connector = Connector(config, since=since, now=clock.now, monotonic=ticking, sleep=clock.sleep)
        pages = list(connector.pages())
        records = tuple(record for page in pages for record in page.records)
        mapped: dict[str, MappedRecord] = {}
        unmapped: dict[str, MappingError] = {}
        for record in records:
            try:
                mapped[record.external_id] = connector.map(record)
            except MappingError as fault:
                unmapped[record.external_id] = fault
        rejected = tuple(record for page in pages for record in page.rejected)
        return Reading(records, rejected, connector.proof, mapped, unmapped)

    return read_all


def listed(standin: SourceStandin, count: int = 25) -> list[str]:
    """Return the ids of the first products, as the stand-in was given them."""
    return [standin.id_of(number) for number in range(count)]
