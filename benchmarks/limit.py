"""The limit: the same database read by the least program that could, served the same way.

No token, no log, no parsing of parameters; each answer is one statement and a join of stored documents. What the
application needs more than this is the price of being complete.
"""

import os
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import orjson

DATABASE_URL = "LIMIT_DATABASE_URL"
_LIVING = "product_type = 'data' AND lifecycle_status = 'launched' AND deleted_at IS NULL"
_LIST = (
    "SELECT body FROM (SELECT id FROM product WHERE " + _LIVING + " ORDER BY id LIMIT 50) AS page"  # noqa: S608  # our own words
    " JOIN product_document USING (id) ORDER BY id"
)
_ONE = "SELECT body FROM product_document WHERE id = 100"
_TAG = '"limit"'
_STATS = (
    "SELECT product_type, external_system, lifecycle_status, sync_state, sum(n) FROM product_count GROUP BY 1, 2, 3, 4"
)

Rows = list[tuple[Any, ...]]
Start = Callable[[str, list[tuple[str, str]]], object]


def app(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """Answer /list, /one, /stats and /same, which never changes; anything else is the sign of life that a bench waits for."""
    if environ["PATH_INFO"] == "/same":
        start_response("304 NOT MODIFIED", [("ETag", _TAG)])
        return [b""]
    body = _ANSWERS.get(environ["PATH_INFO"], _alive)()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _alive() -> bytes:
    return b"{}"


def _list() -> bytes:
    bodies = [row[0] for row in _rows()(_LIST)]
    return ('{"results":[' + ",".join(bodies) + '],"next":null}').encode()


def _one() -> bytes:
    body: str = _rows()(_ONE)[0][0]
    return body.encode()


def _stats() -> bytes:
    return orjson.dumps([list(map(str, row)) for row in _rows()(_STATS)])


_ANSWERS: dict[str, Callable[[], bytes]] = {"/list": _list, "/one": _one, "/stats": _stats}


@cache
def _rows() -> Callable[[str], Rows]:
    """Return what asks the database over the one connection of the one thread."""
    url = os.environ[DATABASE_URL]
    if url.startswith("sqlite"):
        import sqlite3  # noqa: PLC0415  # a worker should not carry the driver that it does not use

        lite = sqlite3.connect(url.removeprefix("sqlite:///"), check_same_thread=False)
        return lambda statement: lite.execute(statement).fetchall()
    import psycopg  # noqa: PLC0415  # the same

    server = psycopg.connect(url, autocommit=True)
    return lambda statement: server.execute(statement).fetchall()
