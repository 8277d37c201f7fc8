"""A Redis of its own as a broker. It can be stopped, started again on the same port, and emptied."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from benchmarks.serving import free_port

PROGRAM = "redis-server"
_STARTS_WITHIN = 10.0
_PATIENCE = 0.02


def is_here() -> bool:
    """Return whether a Redis is installed."""
    return which(PROGRAM) is not None


class Broker:
    """Keeps nothing on a disk: what it held is gone once it is stopped."""

    def __init__(self, folder: Path) -> None:
        self._port, self._folder = free_port(), folder
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to run, and return once it answers."""
        where = ("--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(self._folder))
        self._process = subprocess.Popen([PROGRAM, *where, "--save", ""], stdout=subprocess.DEVNULL)  # noqa: S603  # a package of the machine
        until = time.monotonic() + _STARTS_WITHIN
        while self._say(b"PING") != b"+PONG":
            if time.monotonic() > until:
                raise TimeoutError("Redis did not start in time")
            time.sleep(_PATIENCE)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def holds_messages(self) -> bool:
        """Return whether a job waits here."""
        return self._say(b"EXISTS catalog.jobs") == b":1"

    def empty(self) -> None:
        """Lose every message."""
        self._say(b"FLUSHALL")

    def _say(self, word: bytes) -> bytes:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                connection.sendall(word + b"\r\n")
                return connection.recv(64).strip()
        except OSError:
            return b""


@contextmanager
def broker(folder: Path) -> Iterator[Broker]:
    """Make a broker that runs; it is gone afterwards."""
    made = Broker(folder)
    made.start()
    try:
        yield made
    finally:
        made.stop()
