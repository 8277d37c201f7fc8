"""The engine against Kinto, which nobody here wrote: token headers, changes since, tombstones."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from catalog_app.sync.connectors.connector import Connector, RawRecord

from .servers import Kinto, config_for, kinto


def record(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"p{number:04}", "name": f"Plan {number}", "status": "active", "kind": "data", **fields}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kinto]:
    folder: Path = tmp_path_factory.mktemp("kinto")
    with kinto(folder) as running:
        running.put_all(record(number) for number in range(120))
        yield running


def read(server: Kinto, since: datetime | None = None) -> tuple[Connector, list[RawRecord]]:
    connector = Connector(config_for("kinto", server.base_url), since=since)
    return connector, [found for page in connector.pages() for found in page.records]


def test_every_page_of_kinto_is_read_by_its_token_header(server: Kinto) -> None:
    connector, records = read(server)
    assert {found.external_id for found in records} == {f"p{number:04}" for number in range(120)}
    assert (connector.proof.complete, connector.proof.pages) == (True, 3)
    assert connector.map(records[7]).values["name"] == f"Plan {int(records[7].external_id[1:])}"


def test_changes_since_a_moment_come_alone_with_a_tombstone_for_what_is_gone(server: Kinto) -> None:
    _, before = read(server)
    newest = max(found.source_updated_at for found in before if found.source_updated_at)
    server.change("p0003", name="Plan 3 new")
    server.delete("p0004")
    server.put_all([record(500)])

    connector, changes = read(server, newest)

    told = {found.external_id: found.is_deleted for found in changes}
    # What changed at that very moment may come again; nothing else may.
    assert {"p0003": False, "p0004": True, "p0500": False}.items() <= told.items()
    assert len(told) <= 4
    assert connector.is_incremental

    _, after = read(server)
    assert "p0004" not in {found.external_id for found in after}


def test_kinto_names_the_same_content_the_same_each_time(server: Kinto) -> None:
    first, again = read(server)[1], read(server)[1]
    assert {one.external_id: one.source_hash for one in first} == {one.external_id: one.source_hash for one in again}
