"""The application under the server that it is meant for, as a program of its own, and plain sockets to talk to it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from catalog_app.settings import ROOT

START_SECONDS = 60
PATIENCE_SECONDS = 5
_PIECE = 65_536


@dataclass(frozen=True)
class Server:
    """A server on this machine; each request gets a connection of its own."""

    port: int
    process: subprocess.Popen[bytes]

    def say(self, *pieces: bytes, then_leave: bool = False) -> bytes:
        """Send these bytes, one piece after the other, and return everything that comes back until the end.

        A server that waits for more than it was sent waits for ever; who leaves, or has waited for some seconds, says
        that nothing more will come.
        """
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS) as connection:
            with suppress(OSError):  # It may have seen enough already; what it said is still there to be read.
                for piece in pieces:
                    connection.sendall(piece)
            if then_leave:
                _leave(connection)
            return b"".join(_received(connection))


def _received(connection: socket.socket) -> Iterator[bytes]:
    left = False
    while True:
        try:
            piece = connection.recv(_PIECE)
        except TimeoutError:
            if left:
                return
            left = True
            _leave(connection)
            continue
        except ConnectionResetError:
            return
        if not piece:
            return
        yield piece


def _leave(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)


@contextmanager
def serving(environment: Mapping[str, str]) -> Iterator[Server]:
    """Serve wsgi.py with these variables and none of ours."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CATALOG_")}
    port = _free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--blocking-threads", "1", "--workers-kill-timeout", "5", "--log-level", "error", "wsgi:app",
    ]  # fmt: skip
    with subprocess.Popen(
        command, cwd=ROOT, env={**inherited, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait(port, process)
            yield Server(port, process)
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            # A connection that is refused is the only sign that there is nobody yet.
            continue
        return
    raise AssertionError("the server did not start")
