"""`python -m benchmarks.sync [--products N] [--database sqlite|postgresql|both]`: what a sync costs, beside a plain upsert.

The source is a process of its own. Mixed: of N records half say the same, 40 % are new and 10 % say something else.
CPU counts this process and, on PostgreSQL, the server's.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

import requests
from flask import Flask
from sqlalchemy.dialects import postgresql, sqlite

from benchmarks.databases import Database, application_on, empty_database
from benchmarks.meter import Cost, measured
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db, writing
from catalog_app.products.changes import category_folded, search_text
from catalog_app.products.models import Product
from catalog_app.products.schema import ProductInput
from catalog_app.settings import ROOT
from catalog_app.sync.connectors.connector import Connector
from catalog_app.sync.models import ExternalSystem, SyncRun
from catalog_app.sync.service import ProductSyncService
from catalog_app.sync.systems.sources import found, source_config

PAGE_SIZE = 1000
SYSTEM = "xiva"
HOUR = 3600


class Source:
    """The catalogue that is read, served by another process."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def lists(self, count: int, *, changed: int = 0, new: int = 0) -> None:
        """Say what it has: `count` products of which `changed` say something else, and `new` ones after them."""
        state = {"count": count, "changed": changed, "new": new}
        requests.put(f"{self.base_url}/state", json=state, timeout=10).raise_for_status()


def main() -> None:
    options = _options()
    databases = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
    print(f"{datetime.now(UTC).date()}, Python {platform.python_version()}, {os.cpu_count()} cores, ", end="")
    print(f"{options.products:,} records, pages of {PAGE_SIZE:,}\n\n| database | what | measured |\n|---|---|---|")
    with _source() as source:
        for database in databases:
            measures = _unchanged_alone if options.only_unchanged else _measures
            for what, figure in measures(database, source, options.products):
                print(f"| {database} | {what} | {figure} |", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sync")
    parser.add_argument("--products", type=int, default=100_000, help="how many records the source lists")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--only-unchanged", action="store_true", help="for the memory of a long run")
    return parser.parse_args()


def _unchanged_alone(kind: str, source: Source, products: int) -> Iterator[tuple[str, str]]:
    """Measure a run that changes nothing in a process that has done nothing else, above what it had when idle."""
    source.lists(products)
    with empty_database(kind) as database:
        first = get_context("spawn").Process(target=_first_sync, args=(database, source))
        first.start()
        first.join()
        assert first.exitcode == 0
        with application_on(database):
            unchanged = _synced(database.server, created=0, updated=0)
    yield "sync: nothing changed", unchanged.rate(products)
    yield "memory above idle, nothing changed", f"{unchanged.memory / 2**20:.0f} MiB"


def _first_sync(database: Database, source: Source) -> None:
    with application_on(database):
        _point_at(source)
        _synced(database.server)


def _measures(database: str, source: Source, products: int) -> Iterator[tuple[str, str]]:
    here = products * 6 // 10
    with _application(database, source) as (_, server):
        source.lists(here)
        _synced(server)
        source.lists(here, changed=products // 10, new=products - here)
        mixed = _synced(server, created=products - here, updated=products // 10)
        yield "sync: half the same, 40 % new, 10 % changed", mixed.rate(products)
        yield f"longest write transaction, {products // 2:,} changes", f"{mixed.locked:.2f} s"
        yield "sync: nothing changed", _synced(server, created=0, updated=0).rate(products)
    with _application(database, source) as (_, server):
        source.lists(here)
        _upserted(server)
        source.lists(here, changed=products // 10, new=products - here)
        yield "plain upsert of every record: the mixed listing", _upserted(server).rate(products)
        yield "plain upsert of every record: nothing changed", _upserted(server).rate(products)


def _synced(server: int | None, **expected: int) -> Cost:
    with measured(db.engine, server) as cost:
        run = ProductSyncService().run(SYSTEM)
    assert run.status == "applied", (run.status, run.error, run.held_because)
    assert {name: getattr(run, name) for name in expected} == expected, _counts(run)
    return cost


def _counts(run: SyncRun) -> dict[str, int]:
    return {name: getattr(run, name) for name in ("fetched", "created", "updated", "unchanged", "rejected")}


# The peer: every record is mapped, checked and written, whatever it says; no plan, no revision, no person's edits.


def _upserted(server: int | None) -> Cost:
    with measured(db.engine, server) as cost:
        connector = Connector(source_config(found(db.session(), SYSTEM)), now=utcnow)
        for page in connector.pages():
            rows = [_plain_row(record.external_id, connector.map(record).values) for record in page.records]
            if rows:
                with writing() as session:
                    session.connection().execute(_upsert(session.connection().dialect.name), rows)
    return cost


def _plain_row(external_id: str, values: dict[str, Any]) -> dict[str, Any]:
    checked = ProductInput.check(values).values()
    return {
        **checked,
        "external_system": SYSTEM,
        "external_product_id": external_id,
        "search_text": search_text(checked["name"], external_id, checked["description"]),
        "category_folded": category_folded(checked["category"]),
        "sync_state": "in_sync",
        "field_locks": {},
        "version": 1,
        "created_by": "bench",
        "updated_by": "bench",
    }


def _upsert(dialect: str) -> Any:
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(Product.__table__)
    ours = {"id", "external_system", "external_product_id", "version", "created_at", "created_by"}
    names = [name for name in Product.__table__.columns.keys() if name not in ours]  # noqa: SIM118  # no mapping
    return insert.on_conflict_do_update(
        index_elements=["external_system", "external_product_id"],
        set_={name: insert.excluded[name] for name in names},
    )


@contextmanager
def _source() -> Iterator[Source]:
    command = [sys.executable, "-m", "benchmarks.offerings"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:  # noqa: S603  # our own program
        assert process.stdout is not None
        yield Source(json.loads(process.stdout.readline())["base_url"])
        process.terminate()


@contextmanager
def _application(kind: str, source: Source) -> Iterator[tuple[Flask, int | None]]:
    """Make an application on an empty database, and the process of its server where there is one."""
    with empty_database(kind) as database, application_on(database) as app:
        _point_at(source)
        yield app, database.server


def _point_at(source: Source) -> None:
    with writing() as session:
        system = session.get_one(ExternalSystem, SYSTEM)
        system.base_url, system.auth_kind = source.base_url, "none"
        system.limits = {"page_size": PAGE_SIZE, "run_seconds": HOUR}


if __name__ == "__main__":
    main()
