"""Where syncs are tortured: a real database, a real source, and real processes of the product."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from benchmarks.torture.nodes import WORKERS, Node
from benchmarks.torture.postgres import OwnPostgres, own_postgres
from catalog_app.app import create_app
from catalog_app.core.db import engine_options
from catalog_app.demo.standin.xiva import XivaStandin
from catalog_app.settings import ROOT, Settings
from tests.support.databases import SECRET_KEY, PostgresDatabase, migrate_up

PASSWORD = "the password of a source that is there for torture"  # noqa: S105  # it protects nothing
DATABASES = ("sqlite", "postgresql")
SEED = 20261123
LONG_AGO = "2026-01-01 00:00:00.000000"
"""A due time in the past, in the very text that SQLite keeps: it is compared as text."""

_NOWAIT = "SELECT 1 FROM system_state FOR UPDATE NOWAIT"


@dataclass(frozen=True)
class Finding:
    """One row of the table: what was done, what came of it, and whether that is as it must be."""

    what: str
    figure: str
    holds: bool


@dataclass
class Ground:
    """A migrated database, a source that answers, and the processes that were started on both."""

    url: str
    folder: Path
    source: XivaStandin
    engine: Engine
    # A system by its key reads the one source; Xiva alone unless told otherwise.
    keys: tuple[str, ...] = ("xiva",)
    lease_seconds: int = 60
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311  # to differ, not to be secret
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    # More of what the environment says to every process that is started from now on, without CATALOG_.
    settings: dict[str, str] = field(default_factory=dict)
    # The database server, where it is this ground's own.
    server: OwnPostgres | None = None

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command of the product; its words to people go to a file of the ground."""
        with (self.folder / f"told-{len(self.processes)}.log").open("wb") as told:
            process = subprocess.Popen(  # noqa: S603  # our own program
                [sys.executable, "-m", "flask", "--app", "wsgi", *words],
                cwd=ROOT,
                env=self.environment,
                stdout=told,
                stderr=told,
            )
        self.processes.append(process)
        return process

    def node(self, *, workers: int = WORKERS, root: Path = ROOT, **settings: str) -> Node:
        """Start a node as in production, with the code at `root`; `settings` are more of what its environment alone says."""
        more = {f"CATALOG_{name}": value for name, value in settings.items()}
        made = Node(self.environment | more, self.folder / f"node-{len(self.nodes)}.log", workers=workers, root=root)
        self.nodes.append(made)
        made.start()
        return made

    def told(self, process: subprocess.Popen[bytes]) -> str:
        """Return what a process said."""
        return (self.folder / f"told-{self.processes.index(process)}.log").read_text(encoding="utf-8")

    def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        with self.engine.connect() as connection:
            return connection.execute(text(statement), values).all()

    def write(self, statement: str, **values: Any) -> int:
        with self.engine.begin() as connection:
            return connection.execute(text(statement), values).rowcount

    def make_due(self) -> None:
        """Put every due time into the past, as a clock would."""
        self.write("UPDATE system_schedule SET due_at = :past", past=LONG_AGO)

    def is_locked(self) -> bool:
        """Return whether somebody is writing at this very moment what the leases need."""
        is_sqlite = self.engine.dialect.name == "sqlite"
        with self.engine.connect() as connection:
            try:
                if is_sqlite:
                    connection.exec_driver_sql("PRAGMA busy_timeout=100")
                connection.execute(text("UPDATE system_state SET key = key" if is_sqlite else _NOWAIT))
            except OperationalError:
                return True
            finally:
                connection.rollback()
                connection.invalidate()
        return False

    def one(self, statement: str, **values: Any) -> Any:
        return self.rows(statement, **values)[0][0]

    def app(self) -> Flask:
        """Return the product in this very process, on the same database and source."""
        values: dict[str, Any] = {
            "database_url": self.url,
            "secret_key": SECRET_KEY,
            "instance_path": self.folder,
            "allow_loopback_sources": True,
            "log_level": "ERROR",
            "lease_seconds": self.lease_seconds,
            "rate_limit": "off",
        }
        source = {"base_url": self.source.base_url, "username": self.source.username, "password": PASSWORD}
        return create_app(Settings.model_validate(values | {key: {"preset": "tmf620", **source} for key in self.keys}))

    @property
    def environment(self) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")}
        values = {
            "DATABASE_URL": self.url,
            "SECRET_KEY": SECRET_KEY,
            "INSTANCE_PATH": str(self.folder),
            "ALLOW_LOOPBACK_SOURCES": "true",
            "LEASE_SECONDS": str(self.lease_seconds),
            "RATE_LIMIT": "off",
            **self.settings,
        }
        for key in self.keys:
            values |= {
                f"{key.upper()}_PRESET": "tmf620",
                f"{key.upper()}_BASE_URL": self.source.base_url,
                f"{key.upper()}_USERNAME": self.source.username,
                f"{key.upper()}_PASSWORD": PASSWORD,
            }
        return plain | {f"CATALOG_{name}": value for name, value in values.items()}


@contextmanager
def ground(
    database: str,
    products: Sequence[dict[str, Any]],
    *,
    keys: tuple[str, ...] = ("xiva",),
    lease_seconds: int = 60,
    own_server: bool = False,
) -> Iterator[Ground]:
    """Prepare everything, and take all of it away again, whatever is still running on it.

    With `own_server` PostgreSQL is one of its own, which keeps what it acknowledged and may be killed (postgres.py).
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        source = stack.enter_context(XivaStandin(products, password=PASSWORD))
        is_own = own_server and database == "postgresql"
        server = stack.enter_context(own_postgres(folder)) if is_own else None
        url = _database(database, folder) if server is None else server.url
        if server is not None:
            migrate_up(url, folder)
        made = Ground(url, folder, source, engine_of(url), keys, lease_seconds, server=server)
        try:
            yield made
        finally:
            for node in made.nodes:
                node.kill()
            for process in made.processes:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
            made.engine.dispose()


def offering(number: int, **values: Any) -> dict[str, Any]:
    """Return an offering as Xiva lists it."""
    price = {"taxIncludedAmount": {"unit": "SAR", "value": "49.00"}}
    return {
        "id": f"PO-{number}",
        "name": f"Plan {number}",
        "lifecycleStatus": "Active",
        "productOfferingPrice": [{"priceType": "recurring", "recurringChargePeriod": "month", "price": price}],
        **values,
    }


def until(condition: Callable[[], bool], *, seconds: float) -> float | None:
    """Wait for a condition; return after how many seconds it came true, None where it did not in time."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            return None
        time.sleep(0.02)
    return time.monotonic() - begun


def needed(condition: Callable[[], bool], *, seconds: float) -> None:
    """Wait for what the rest stands on; raise TimeoutError where it does not come true."""
    if until(condition, seconds=seconds) is None:
        raise TimeoutError("what had to be prepared was not in time")


def _database(database: str, folder: Path) -> str:
    if database == "postgresql":
        return PostgresDatabase.make("torture", folder).url
    url = f"sqlite:///{folder / 'torture.db'}"
    migrate_up(url, folder)
    return url


def engine_of(url: str) -> Engine:
    """Return an engine on a database that stands somewhere else than the ground's own."""
    address = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(address, **engine_options(address))
