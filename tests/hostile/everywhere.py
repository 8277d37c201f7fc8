"""The same hostile requests at every route for programs, those that will be added among them."""

from collections.abc import Iterator
from itertools import cycle, islice, product

from flask import Flask
from werkzeug.routing import Rule

from tests.support.hostile_requests import Hostile

JSON = "application/json"
PREFIXES = ("/api/", "/tmf-api/")
LEAKS = (
    "Traceback",
    "sqlalchemy",
    "psycopg",
    "sqlite3",
    "SELECT ",
    "INSERT ",
    "/catalog_app/",
    "site-packages",
    "werkzeug",
)

IDS = (
    "0",
    "-1",
    "2147483647",
    "2147483648",
    "9" * 400,
    "%00",
    "%FF%FE",
    "..%2f..%2fetc%2fpasswd",
    "1%0d%0aX:1",
    "\u0663",
    "a" * 3000,
)
QUERIES = (
    "a=b", "limit=-1", "limit=1e9", "limit=501", "cursor=%00", "cursor=e30", "cursor=" + "A" * 5000, "fields=%ED%A0%80", "sort=%00",
    "&".join(f"x{number}=1" for number in range(1500)), "offset=99999999999999999999", "=", "%", "%zz=%zz", "&&&;;;", "limit=1&limit=2",
    "filter[$ne]=1", "since='%20OR%201=1--", "expand=__class__.__init__", "as_of=9999-99-99", "fields=" + "," * 4000,
)  # fmt: skip
BODIES = (
    b"", b"{", b"[]", b"null", b"0", b'""', b"{}", b"\x00", b"\xff\xfe\x00", b"\xef\xbb\xbf{}", b'{"a": NaN}', b'{"a": 1, "a": 2}',
    b'{"__proto__": {"x": 1}, "constructor": null}', b'{"name": "\\ud800"}', b'{"name": {"$ne": null}}', b'{"id": 1e400}',
    b'{"items": [' + b",".join([b"{}"] * 1001) + b"]}", b'{"a":' * 21 + b"1" + b"}" * 21, b"[" * 50_000, b'{"":' + b"9" * 5000 + b"}",
    b'{"name": "<script>alert(1)</script>", "url": "http://169.254.169.254/"}', b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--",
)  # fmt: skip
TYPES = (
    JSON,
    "",
    "text/plain",
    "application/json; charset=utf-7",
    "multipart/form-data",
    "application/xml",
    "a" * 3000,
    "application/*",
)
HEADERS: tuple[dict[str, str], ...] = (
    {"If-Match": ","}, {"If-None-Match": ",,W/,"}, {"If-Match": "*, *"}, {"If-None-Match": '"' + "x" * 7000}, {"Range": "bytes=0-,1-"},
    {"Idempotency-Key": ""}, {"Idempotency-Key": "\x7f"}, {"Idempotency-Key": "k" * 5000}, {"Idempotency-Key": "'; DROP TABLE kept_answer"},
    {"Accept-Encoding": "gzip;q=" + "9" * 400}, {"Accept-Encoding": "gzip;q=nan, *;q=inf"}, {"Accept-Encoding": "," * 5000},
    {"Accept": "application/xml"}, {"Origin": "null"}, {"Origin": "\x80"}, {"Authorization": "Bearer"}, {"Authorization": "Bearer \xff"},
    {"Authorization": "Bearer pc_aaaaaaaa_" + "a" * 43}, {"Authorization": "Negotiate " + "A" * 8000}, {"X-Request-ID": "../../x"},
    {"X-Forwarded-For": "'\"<>"}, {"X-Forwarded-Host": "evil.example"}, {"Host": "evil.example\\@x"}, {"Host": "[::1"}, {"Host": "a" * 4000},
    {"Content-Encoding": "gzip"}, {"Content-Length": "99999999999999999999"}, {"Content-Length": "1e3"}, {"Expect": "100-continue, x"},
    {"Cookie": "catalog_session=" + "\xff" * 500}, {"X-HTTP-Method-Override": "DELETE"}, {"HX-Request": "true"},
)  # fmt: skip
METHODS = ("HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "post", "G\x80T", "A" * 300)


def requests(app: Flask, prefixes: tuple[str, ...] = PREFIXES) -> Iterator[Hostile]:
    """Yield some hundreds of requests: each route meets a few of each kind, and each kind meets many routes."""
    doors = [
        (rule, method)
        for rule in rules(app, prefixes)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    yield from _turns(doors)
    for (rule, method), body in product(_writing(doors), BODIES[::4]):
        yield Hostile(method, address(rule), {"data": body, "content_type": JSON})


def rules(app: Flask, prefixes: tuple[str, ...] = PREFIXES) -> list[Rule]:
    """Return every route below these addresses, those for programs unless said otherwise."""
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(prefixes)]


def address(rule: Rule, value: str = "1") -> str:
    """Return the path of a route with this value in each of its places."""
    parts = (value if part.startswith("<") else part for part in rule.rule.split("/"))
    return "/".join(parts)


def _turns(doors: list[tuple[Rule, str]]) -> Iterator[Hostile]:
    """Deal each kind out in turn, so that every item of it comes up and every route gets some."""
    ids, queries, bodies = cycle(IDS), cycle(QUERIES), cycle(BODIES)
    types, headers, methods = cycle(TYPES), cycle(HEADERS), cycle(METHODS)
    for rule, method in doors:
        body = {"data": b"{}", "content_type": JSON} if method in ("POST", "PUT", "PATCH") else {}
        if rule.arguments:
            yield from (Hostile(method, address(rule, next(ids)), body) for _ in range(3))
        yield from (Hostile(method, f"{address(rule)}?{query}", body) for query in islice(queries, 3))
        yield from (Hostile(method, address(rule), {**body, "headers": header}) for header in islice(headers, 4))
        yield from (Hostile(other, address(rule), body) for other in islice(methods, 2))
        if body:
            yield Hostile(method, address(rule), {"data": next(bodies), "content_type": next(types)})


def _writing(doors: list[tuple[Rule, str]]) -> list[tuple[Rule, str]]:
    return [(rule, method) for rule, method in doors if method in ("POST", "PUT", "PATCH")]
