"""A client that stops in the middle, of what it sends or of what it takes, does not keep the others waiting for ever."""

import select
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from itertools import repeat
from pathlib import Path

import pytest
from werkzeug.exceptions import RequestTimeout

from catalog_app.core.slow_clients import Connections, TimelyBody, Watch
from catalog_app.settings import Settings
from tests.hostile.server import Server, serving
from tests.support.databases import SECRET_KEY

PATIENCE = 1
HERE = "127.0.0.1"
PART = b"x" * 65_536
MANY = 1_000
"""So many parts are more than the buffers between two programs take."""
UNFINISHED = b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nem"
ASKED = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.fixture
def server(app: object, settings: Settings, tmp_path: Path) -> Iterator[Server]:
    environment = {
        "CATALOG_DATABASE_URL": settings.database_url.get_secret_value(),
        "CATALOG_SECRET_KEY": SECRET_KEY,
        "CATALOG_INSTANCE_PATH": str(tmp_path),
        "CATALOG_SCHEDULER_ENABLED": "false",
        "CATALOG_CLIENT_PATIENCE": str(PATIENCE),
    }
    with serving(environment) as running:
        yield running


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of one connection: the server's, and a client's."""
    with socket.create_server((HERE, 0)) as listening, socket.create_connection(listening.getsockname()) as client:
        accepted, _ = listening.accept()
        with accepted:
            yield accepted, client


@pytest.mark.timeout(120)
def test_a_body_that_never_arrives_holds_the_only_thread_for_the_patience_alone(server: Server) -> None:
    _let_it_serve_once(server)
    with socket.create_connection((HERE, server.port), timeout=60) as stuck:
        stuck.sendall(UNFINISHED)
        assert not _says_something(stuck, within=0.05), "half a request is not answered"
        # They wait for nearly as long as the first, and from the same address; but what they sent is whole.
        with ExitStack() as stack:
            others = [stack.enter_context(socket.create_connection((HERE, server.port), timeout=60)) for _ in range(3)]
            for other in others:
                other.sendall(ASKED)
            assert [other.recv(100)[:12] for other in others] == [b"HTTP/1.1 200"] * 3
        with suppress(ConnectionResetError):
            while stuck.recv(65_536):
                pass


def test_a_body_is_late_once_and_for_all(pair: tuple[socket.socket, socket.socket]) -> None:
    here, client = pair
    body = TimelyBody(here.makefile("rb"), _connections(here), patience=0.2)

    with pytest.raises(RequestTimeout):
        body.read(10)
    with pytest.raises(RequestTimeout):
        body.read(10)
    assert client.recv(1) == b"", "the connection is cut"


def test_a_body_that_arrives_is_read_as_it_came(pair: tuple[socket.socket, socket.socket]) -> None:
    here, client = pair
    client.sendall(b"0123456789")

    assert TimelyBody(here.makefile("rb"), _connections(here), patience=30).read(10) == b"0123456789"


@pytest.mark.timeout(60)
def test_an_answer_that_nobody_takes_is_cut(pair: tuple[socket.socket, socket.socket]) -> None:
    here, _client = pair

    with (
        closing(Watch(PATIENCE).over(repeat(PART), _connections(here))) as flowing,
        pytest.raises(OSError, match=r"[Bb]roken pipe|reset"),
    ):
        deque(map(here.sendall, flowing), maxlen=0)


@pytest.mark.timeout(60)
def test_an_answer_that_is_taken_flows_to_its_end(pair: tuple[socket.socket, socket.socket]) -> None:
    here, client = pair
    taken: list[int] = []
    taking = threading.Thread(target=lambda: taken.extend(_sizes(client)))
    taking.start()

    with closing(Watch(PATIENCE).over(repeat(PART, MANY), _connections(here))) as flowing:
        for part in flowing:
            here.sendall(part)
    here.shutdown(socket.SHUT_WR)
    taking.join()

    assert sum(taken) == MANY * len(PART)


def _let_it_serve_once(server: Server) -> None:
    """The first request of a process may be answered by a thread that has yet to begin."""
    with socket.create_connection((HERE, server.port), timeout=60) as first:
        first.sendall(ASKED)
        assert first.recv(100).startswith(b"HTTP/1.1 200")


def _says_something(connection: socket.socket, *, within: float) -> bool:
    return bool(select.select([connection], [], [], within)[0])


def _connections(here: socket.socket) -> Connections:
    return Connections(here.getsockname()[1], HERE)


def _sizes(connection: socket.socket) -> Iterator[int]:
    while part := connection.recv(len(PART)):
        yield len(part)
