"""Requests below HTTP: bytes that no client library would send."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.hostile.everywhere import LEAKS

STATUS: Final = re.compile(rb"^HTTP/1\.[01] (\d{3})", re.MULTILINE)
BASE: Final = b"/api/loyalty/v1/products/"
JSON: Final = b"Content-Type: application/json\r\n"
Pieces = tuple[bytes, ...]


@dataclass(frozen=True)
class Conversation:
    """What is sent over one connection. One that is not `whole` breaks off, and nobody has to answer it."""

    pieces: Pieces
    whole: bool = True

    def __str__(self) -> str:
        sent = b"".join(self.pieces)
        return f"{sent[:150]!r}... ({len(sent)} bytes)"


def conversations(token: str) -> Iterator[Conversation]:
    """Yield what is sent over one connection each; a request that is one is allowed to do what it asks."""
    auth = b"Host: x\r\nAuthorization: Bearer " + token.encode() + b"\r\nConnection: close\r\n"
    yield from (Conversation((line,)) for line in _first_lines())
    for headers in _headers(auth):
        yield Conversation((b"GET " + BASE + b" HTTP/1.1\r\n" + headers + b"\r\n",))
    yield from map(Conversation, (*_targets(auth), *_bodies(auth), *_several(auth), _slowly(auth)))
    yield from (Conversation(pieces, whole=False) for pieces in _broken_off(auth))


def _first_lines() -> Iterator[bytes]:
    end = b"\r\nHost: x\r\nConnection: close\r\n\r\n"
    yield from (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"GET /\r\n\r\n", b"{}\r\n\r\n")
    yield from (
        line + end
        for line in (
            b"GET / HTTP/9.9", b"GET / HTTP/1.", b"GET / http/1.1", b"GET / HTTP/1.1 x", b"GET  /  HTTP/1.1", b"GET\t/\tHTTP/1.1",
            b" GET / HTTP/1.1", b"G@T / HTTP/1.1", b"\xff\xff / HTTP/1.1", b"GET / HTTP/0.9", b"GET /\x00 HTTP/1.1", b"GET \\ HTTP/1.1",
            b"GET " + b"/" * 100_000 + b" HTTP/1.1", b"A" * 70_000 + b" / HTTP/1.1", b"GET /?" + b"a=b&" * 20_000 + b" HTTP/1.1",
            b"CONNECT x:443 HTTP/1.1", b"OPTIONS * HTTP/1.1", b"TRACE / HTTP/1.1", b"GET * HTTP/1.1", b"-GET / HTTP/1.1",
        )
    )  # fmt: skip


def _headers(auth: bytes) -> Iterator[bytes]:
    yield from (
        b"", b"Host: a\r\nHost: b\r\nConnection: close\r\n", b"Host:\r\nConnection: close\r\n", b"No colon\r\n", b": empty\r\n",
        b"Bad Name: x\r\n", b"X\x00: y\r\n", b"X: \x00\r\n", b"X: a\r\n folded\r\n", b"X: a\rb\r\n", b"Host: x\nConnection: close\n",
    )  # fmt: skip
    yield from (
        auth + more
        for more in (
            b"X: " + b"a" * 100_000 + b"\r\n", b"".join(b"X-%d: a\r\n" % number for number in range(3000)), b"X: \xff\xfe\r\n",
            b"Content-Length: -1\r\n", b"Content-Length: 1, 2\r\n", b"Content-Length: 1\r\nContent-Length: 2\r\n", b"Content-Length: x\r\n",
            b"Content-Length: 99999999999999999999999\r\n", b"Transfer-Encoding: nonsense\r\n", b"Transfer-Encoding: chunked, chunked\r\n",
            b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"Expect: nonsense\r\n", b"Upgrade: websocket\r\nConnection: Upgrade\r\n",
            b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nConnection: Upgrade, HTTP2-Settings\r\n", b"Connection: keep-alive, \x01\r\n",
            b"Accept-Encoding: " + b"gzip," * 5000 + b"\r\n", b"Idempotency-Key: \xff\r\n", b"If-None-Match: " + b'W/"' * 9000 + b"\r\n",
            b"If-None-Match: \xc3\x28\r\n", b"Cookie: " + b"a=b;" * 9000 + b"\r\n", b"Range: bytes=0-0\r\n", b"Proxy: http://evil\r\n",
        )
    )  # fmt: skip


def _targets(auth: bytes) -> Iterator[Pieces]:
    targets = (
        b"http://evil.example/api/loyalty/v1/products/", b"//evil.example/api/", b"/api/../../../../etc/passwd", b"/static/../wsgi.py",
        b"/static/%2e%2e/%2e%2e/etc/passwd", b"/static/..%5c..%5cwsgi.py", b"/static//etc/passwd", b"/static/\xff", BASE + b"%", BASE + b"%%%",
        BASE + b"1/%00", BASE + b"?fields=%00", BASE + b"\xd1\x80", BASE + b"?search=\xff\xfe", BASE + b"#fragment", BASE + b";x=1",
        b"/" + b"%2f" * 5000, b"/api" * 4000, b"javascript:alert(1)", b"?", b"/metrics/../metrics", b"/metrics?%00",
    )  # fmt: skip
    for target in targets:
        yield (b"GET " + target + b" HTTP/1.1\r\n" + auth + b"\r\n",)
        yield (b"POST " + target + b" HTTP/1.1\r\n" + auth + JSON + b"Content-Length: 2\r\n\r\n{}",)


def _bodies(auth: bytes) -> Iterator[Pieces]:
    post = b"POST " + BASE + b" HTTP/1.1\r\n" + auth + JSON
    chunked = post + b"Transfer-Encoding: chunked\r\n\r\n"
    for chunks in (
        b"0\r\n\r\n", b"2\r\n{}\r\n0\r\n\r\n", b"zz\r\n{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n", b"ffffffffffffffffff\r\n{}", b"2\r\n{}0\r\n\r\n",
        b"2;ext=" + b"a" * 70_000 + b"\r\n{}\r\n0\r\n\r\n", b"1\r\n{\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n", b"2\n{}\n0\n\n",
        b"10000\r\n" + b"x" * 65_536 + b"\r\n" + b"0\r\n\r\n", b"1\r\n \r\n" * 2000 + b"0\r\n\r\n",
        b"200000\r\n" + b"[" * 0x200000 + b"\r\n0\r\n\r\n",
    ):  # fmt: skip
        yield (chunked + chunks,)
    yield (post + b"Content-Length: 2097152\r\n\r\n", b"x" * 2_097_152)
    yield (post + b"Content-Length: 1\r\n\r\n{}",)
    yield (post + b"Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n" + b"\x1f\x8b\x08" + b"\x00" * 17,)
    yield (post + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", b"{}")
    for key in (b"\x00", b"k" * 70_000, b"a\r\nIdempotency-Key: b"):
        yield (post + b"Idempotency-Key: " + key + b"\r\nContent-Length: 2\r\n\r\n{}",)


def _broken_off(auth: bytes) -> Iterator[Pieces]:
    """Yield requests that end before they have ended, at some places, and what is none at all."""
    post = b"POST " + BASE + b" HTTP/1.1\r\n" + auth + JSON
    whole = (
        b"PATCH "
        + BASE
        + b"1/ HTTP/1.1\r\n"
        + auth
        + JSON
        + b'If-Match: "1"\r\nContent-Length: 13\r\n\r\n{"name": "A"}'
    )
    for length in range(1, len(whole), 23):
        yield (whole[:length],)
    for nothing in (b"", b"\r\n", b"\n\n\n", b"\x00" * 100, b"GET", b"SSH-2.0-x\r\n", b"A" * 200_000):
        yield (nothing,)
    yield (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",)
    yield (post + b"Content-Length: 3\r\n\r\n{}",)
    yield (post + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",)


def _slowly(auth: bytes) -> Pieces:
    """Return a request that comes byte by byte."""
    whole = b"GET " + BASE + b"1/ HTTP/1.1\r\n" + auth + b"\r\n"
    return tuple(whole[place : place + 1] for place in range(len(whole)))


def _several(auth: bytes) -> Iterator[Pieces]:
    """Yield several requests on one connection, and what tries to smuggle one past the other."""
    keeping = auth.replace(b"Connection: close\r\n", b"")
    get = b"GET " + BASE + b"?limit=1 HTTP/1.1\r\n"
    yield (get + keeping + b"\r\n" + get + auth + b"\r\n",)
    yield ((get + keeping + b"\r\n") * 20 + get + auth + b"\r\n",)
    yield (get + keeping + b"Content-Length: 5\r\n\r\nGET /" + get + auth + b"\r\n",)
    inner = b"0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    post = b"POST " + BASE + b" HTTP/1.1\r\n" + keeping + JSON
    for smuggling in (
        b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(inner), b"Transfer-Encoding : chunked\r\nContent-Length: 4\r\n\r\n",
        b"Transfer-Encoding:\x0bchunked\r\nContent-Length: 4\r\n\r\n", b"Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\n",
    ):  # fmt: skip
        yield (post + smuggling + inner,)


def fault_of(said: bytes, *, is_owed: bool) -> str | None:
    """Return what is wrong with what came back, if anything."""
    text = said.decode("latin-1")
    statuses = [int(status) for status in STATUS.findall(said)]
    if is_owed and not statuses:
        return "is not answered"
    if said and not statuses and not _is_http2(said):
        return f"is no HTTP: {text[:200]}"
    if broken := [status for status in statuses if status >= 500 and status != 501]:
        return f"answers {broken}: {text[:300]}"
    if leaked := [leak for leak in (*LEAKS, "root:x:0", "panicked", 'File "') if leak in text]:
        return f"tells {leaked}: {text[:300]}"
    return None


def _is_http2(said: bytes) -> bool:
    """Return whether the first frame is one of settings, as it has to be where the other side began with HTTP/2."""
    return said[3:5] == b"\x04\x00"
