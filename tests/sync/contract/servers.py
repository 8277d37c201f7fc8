"""Servers that nobody here wrote, as programs of their own: Kinto and Datasette from .venv/counterparts."""

import re
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from catalog_app.settings import ROOT
from catalog_app.sync.connectors.connector import Limits, SourceConfig
from catalog_app.sync.connectors.preset import Preset, read_preset
from tests.support.skips import NO_COUNTERPARTS

BIN = ROOT / ".venv" / "counterparts" / "bin"
PRESETS = Path(__file__).parent / "presets"
USER, PASSWORD = "catalogue", "a secret of the counterpart"
COLLECTION = "/v1/buckets/catalog/collections/products"
RECORDS = f"{COLLECTION}/records"

_ADDRESS = re.compile(r"(?:Serving on|running on) (http://127\.0\.0\.1:\d+)")
_KINTO = """
[app:main]
use = egg:kinto
kinto.storage_backend = kinto.core.storage.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.userid_hmac_secret = known to tests alone
kinto.bucket_create_principals = system.Authenticated
multiauth.policies = basicauth
multiauth.policy.basicauth.use = kinto.core.authentication.BasicAuthAuthenticationPolicy

[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = 0

[loggers]
keys = root

[handlers]
keys = console

[formatters]
keys = plain

[logger_root]
level = INFO
handlers = console

[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = plain

[formatter_plain]
format = %(message)s
"""


def shipped_with_tests(name: str) -> Preset:
    """Return a preset that lives with the tests; an operator would put such a file beside those that we ship."""
    return read_preset((PRESETS / f"{name}.toml").read_text(encoding="utf-8"), source=name)


def config_for(name: str, base_url: str) -> SourceConfig:
    preset = shipped_with_tests(name)
    secrets = {"username": USER, "password": PASSWORD} if preset.auth.kind == "basic" else {}
    return SourceConfig("crm", base_url, preset, preset.auth.kind, secrets, limits=Limits(), allow_loopback=True)


class Kinto:
    """A Kinto server with an empty collection of products."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = (USER, PASSWORD)
        self._put("/v1/buckets/catalog")
        self._put(COLLECTION)

    def put_all(self, products: Iterable[dict[str, Any]]) -> None:
        """Put products with their ids, 25 in one request, as the server allows."""
        waiting = [{"method": "PUT", "path": f"{RECORDS}/{one['id']}", "body": {"data": one}} for one in products]
        for start in range(0, len(waiting), 25):
            self._send("POST", "/v1/batch", {"requests": waiting[start : start + 25]})

    def change(self, product: str, **fields: Any) -> None:
        self._send("PATCH", f"{RECORDS}/{product}", {"data": fields})

    def delete(self, product: str) -> None:
        self._send("DELETE", f"{RECORDS}/{product}")

    def close(self) -> None:
        self._session.close()

    def _put(self, path: str) -> None:
        self._send("PUT", path)

    def _send(self, method: str, path: str, body: Any = None) -> None:
        self._session.request(method, self.base_url + path, json=body, timeout=10).raise_for_status()


@contextmanager
def kinto(folder: Path) -> Iterator[Kinto]:
    """Run a Kinto until the block is left; it keeps everything in memory."""
    settings = folder / "kinto.ini"
    settings.write_text(_KINTO, encoding="utf-8")
    with _running("kinto", "start", "--ini", str(settings)) as base_url:
        server = Kinto(base_url)
        yield server
        server.close()


@contextmanager
def datasette(folder: Path, products: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Serve these products (id, name, status, kind, updated_at) until the block is left; yield the address."""
    file = folder / "catalog.db"
    with sqlite3.connect(file) as connection:
        connection.execute(
            "CREATE TABLE products (id TEXT PRIMARY KEY, name TEXT, status TEXT, kind TEXT, updated_at TEXT)"
        )
        connection.execute("CREATE INDEX by_update ON products (updated_at)")
        connection.executemany("INSERT INTO products VALUES (?, ?, ?, ?, ?)", products)
    connection.close()
    # Counting a hundred thousand rows takes longer than the second it allows itself when the machine is busy.
    patience = ("--setting", "sql_time_limit_ms", "10000", "--setting", "suggest_facets", "false")
    with _running("datasette", "serve", "-p", "0", *patience, str(file)) as base_url:
        yield base_url


@contextmanager
def _running(program: str, *arguments: str) -> Iterator[str]:
    """Start a program that names its address on stderr; it ends with the block."""
    if not (BIN / program).exists():
        pytest.skip(NO_COUNTERPARTS)
    process = subprocess.Popen(
        [BIN / program, *arguments], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    with process:
        try:
            assert process.stderr is not None
            said = next((found for line in process.stderr if (found := _ADDRESS.search(line))), None)
            assert said is not None, f"{program} ended before it served"
            yield said[1]
        finally:
            process.kill()
