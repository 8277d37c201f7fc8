"""`flask demo` as a newcomer runs it: in a copy of the tree, from nothing, with real processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pytest
from dotenv import dotenv_values

from catalog_app.settings import ROOT

LEFT_OUT = shutil.ignore_patterns(".*", "node_modules", "instance", "tests", "docs")
PRODUCTS = 60
SECONDS = 60


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT, tmp_path / "tree", ignore=LEFT_OUT))


@pytest.mark.timeout(180)
def test_a_demo_begins_from_nothing_serves_ends_with_everything_and_begins_again(tree: Path) -> None:
    with _demo(tree) as port:
        assert _get(port, "/login")[0] == 200
        first = dotenv_values(tree / "instance" / "demo.env")
        token = _command(tree, "tokens", "create", "tests", "--scope", "products:read").strip()
        status, body = _get(port, "/api/loyalty/v1/products/stats/", token)
        by_system = orjson.loads(body)["by_system"]
        assert (status, by_system["xiva"]) == (200, PRODUCTS)
        assert min(by_system["crm"], by_system["billing"]) > 10
        assert (tree / "instance" / "demo.env").stat().st_mode & 0o077 == 0
    for system in ("XIVA", "CRM", "BILLING"):
        assert not _listens(urlsplit(first[f"CATALOG_{system}_BASE_URL"] or "").port)

    with _demo(tree) as port:
        again = dotenv_values(tree / "instance" / "demo.env")
        assert again["DEMO_ADMIN_PASSWORD"] == first["DEMO_ADMIN_PASSWORD"]
        assert orjson.loads(_get(port, "/api/loyalty/v1/products/stats/", token)[1])["by_system"]["xiva"] == PRODUCTS


@contextmanager
def _demo(tree: Path) -> Iterator[int]:
    """Run the demo until the block is left, then end it as Ctrl-C does and wait for it."""
    port = _free_port()
    command = _flask("demo", "--port", str(port), "--products", str(PRODUCTS))
    process = subprocess.Popen(command, cwd=tree, env=_environment(), start_new_session=True)
    try:
        _wait_for(port, process)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=30) == 0
    assert not _listens(port)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, "the demo ended by itself"
        if _listens(port):
            return
        # A process of its own has no other way to tell when it listens.
        time.sleep(0.1)
    raise AssertionError(f"the demo did not serve within {SECONDS} s")


def _command(tree: Path, *words: str) -> str:
    ended = subprocess.run(_flask(*words), cwd=tree, env=_environment(), capture_output=True, text=True, check=True)
    return ended.stdout


def _flask(*words: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *words]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")}


def _get(port: int, path: str, token: str | None = None) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def _listens(port: int | None) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port or 0)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
