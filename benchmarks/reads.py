"""What reads cost over HTTP, beside the limit: CPU of the server and of its database, everything switched on."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from http import HTTPStatus
from importlib.util import find_spec
from itertools import count, cycle, repeat
from urllib.parse import quote, urlencode

import orjson

from benchmarks import limit
from benchmarks.databases import SECRET, Database, application_on, empty_database
from benchmarks.seed import seed
from benchmarks.serving import Served, served
from catalog_app.accounts.schema import NewToken
from catalog_app.accounts.service import tokens
from catalog_app.core.db import db
from catalog_app.products.service import ProductCatalogService

BASE = "/api/loyalty/v1/products/"
PAGE = {"product_type": "data", "lifecycle_status": "launched"}
LIST, ONE, AVAILABLE, STATS = "list of 50, type and status", "get", "available", "stats"
PEER_BATCH = 3
"""Requests between two looks at the clock: one of the peer may take seconds."""
DEEP = 0.6
"""How far into the list a deep page lies."""
SEARCHES = {
    "search, a common word": {"search": "roaming"},
    "search, Cyrillic": {"search": "роум"},
    "search, absent": {"search": "qzxwv"},
    "search, two letters": {"search": "5g"},
    "search, filtered, newest first": {"search": "roaming", **PAGE, "sort": "-updated_at"},
    "search, filtered, by name": {"search": "roaming", **PAGE, "sort": "name"},
}


@dataclass(frozen=True)
class Figure:
    """Milliseconds of CPU that one request takes; `limit` is what the least program takes for the same, `peer` the usual."""

    what: str
    cpu: float
    limit: float | None = None
    peer: float | None = None


def reads(kind: str, products: int) -> Iterator[Figure]:
    """Fill a database of this kind and yield what each read of it costs."""
    with ExitStack() as stack:
        database = stack.enter_context(empty_database(kind))
        stack.enter_context(application_on(database))
        seed(db.engine, products)
        least, headers = dict(_limits(database)), _authorised()
        peers = dict(_peers(database, headers)) if find_spec("rest_framework") else {}
        server = stack.enter_context(
            served("wsgi:app", _environment(database), database=database.server, headers=headers)
        )
        for figure in _hot(server, least, products):
            yield replace(figure, peer=peers.get(figure.what))
        for what, parameters in SEARCHES.items():
            yield Figure(what, server.cost(repeat(_path("", parameters))))


def _hot(server: Served, least: Mapping[str, float], products: int) -> Iterator[Figure]:
    listed = _path("", PAGE)
    yield Figure(LIST, server.cost(repeat(listed)), least["/list"])
    yield Figure(ONE, server.cost(cycle(f"{BASE}{number}/" for number in range(100, 600))), least["/one"])
    available = (_path("available/", {"customer_value": str(value), "limit": "50"}) for value in count(1000))
    yield Figure(AVAILABLE, server.cost(available), least["/list"])
    answer, _ = server.get(listed)
    known = {"If-None-Match": answer.headers["ETag"]}
    yield Figure(
        "304 of that list", server.cost(repeat(listed), status=HTTPStatus.NOT_MODIFIED, **known), least["/same"]
    )
    yield Figure(STATS, server.cost(repeat(f"{BASE}stats/")), least["/stats"])
    yield Figure("stats, right after a write", _stats_after_a_write(server), least["/stats"])
    yield Figure("deep page", server.cost(repeat(_deep_page(server, products))), least["/list"])


def _stats_after_a_write(server: Served) -> float:
    """Measure with a write by another process before each request; its work is not the server's, but for PostgreSQL."""
    numbers = cycle(range(100, 600))
    switch = cycle((False, True))

    def write() -> None:
        ProductCatalogService().patch(
            next(numbers), {"is_available": next(switch)}, expected_version=None, actor="bench"
        )
        db.session.remove()

    def write_and_ask() -> None:
        write()
        server.get(f"{BASE}stats/")

    return server.cost_of(write_and_ask) - (server.cost_of(write) if server.database is not None else 0.0)


def _deep_page(server: Served, products: int) -> str:
    """Return the address of a page behind most of the products, as following `next` gives it."""
    path = _path("", {"limit": "500", "fields": "id"})
    while True:
        page = orjson.loads(server.get(path)[1])
        if page["next"] is None or page["results"][-1]["id"] > products * DEEP:
            break
        path = BASE + page["next"].partition(BASE)[2]
    cursor = path.partition("cursor=")[2].partition("&")[0]
    return f"{BASE}?limit=50" + (f"&cursor={cursor}" if cursor else "")


def _limits(database: Database) -> Iterator[tuple[str, float]]:
    environment = {limit.DATABASE_URL: database.url}
    with served("benchmarks.limit:app", environment, database=database.server) as server:
        for path in ("/list", "/one", "/stats"):
            yield path, server.cost(repeat(path))
        yield "/same", server.cost(repeat("/same"), status=HTTPStatus.NOT_MODIFIED)


def _peers(database: Database, headers: Mapping[str, str]) -> Iterator[tuple[str, float]]:
    """Yield what the peer needs for the same, where it is installed (requirements-bench.txt)."""
    environment = {"PEER_DATABASE_URL": database.url}
    narrowed = urlencode(PAGE)
    with served("benchmarks.peer:app", environment, database=database.server, headers=headers, by="gunicorn") as server:
        yield LIST, server.cost(repeat(f"/products/?{narrowed}"), batch=PEER_BATCH)
        numbers = cycle(f"/products/{number}/" for number in range(100, 600))
        yield ONE, server.cost(numbers, batch=PEER_BATCH)
        values = (f"/products/available/?customer_value={value}" for value in count(1000))
        yield AVAILABLE, server.cost(values, batch=PEER_BATCH)
        yield STATS, server.cost(repeat("/products/stats/"), batch=PEER_BATCH)


def _environment(database: Database) -> dict[str, str]:
    return {
        "CATALOG_DATABASE_URL": database.url,
        "CATALOG_SECRET_KEY": SECRET,
        "CATALOG_INSTANCE_PATH": str(database.folder),
        "CATALOG_SCHEDULER_ENABLED": "false",
        # The limiter counts every request, and refuses none of these.
        "CATALOG_RATE_LIMIT": "10000000/minute",
    }


def _authorised() -> dict[str, str]:
    _, secret = tokens.create(NewToken(name="bench", scopes=["products:read"], expires_at=None), actor="bench")
    db.session.remove()
    return {"Authorization": f"Bearer {secret}"}


def _path(below: str, parameters: Mapping[str, str]) -> str:
    return f"{BASE}{below}?{urlencode(parameters, quote_via=quote)}"
