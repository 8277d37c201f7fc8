"""Clients that stop in the middle: one that sends half a body, or takes half an answer, may not hold a worker's only thread.

A proxy that buffers keeps such clients away. This is for those that come without one, and for days on which it fails.
"""

import fcntl
import os
import socket
import stat
import struct
import sys
import termios
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from werkzeug.exceptions import RequestTimeout

SLOWEST: Final = 1024
"""Bytes a second that a client takes or brings at least, once its patience is used up."""
_LOOKS: Final = 5
"""So many times within the patience the connections are looked at."""
_ENDS_WITHIN: Final = 0.2
"""Seconds after which a read would have ended, had it been its connection that was cut."""
_OPEN_FILES: Final = Path("/proc/self/fd")
_TCP_INFO: Final = struct.Struct("44xI4xI64xQ")
"""Of what Linux tells there: tcpi_last_data_sent and tcpi_last_data_recv, in milliseconds, and tcpi_bytes_acked."""


class Body(Protocol):
    """What a server gives to read a request from."""

    def read(self, size: int = ..., /) -> bytes: ...


class TimelyBody:
    """The body of a request that has to arrive in time: the connection of a client that is later than that is cut."""

    def __init__(self, body: Body, end: "Connections", patience: float) -> None:
        self._body = body
        self._end = end
        self._patience = patience
        self._begun = time.monotonic()
        self.received = 0
        self.has_ended = False
        self._is_late = False

    def read(self, size: int = -1, /) -> bytes:
        if self._is_late:
            raise RequestTimeout
        # A read cannot be called back; the server's thread would wait for it even after an answer.
        reading = _Reading(self._body, size)
        reading.start()
        reading.join(max(0.0, self._begun + self._patience + self.received / SLOWEST - time.monotonic()))
        if reading.is_alive():
            self._is_late = True
            for _ in self._end.cut_waiting():
                reading.join(_ENDS_WITHIN)
                if not reading.is_alive():
                    break
            raise RequestTimeout
        if reading.failure is not None:
            raise reading.failure
        self.received += len(reading.found)
        self.has_ended = size != 0 and not reading.found
        return reading.found


class _Reading(threading.Thread):
    def __init__(self, body: Body, size: int) -> None:
        super().__init__(daemon=True)
        self._body, self._size = body, size
        self.found = b""
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            self.found = self._body.read(self._size)
        except BaseException as failure:  # noqa: BLE001  # it is raised in the thread that asked
            self.failure = failure


@dataclass(frozen=True, slots=True)
class Connections:
    """The connections of this process to the port on which a request came, from the address from which it came."""

    port: int
    address: str

    @classmethod
    def of(cls, environ: Mapping[str, Any]) -> "Connections":
        # What looks at proxies has put the client's view into the place of ours.
        server = {**environ, **environ.get("werkzeug.proxy_fix.orig", {})}
        return cls(int(server.get("SERVER_PORT") or 0), str(server.get("REMOTE_ADDR") or ""))

    def cut_waiting(self) -> Iterator[None]:
        """Cut those that wait for an answer one by one, the one that has been silent for longest first.

        Which one a request came by is not told; whoever sees it end takes no more. Requests are served in the order in
        which they came, so who stopped in the middle has been silent for longer than those who wait behind it: their
        requests are whole. Who sends a letter now and then is found last, and takes the others of the same address
        along.
        """
        with ExitStack() as stack:
            waiting = [
                (stack.enter_context(closing(connection)), facts.heard_ago)
                for connection, facts in self.all()
                if facts.sent_ago >= facts.heard_ago
            ]
            for connection, _ in sorted(waiting, key=lambda one: one[1], reverse=True):
                _cut(connection)
                yield

    def all(self) -> Iterator[tuple[socket.socket, "_Facts"]]:
        """Yield each with what the kernel knows of it; whoever takes one closes it."""
        if not sys.platform.startswith("linux"):
            return
        for entry in tuple(_OPEN_FILES.iterdir()):
            # Whatever is closed meanwhile needs no look.
            with suppress(OSError, ValueError):
                if not stat.S_ISSOCK(os.fstat(int(entry.name)).st_mode):
                    continue
                connection = socket.socket(fileno=os.dup(int(entry.name)))
                try:
                    facts = self._facts(connection)
                except OSError:
                    facts = None
                if facts is None:
                    connection.close()
                else:
                    yield connection, facts

    def _facts(self, connection: socket.socket) -> "_Facts | None":
        if connection.family not in (socket.AF_INET, socket.AF_INET6) or connection.type != socket.SOCK_STREAM:
            return None
        here, there = connection.getsockname(), connection.getpeername()
        if here[1] != self.port or there[0] != self.address:
            return None
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
        unsent = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4))
        return _Facts(
            os.fstat(connection.fileno()).st_ino, int.from_bytes(unsent, sys.byteorder), *_TCP_INFO.unpack(told)
        )


class _Facts(NamedTuple):
    """Which connection it is, how much waits to be sent, when it sent and heard last, and how much of it was taken."""

    inode: int
    unsent: int
    sent_ago: int
    heard_ago: int
    taken: int


class Watch:
    """Cuts connections whose clients have stopped taking an answer that is made while it flows.

    The server's thread waits inside the server then, so nothing of ours could end it but the end of the connection.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._flowing: Counter[Connections] = Counter()
        self._thread: threading.Thread | None = None

    def over(self, parts: Iterable[bytes], connections: Connections) -> "Watched":
        """Return the parts, over which the connections are watched."""
        return Watched(self, parts, connections)

    def begin(self, connections: Connections) -> None:
        with self._lock:
            self._flowing[connections] += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, daemon=True)
                self._thread.start()

    def end(self, connections: Connections) -> None:
        with self._lock:
            self._flowing -= Counter((connections,))

    def _look(self) -> None:
        since: dict[int, tuple[float, int]] = {}
        while flowing := self._still_flowing():
            time.sleep(self._patience / _LOOKS)
            seen = (found for connections in flowing for found in connections.all())
            since = {
                facts.inode: entry for connection, facts in seen if (entry := self._judged(connection, facts, since))
            }

    def _judged(
        self, connection: socket.socket, facts: _Facts, since: Mapping[int, tuple[float, int]]
    ) -> tuple[float, int] | None:
        """Return from when on the client has to take something, and what it had taken by then; cut one that is too slow."""
        with closing(connection):
            if not facts.unsent:
                return None
            now = time.monotonic()
            first, before = since.get(facts.inode, (now, facts.taken))
            if facts.taken - before >= self._patience * SLOWEST:
                return now, facts.taken
            if now - first >= self._patience:
                _cut(connection)
            return first, before

    def _still_flowing(self) -> tuple[Connections, ...]:
        with self._lock:
            if not self._flowing:
                self._thread = None
            return tuple(self._flowing)


class Watched(Iterator[bytes]):
    """The parts of an answer while they flow; whoever takes them closes it, even one who took none."""

    def __init__(self, watch: Watch, parts: Iterable[bytes], connections: Connections) -> None:
        self._watch, self._parts, self._connections = watch, parts, connections
        self._flowing: Iterator[bytes] | None = None

    def __next__(self) -> bytes:
        if self._flowing is None:
            self._flowing = iter(self._parts)
            self._watch.begin(self._connections)
        return next(self._flowing)

    def close(self) -> None:
        if self._flowing is not None:
            self._flowing = None
            self._watch.end(self._connections)
        if close := getattr(self._parts, "close", None):
            close()


def _cut(connection: socket.socket) -> None:
    # It may have ended by itself.
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
