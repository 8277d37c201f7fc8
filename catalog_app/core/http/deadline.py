"""A moment by which a whole answer must have come, however slowly it drips.

The timeout of requests counts from one byte to the next, so a byte a minute keeps a call alive for
ever. Here every single read and write gets only the time that is left.
"""

import socket
import ssl
from collections.abc import Callable
from typing import Any


class Deadline:
    """The time left for what is being done now; `start` sets it anew for each attempt."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ends = float("inf")

    def start(self, seconds: float) -> None:
        self._ends = self._monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left; raise TimeoutError when there are none."""
        left = self._ends - self._monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class TimedSocket(socket.socket):
    """A socket that obeys a deadline over all of its reads and writes together."""

    deadline: Deadline | None = None

    def recv_into(self, *args: Any, **options: Any) -> int:
        _obey(self, self.deadline)
        return super().recv_into(*args, **options)

    def sendall(self, *args: Any, **options: Any) -> None:
        _obey(self, self.deadline)
        super().sendall(*args, **options)


class TimedTLSSocket(ssl.SSLSocket):
    """The same under TLS. The handshake is one call, and so is held by the timeout it begins with."""

    deadline: Deadline | None = None

    def read(self, *args: Any, **options: Any) -> Any:
        _obey(self, self.deadline)
        return super().read(*args, **options)

    def send(self, *args: Any, **options: Any) -> int:
        _obey(self, self.deadline)
        return super().send(*args, **options)


def _obey(connected: socket.socket, deadline: Deadline | None) -> None:
    if deadline is not None:
        connected.settimeout(deadline.left())
