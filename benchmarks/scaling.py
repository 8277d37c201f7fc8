"""`python -m benchmarks.scaling [--out FILE]`: what each step of docs/scaling.md brings, on the machine at hand.

Every set-up serves the same catalogue to the same programs, in turn: reads, edits and decisions alone, then reads while
a sync runs beside them. The programs run on the same machine, so the figures compare set-ups; they are no capacity plan.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

import orjson

from benchmarks.brokers import broker, is_here
from benchmarks.crowd import Answers, ask_once, crowd, request
from benchmarks.seed import seed
from benchmarks.torture.ground import PASSWORD, Ground, ground, needed, offering
from benchmarks.torture.load import SCOPES
from benchmarks.triggers import FEATURES
from catalog_app.accounts.schema import NewToken
from catalog_app.accounts.service import tokens
from catalog_app.core.db import db

BASE: Final = "/api/loyalty/v1"
CATALOGUE: Final = 10_000
LISTED: Final = 5_000
CROWD: Final = 6
WARM_UP: Final = 2.0
SYSTEM: Final = "bss"
LIST: Final = f"{BASE}/products/?product_type=data&lifecycle_status=launched&limit=50"
_EDITED_APART: Final = 100
_CONNECTIONS: Final = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'catalog %'"


@dataclass(frozen=True)
class SetUp:
    """How the application is laid out: nodes, granian workers in each, and whether workers behind a broker do the jobs."""

    name: str
    database: str
    nodes: int
    workers: int
    jobs_elsewhere: bool = False


@dataclass(frozen=True)
class Measured:
    """One row of the table."""

    set_up: SetUp
    reads: Answers
    edits: Answers
    decisions: Answers
    beside: Answers
    sync_seconds: float
    connections: int | None


SET_UPS: Final = (
    SetUp("SQLite, 1 node x 1 worker", "sqlite", 1, 1),
    SetUp("SQLite, 1 node x 2 workers", "sqlite", 1, 2),
    SetUp("PostgreSQL, 1 node x 1 worker", "postgresql", 1, 1),
    SetUp("PostgreSQL, 1 node x 2 workers", "postgresql", 1, 2),
    SetUp("PostgreSQL, 2 nodes x 3 workers", "postgresql", 2, 3),
    SetUp("PostgreSQL, 2 nodes x 3 workers, 1 Celery worker", "postgresql", 2, 3, jobs_elsewhere=True),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each kind of request is asked for")
    parser.add_argument("--out", type=Path, help="where the table goes besides")
    options = parser.parse_args()
    lines = list(_head())
    print("\n".join(lines), flush=True)
    for set_up in SET_UPS:
        lines.append(_row(_measured(set_up, options.seconds)))
        print(lines[-1], flush=True)
    if options.out is not None:
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


def _measured(set_up: SetUp, seconds: float) -> Measured:
    listing = [offering(number) for number in range(LISTED)]
    with ExitStack() as stack:
        there = stack.enter_context(ground(set_up.database, listing, own_server=True))
        there.settings |= {"LOG_LEVEL": "ERROR"}
        if set_up.jobs_elsewhere:
            there.settings |= {"JOB_QUEUE": "celery", "BROKER_URL": stack.enter_context(_broker(there.folder))}
            there.start("worker")
        there.write("UPDATE external_system SET sync_frequency = 'manual'")
        token = _prepared(there)
        _add_system(there)
        ports = [there.node(workers=set_up.workers).port for _ in range(set_up.nodes)]
        asked = partial(crowd, ports, size=CROWD)
        for kind in (_reads, _edits, _decisions):
            # Every worker learns what it keeps; with more connections each gets some of them.
            crowd(ports, partial(kind, token), size=4 * CROWD, seconds=WARM_UP)
        reads, edits, decisions = (
            asked(partial(kind, token), seconds=seconds) for kind in (_reads, _edits, _decisions)
        )
        run = _begun(ports[0], token)
        begun = time.monotonic()
        beside = asked(partial(_reads, token), seconds=seconds)
        needed(lambda: _ended(there, run), seconds=300)
        took = time.monotonic() - begun
        connections = there.one(_CONNECTIONS) if there.server is not None else None
    for answers in (reads, edits, decisions, beside):
        if set(answers.statuses) != {200}:
            raise AssertionError(f"{set_up.name}: {answers.statuses}")
    return Measured(set_up, reads, edits, decisions, beside, took, connections)


def _prepared(there: Ground) -> str:
    """Fill the catalogue, and return a token that may do everything."""
    with there.app().app_context():
        seed(db.engine, CATALOGUE)
        new = NewToken.model_validate({"name": "bench", "scopes": SCOPES, "expires_at": None})
        _, token = tokens.create(new, actor="bench")
        db.session.remove()
        db.engine.dispose()
    return token


def _add_system(there: Ground) -> None:
    """Add a system of which nothing is here yet, so that its first sync creates all that the source lists."""
    os.environ.update(BENCH_USERNAME=there.source.username, BENCH_PASSWORD=PASSWORD)
    words = ("--preset", "tmf620", "--base-url", there.source.base_url, "--set", "sync_frequency=manual")
    secrets = ("--secret", "username=env:BENCH_USERNAME", "--secret", "password=env:BENCH_PASSWORD")
    if there.start("systems", "set", SYSTEM, *words, *secrets).wait():
        raise AssertionError(there.told(there.processes[-1]))


def _reads(token: str, _number: int) -> Iterator[bytes]:
    read = request("GET", LIST, token)
    while True:
        yield read


def _edits(token: str, number: int) -> Iterator[bytes]:
    """Edit products of one's own, one after the other: nobody waits for a row, as people rarely do."""
    for turn in count(1):
        path = f"{BASE}/products/{1 + number * _EDITED_APART + turn % _EDITED_APART}/"
        yield request("PATCH", path, token, orjson.dumps({"description": f"Said {turn} times"}))


def _decisions(token: str, number: int) -> Iterator[bytes]:
    for turn in count(1):
        body = {"customer_id": f"{number}-{turn}", "customer_features": FEATURES, "context": "app", "limit": 2}
        yield request("POST", f"{BASE}/nbo/decide/", token, orjson.dumps(body))


def _begun(port: int, token: str) -> int:
    """Ask for a sync over the API, and return the number of its run."""
    asked = orjson.dumps({"external_system": SYSTEM})
    _, body = ask_once(port, request("POST", f"{BASE}/products/sync/", token, asked))
    return int(orjson.loads(body)["run"])


def _ended(there: Ground, run: int) -> bool:
    status, finished = there.rows("SELECT status, finished_at FROM sync_run WHERE id = :id", id=run)[0]
    if finished is not None and status != "applied":
        raise AssertionError(f"the sync ended as {status}")
    return status == "applied"


@contextmanager
def _broker(folder: Path) -> Iterator[str]:
    """Start a Redis where there is one; files do for a broker otherwise."""
    if is_here():
        with broker(folder) as redis:
            yield redis.url
    else:
        (folder / "broker").mkdir()
        yield f"filesystem://{folder / 'broker'}"


def _head() -> Sequence[str]:
    about = (
        f"{datetime.now(UTC).date()}, Python {platform.python_version()}, {os.cpu_count()} cores, {CROWD} programs on"
    )
    columns = (
        "set-up", "lists a second (95 % within)", "edits a second (95 % within)", "decisions a second (95 % within)",
        "lists a second beside a sync (95 %, 99 % within)", f"that sync of {LISTED:,}", "connections",
    )  # fmt: skip
    what = f"the same machine, {CATALOGUE:,} products"
    return (f"{about} {what}", "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}")


def _row(measured: Measured) -> str:
    def said(answers: Answers) -> str:
        return f"{answers.rate:,.0f} ({answers.wait(0.95):.0f} ms)"

    beside = measured.beside
    cells = (
        measured.set_up.name,
        said(measured.reads),
        said(measured.edits),
        said(measured.decisions),
        f"{beside.rate:,.0f} ({beside.wait(0.95):.0f}, {beside.wait(0.99):.0f} ms)",
        f"{measured.sync_seconds:.1f} s",
        "-" if measured.connections is None else str(measured.connections),
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
