"""The engine against Datasette, which nobody here wrote: a hundred thousand rows by links in a header."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog_app.settings import ROOT
from catalog_app.sync.connectors.connector import Connector

from .servers import config_for, datasette

ROWS = 100_000
MEGABYTES = 50

# Reads and maps everything, and says by how much the process has grown meanwhile.
READER = """
import json, resource, sys
from catalog_app.sync.connectors.connector import Connector
from tests.sync.contract.servers import config_for
def size():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
connector = Connector(config_for("datasette", sys.argv[1]))
pages = connector.pages()
for record in next(pages).records:
    connector.map(record)
rows, before = 1000, size()
for page in pages:
    for record in page.records:
        rows += bool(connector.map(record).values["name"])
proof = connector.proof
print(json.dumps({"rows": rows, "grown": size() - before, "complete": proof.complete, "total": proof.total}))
"""


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("datasette")
    rows = (
        (f"P-{number:06}", f"Plan {number}", "active", "data", f"2026-{1 + number % 11:02}-05T10:00:00Z")
        for number in range(ROWS)
    )
    with datasette(folder, rows) as address:
        yield address


def test_a_hundred_thousand_products_are_read_to_the_end_in_bounded_memory(base_url: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", READER, base_url], cwd=ROOT, capture_output=True, text=True, check=True, timeout=110
    )
    told = json.loads(ended.stdout)
    assert (told["rows"], told["complete"], told["total"]) == (ROWS, True, ROWS)
    assert told["grown"] < MEGABYTES


def test_changes_since_a_moment_come_alone(base_url: str) -> None:
    connector = Connector(config_for("datasette", base_url), since=datetime(2026, 11, 1, tzinfo=UTC))
    months = [record.source_updated_at for page in connector.pages() for record in page.records]
    assert len(months) == ROWS // 11
    assert {moment.month for moment in months if moment} == {11}
    assert (connector.is_incremental, connector.proof.complete) == (True, True)
