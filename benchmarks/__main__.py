"""`python -m benchmarks [--products N]`: sync, reads and start, on SQLite, in CPU seconds of this process."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from catalog_app.accounts.schema import NewToken
from catalog_app.accounts.service import tokens
from catalog_app.app import create_app
from catalog_app.core.db import db
from catalog_app.settings import ROOT, Settings
from catalog_app.sync.service import ProductSyncService

REPEATS = 30
SECRET = "a secret of the benchmark, long enough"  # noqa: S105  # it protects nothing


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder, _source(options.products) as base_url:
        app = create_app(_settings(Path(folder), base_url))
        with app.app_context():
            upgrade()
        rows = [*_sync(app, options.products), *_reads(app), *_start(app)]
        with app.app_context():
            db.engine.dispose()
    _tell(rows, options.products)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--products", type=int, default=10_000, help="how many products the source has")
    return parser.parse_args()


def _settings(folder: Path, base_url: str) -> Settings:
    source = {"base_url": base_url, "username": "catalogue", "password": SECRET}
    return Settings.model_validate(
        {
            "database_url": f"sqlite:///{folder / 'bench.db'}",
            "secret_key": SECRET,
            "instance_path": folder,
            "allow_loopback_sources": True,
            "log_level": "ERROR",
            "xiva": source,
        },
    )


@contextmanager
def _source(products: int) -> Iterator[str]:
    """Serve the listing from a process of its own, so that its work is not counted as ours."""
    command = [sys.executable, "-m", "catalog_app.demo.standin", "xiva", "--products", str(products)]
    environment = {**os.environ, "STANDIN_PASSWORD": SECRET}
    with subprocess.Popen(  # noqa: S603  # our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment
    ) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["base_url"]
        process.terminate()


def _sync(app: Flask, products: int) -> Iterator[tuple[str, str]]:
    for name in ("sync, every product new", "sync, nothing changed"):
        with app.app_context():
            cpu, wall = time.process_time(), time.perf_counter()
            run = ProductSyncService().sync_from_xiva()
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            assert run.status == "applied", run.error
            db.session.remove()
        yield name, f"{products / cpu:,.0f} products per CPU-second ({wall:.1f} s)"


def _reads(app: Flask) -> Iterator[tuple[str, str]]:
    with app.app_context():
        _, token = tokens.create(NewToken(name="bench", scopes=["products:read"], expires_at=None), actor="bench")
        db.session.remove()
    client = app.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    base = "/api/loyalty/v1/products/"
    for name, path in (
        ("list of 50", f"{base}?product_type=data&lifecycle_status=launched"),
        ("get", f"{base}100/"),
        ("search", f"{base}?search=%D1%80%D0%BE%D1%83%D0%BC"),
        ("available", f"{base}available/?customer_value=1000&limit=50"),
        ("stats", f"{base}stats/"),
    ):

        def call(path: str = path) -> None:
            answer = client.get(path, headers=headers)
            assert answer.status_code == HTTPStatus.OK, answer.get_data(as_text=True)

        yield f"{name}, in process", f"{_milliseconds(call):.2f} ms CPU"


def _milliseconds(call: Callable[[], None]) -> float:
    call()
    before = time.process_time()
    for _ in range(REPEATS):
        call()
    return (time.process_time() - before) / REPEATS * 1000


def _start(app: Flask) -> Iterator[tuple[str, str]]:
    environment = {
        **os.environ,
        "CATALOG_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "CATALOG_SECRET_KEY": SECRET,
        "CATALOG_SCHEDULER_ENABLED": "false",
    }
    script = "import wsgi, resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    before = time.perf_counter()
    ended = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - before
    yield "cold start of a worker", f"{seconds:.2f} s, {ended.stdout.strip()} MiB resident at most"


def _tell(rows: list[tuple[str, str]], products: int) -> None:
    today = datetime.now(UTC).date().isoformat()
    print(f"{today}, Python {platform.python_version()}, {os.cpu_count()} cores, SQLite, {products:,} products\n")
    print("| what | measured |\n|---|---|")
    for name, value in rows:
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
