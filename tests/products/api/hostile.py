"""Requests that nobody sends by accident: every one is to be refused, or answered, but never to break anything."""

from collections.abc import Iterator
from itertools import product

from tests.support.hostile_requests import Hostile

JSON = "application/json"
TEXTS = (
    "%00",
    "%ED%A0%80",
    "%FF%FE",
    "%F0%9F%92%A9",
    "'%20OR%201=1--",
    "%25%25",
    "{{7*7}}",
    "a" * 3000,
    "%0d%0aX-A:%20b",
)
NUMBERS = ("NaN", "Infinity", "-1", "1e400", "9" * 400, "0x10", "१२", "1_000", "٣")
IDS = ("0", "-1", "2147483648", "9" * 19, "9" * 5000, "1e3", "1.0", "%00", "%FF", "٣", "..", "1;drop", "null")


def requests() -> Iterator[Hostile]:
    yield from _queries()
    yield from _ids()
    yield from _bodies()
    yield from _fields()
    yield from _headers()
    yield from _methods()


def _queries() -> Iterator[Hostile]:
    for name in ("search", "category", "external_system", "segment", "product_type", "cursor", "sort", "fields"):
        yield from (Hostile("GET", f"/products/?{name}={text}") for text in TEXTS)
    for name in ("limit", "min_price", "updated_since", "is_active", "count"):
        yield from (Hostile("GET", f"/products/?currency=SAR&{name}={text}") for text in (*NUMBERS, "%00"))
    for name in ("customer_value", "segment", "channel", "payment_mode", "owned", "strict", "cursor", "limit"):
        yield from (Hostile("GET", f"/products/available/?{name}={text}") for text in ("%00", "%ED%A0%80", *NUMBERS))
    for name in ("external_system", "cursor", "limit"):
        yield from (Hostile("GET", f"/sync/runs/?{name}={text}") for text in ("%00", "%FF", "9" * 400))
    yield from (Hostile("GET", f"/sync/runs/1/changes/?kind={text}") for text in ("%00", "staged", "x" * 9000))
    yield Hostile("GET", "/products/?" + "&".join(f"segment=s{number}" for number in range(2000)))
    yield Hostile("GET", "/products/available/?" + "&".join(f"segment=s{number}" for number in range(2000)))
    yield Hostile("GET", "/products/available/?owned=" + ",".join(str(number) for number in range(1, 5000)))
    yield Hostile("GET", "/products/available/?owned=xiva:%00&owned=xiva:" + "x" * 2000)
    yield Hostile("GET", "/products/?%00=%00&%FF=1&a.b/c~d=2")
    # Cursors of our own form with values that no row has.
    for cursor in (
        "WyJhZnRlciIsImlkIixbMV1d",
        "WyJhZnRlciIsImlkIixbOTk5OTk5OTk5OTk5OTk5OTk5OTldXQ",
        "W10",
        "e30",
        "MQ",
    ):
        yield Hostile("GET", f"/products/?cursor={cursor}")
        yield Hostile("GET", f"/products/available/?cursor={cursor}")
        yield Hostile("GET", f"/sync/runs/?cursor={cursor}")


def _ids() -> Iterator[Hostile]:
    for row_id in IDS:
        for method, path in (
            ("GET", f"/products/{row_id}/"),
            ("PATCH", f"/products/{row_id}/"),
            ("DELETE", f"/products/{row_id}/"),
            ("GET", f"/sync/runs/{row_id}/"),
            ("POST", f"/sync/runs/{row_id}/apply/"),
        ):
            body = {"data": b'{"name": "X"}', "content_type": JSON} if method == "PATCH" else {}
            yield Hostile(method, path, body)


def _bodies() -> Iterator[Hostile]:
    bodies = (
        b"", b" ", b"{", b"[]", b"null", b"1", b'"text"', b"{} {}", b"\xff\xfe{}", b'{"name": "\xed\xa0\x80"}',
        b'{"name": NaN}', b'{"name": Infinity}', b'{"price": 1e999999999}', b'{"price": ' + b"9" * 100_000 + b"}",
        b'{"name": "A", "name": "B"}', b'{"\\ud800": 1}', b'{"name": "\\ud800"}', b'{"name": "a\\u0000b"}',
        b'{"attributes": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"attributes": ' + b'{"a":' * 30 + b"1" + b"}" * 30 + b"}",
        b"{" + b",".join(b'"k%d": 1' % number for number in range(20_000)) + b"}",
        b"x" * (1024 * 1024 + 1),
    )  # fmt: skip
    targets = (("POST", "/products/"), ("PUT", "/products/1/"), ("PATCH", "/products/1/"), ("POST", "/products/sync/"))
    for (method, path), body in product(targets, bodies):
        yield Hostile(method, path, {"data": body, "content_type": JSON})
    for content_type in (
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "",
        "a/b/c",
    ):
        for method, path in targets:
            yield Hostile(method, path, {"data": b"{}", "content_type": content_type})


def _fields() -> Iterator[Hostile]:
    values = (
        b"null", b"true", b"-1", b"0.1", b"1e30", b"99999999999999999999", b"9223372036854775808", b'""', b'"x"',
        b'"a\\u0000b"', b'"1e400"', b'"NaN"', b"[]", b"[null]", b"[[1]]", b"{}", b'{"a": null}', b'{"": ""}',
        b'[{"relation": "requires", "product": 99999999999999999999}]',
        b'[{"relation": "requires", "product": 4000000000}]',
        b'[{"product": 9223372036854775807}]', b'[{"product": ["a\\u0000", "b"]}]', b'[{"product": ["a", "\\u0000"]}]',
        b'{"attribute": "x", "operator": "eq", "value": 1e300}',
        b'"9999-12-31T23:59:59-14:00"', b'"0001-01-01T00:00:00+14:00"',
    )  # fmt: skip
    names = (
        "external_system", "external_product_id", "name", "product_type", "price", "currency", "prices", "features",
        "attributes", "members", "relations", "translations", "target_segments", "eligibility_rule", "valid_from",
        "quota_total", "min_customer_value", "channels", "is_active", "lifecycle_status", "lever_weight",
    )  # fmt: skip
    for (row, name), (column, value) in product(enumerate(names), enumerate(values)):
        body = b'{"name": "A", "product_type": "data", "%s": %s}' % (name.encode(), value)
        if name in ("name", "product_type"):
            body = b'{"%s": %s}' % (name.encode(), value)
        # Both ways read a body alike: each value goes either way, with every other name.
        method, path = (("POST", "/products/"), ("PATCH", "/products/1/"))[(row + column) % 2]
        yield Hostile(method, path, {"data": body, "content_type": JSON})
    for name, value in product(("external_system", "dry_run", "full"), values):
        body = b'{"%s": %s}' % (name.encode(), value)
        if name != "external_system":
            body = b'{"external_system": "xiva", "%s": %s}' % (name.encode(), value)
        yield Hostile("POST", "/products/sync/", {"data": body, "content_type": JSON})


def _headers() -> Iterator[Hostile]:
    tags = ("", "*", "7", '"7"', 'W/"1"', '"', '"' * 500, "a,b,,c", '"9' + "9" * 6000 + '"', '"\x80"')
    for tag in tags:
        body = {"data": b'{"name": "X"}', "content_type": JSON}
        yield Hostile("GET", "/products/1/", {"headers": {"If-None-Match": tag}})
        yield Hostile("PATCH", "/products/1/", {"headers": {"If-Match": tag}, **body})
        yield Hostile("PUT", "/products/1/", {"headers": {"If-None-Match": tag}, **body})
    for name, value in (
        ("Host", "evil example"), ("Host", "a\x80b"), ("Host", ""), ("X-Request-ID", "\x80" * 500), ("Accept", "\xff"),
        ("Content-Length", "-5"), ("Content-Length", "many"), ("Transfer-Encoding", "chunked"), ("Range", "bytes=9-1"),
        ("Content-Encoding", "gzip"), ("Expect", "200-maybe"), ("X-HTTP-Method-Override", "DELETE"), ("Cookie", "\xff=\xff"),
    ):  # fmt: skip
        yield Hostile("GET", "/products/?limit=1", {"headers": {name: value}})
        yield Hostile("POST", "/products/", {"headers": {name: value}, "data": b"{}", "content_type": JSON})


def _methods() -> Iterator[Hostile]:
    paths = (
        "/", "/products/", "/products/1/", "/products/available/", "/products/stats/", "/products/sync/", "/sync/runs/",
        "/sync/runs/1/", "/sync/runs/1/changes/", "/sync/runs/1/apply/", "/nothing/", "//products//", "/products/1/../2/",
    )  # fmt: skip
    methods = ("HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "A" * 200, "POST", "PUT")
    for path, method in product(paths, methods):
        yield Hostile(method, path)
