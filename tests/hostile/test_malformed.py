"""Bytes that are hardly HTTP, sent to the server that this is meant to run under, on either database."""

from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import orjson
import pytest

from catalog_app.accounts.roles import SCOPES
from catalog_app.settings import Settings
from tests.doors.conftest import NEW
from tests.hostile.malformed import STATUS, conversations, fault_of
from tests.hostile.server import Server, serving
from tests.support.api import Program
from tests.support.databases import SECRET_KEY

LEAST = 100


@pytest.fixture
def program(app: object, settings: Settings) -> Program:
    program = Program.with_scopes(app, *SCOPES)  # type: ignore[arg-type]
    assert program.post("/products/", NEW).status_code == 201
    return program


@pytest.fixture
def server(program: Program, settings: Settings, tmp_path: Path) -> Iterator[Server]:
    environment = {
        "CATALOG_DATABASE_URL": settings.database_url.get_secret_value(),
        "CATALOG_SECRET_KEY": SECRET_KEY,
        "CATALOG_INSTANCE_PATH": str(tmp_path),
        "CATALOG_SCHEDULER_ENABLED": "false",
        "CATALOG_RATE_LIMIT": "off",
    }
    with serving(environment) as running:
        yield running


@pytest.mark.timeout(300)
def test_bytes_that_are_hardly_http_break_nothing(server: Server, program: Program) -> None:
    faults, statuses = [], Counter[str]()
    for conversation in conversations(program.token):
        said = server.say(*conversation.pieces, then_leave=not conversation.whole)
        statuses.update(status.decode() for status in STATUS.findall(said) or (b"hung up",))
        if fault := fault_of(said, is_owed=conversation.whole):
            faults.append(f"{conversation} {fault}")

    assert faults == []
    assert statuses.total() >= LEAST
    assert server.process.poll() is None
    assert _stats(server, program)["total"] >= 1


def _stats(server: Server, program: Program) -> dict[str, int]:
    """Return what the server says to one who asks properly, afterwards."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("GET", "/api/loyalty/v1/products/stats/", headers={"Authorization": f"Bearer {program.token}"})
    answer = connection.getresponse()
    assert answer.status == 200
    stats: dict[str, int] = orjson.loads(answer.read())
    connection.close()
    return stats
