"""A real HTTP server on loopback that answers exactly the bytes, and at exactly the pace, a test tells it to."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Say:
    """An answer. `raw` replaces everything after the request; `hang_up` closes with a reset, without a word more."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    length: int | None = None
    raw: Iterable[bytes] | None = None
    hang_up: bool = False


Script = Callable[[Asked], Say]


class HostileServer:
    """Serves a script from its own thread and remembers what it was asked."""

    def __init__(self, *, context: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.script: Script = lambda _asked: Say(body=b"[]")
        self.is_closing = threading.Event()
        self._server = _Listener(("127.0.0.1", 0), _Exchange)
        self._server.owner = self
        if context:
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._scheme = "https" if context else "http"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"{self._scheme}://localhost:{self.port}" if self._scheme == "https" else f"http://127.0.0.1:{self.port}"

    def answers(self, *answers: Say) -> None:
        """Give these answers one after the other, then the last one for ever."""
        waiting = list(answers)
        self.script = lambda _asked: waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def drip(self, *pieces: bytes, then: bytes) -> Iterator[bytes]:
        """Yield the pieces, then one more piece every hundredth of a second until the server is closed."""
        yield from pieces
        while not self.is_closing.wait(0.01):
            yield then

    def close(self) -> None:
        self.is_closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: HostileServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that hang up are what these tests are about."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def _exchange(self) -> None:
        parts = urlsplit(self.path)
        asked = Asked(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )
        self.server.owner.asked.append(asked)
        say = self.server.owner.script(asked)
        if say.hang_up:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.close_connection = True
        elif say.raw is not None:
            self.close_connection = True
            for piece in say.raw:
                self.wfile.write(piece)
        else:
            self._say(say)

    do_GET = do_POST = _exchange  # noqa: N815  # the names of the base class

    def _say(self, say: Say) -> None:
        self.send_response(say.status)
        self.send_header("Content-Type", say.content_type)
        self.send_header("Content-Length", str(len(say.body) if say.length is None else say.length))
        for name, value in say.headers.items():
            self.send_header(name, value)
        if say.length is not None:
            self.close_connection = True
        self.end_headers()
        self.wfile.write(say.body)

    def log_message(self, *_args: Any) -> None:
        """Keep the test output quiet."""
