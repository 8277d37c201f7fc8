"""The loopback server that every stand-in is made of."""

import socket
import struct
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer, TCPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from catalog_app.demo.standin.exchange import Answer, Request, refusal

HOST = "127.0.0.1"
_LARGEST_BODY = 65_536
_NO_LINGERING = struct.pack("ii", 1, 0)


class LoopbackServer(ThreadingHTTPServer):
    """Serves one stand-in on 127.0.0.1; closing it also ends connections that are kept alive."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, port: int, answerer: "Answerer") -> None:
        self.answerer = answerer
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((HOST, port), _Exchange)

    def server_bind(self) -> None:
        # The base class would ask the name service for our own name, which can take seconds and is never used.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            _break_off(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Clients that hang up in the middle are what some tests are about.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Answerer:
    """What the server asks for an answer; a stand-in is one."""

    def respond(self, request: Request) -> Answer:
        raise NotImplementedError


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "standin"
    sys_version = ""
    # Header and body are two writes; without this the second waits for the client's delayed acknowledgement.
    disable_nagle_algorithm = True

    def __init__(self, request: Any, client_address: Any, server: BaseServer) -> None:
        if not isinstance(server, LoopbackServer):
            raise TypeError("An exchange belongs to a LoopbackServer")
        self._answerer = server.answerer
        super().__init__(request, client_address, server)

    def _exchange(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LARGEST_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self._send(refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Send a short body, and say its length."))
            return
        target = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(target.path),
            query=dict(parse_qsl(target.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
        )
        self._send(self._answerer.respond(request))

    # http.server finds its methods by these names.
    do_GET = _exchange  # noqa: N815
    do_POST = _exchange  # noqa: N815

    def _send(self, answer: Answer) -> None:
        if answer.is_reset:
            # Closing with nothing to linger for sends a reset instead of an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
            self.close_connection = True
            return
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body) if answer.length is None else answer.length))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        sent = int(len(answer.body) * answer.sent_share)
        self.wfile.write(answer.body[:sent])
        for piece in answer.pieces or ():
            self.wfile.write(piece)
        if answer.pieces is not None or sent < len(answer.body):
            self.close_connection = True

    def log_message(self, *_line: Any, **_named: Any) -> None:
        """Stay silent: what was asked is counted by the stand-in."""


def _break_off(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # The client was faster.
        return
