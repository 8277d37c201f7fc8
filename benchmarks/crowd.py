"""Programs that ask as fast as they are answered, each a process of its own with one connection that stays open.

They write bytes to a socket and look for the end of the answer, and do nothing else: on a machine of two cores whatever
they use is not there for the server.
"""

import multiprocessing
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_PIECE = 65_536
_PATIENCE = 60

Requests = Callable[[int], Iterator[bytes]]
"""Makes what one program sends, one request after the other; its number is given."""


@dataclass(frozen=True)
class Answers:
    """What a crowd was answered within so many seconds."""

    seconds: float
    statuses: Mapping[int, int]
    waits: Sequence[float]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds

    def wait(self, share: float) -> float:
        """Return the milliseconds within which this share of the answers came."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else float("nan")


def crowd(ports: Sequence[int], requests: Requests, *, size: int, seconds: float) -> Answers:
    """Let so many programs ask for some seconds, spread over the ports as a proxy would."""
    context = multiprocessing.get_context("fork")
    with context.Pool(size) as pool:
        given = [(ports[number % len(ports)], requests, number, seconds) for number in range(size)]
        told = pool.starmap(_ask, given)
    statuses = sum((Counter(one.statuses) for one in told), Counter[int]())
    return Answers(seconds, statuses, [wait for one in told for wait in one.waits])


def ask_once(port: int, sent: bytes) -> tuple[int, bytes]:
    """Send one request over a connection of its own, and return status and body."""
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as connection:
        connection.sendall(sent)
        return _answered(connection)


def request(method: str, path: str, token: str, body: bytes = b"", **headers: str) -> bytes:
    """Return a request as it goes over the wire."""
    named = {"Host": "127.0.0.1", "Authorization": f"Bearer {token}", **headers}
    if body:
        named |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def _ask(port: int, requests: Requests, number: int, seconds: float) -> Answers:
    statuses: Counter[int] = Counter()
    waits: list[float] = []
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        until = time.monotonic() + seconds
        for sent in requests(number):
            begun = time.monotonic()
            if begun >= until:
                break
            connection.sendall(sent)
            statuses[_answered(connection)[0]] += 1
            waits.append(time.monotonic() - begun)
    return Answers(seconds, statuses, waits)


def _answered(connection: socket.socket) -> tuple[int, bytes]:
    """Return status and body of one answer, read to its end."""
    received = b""
    while _END not in received:
        received += _more(connection)
    head, _, body = received.partition(_END)
    length = _length(head)
    while len(body) < length:
        body += _more(connection)
    return int(head[9:12]), body


def _more(connection: socket.socket) -> bytes:
    piece = connection.recv(_PIECE)
    if not piece:
        raise ConnectionError("the connection ended in the middle of an answer")
    return piece


def _length(head: bytes) -> int:
    lines = (line for line in head.lower().split(b"\r\n") if line.startswith(_LENGTH))
    return int(next(lines, _LENGTH + b"0").partition(b":")[2])
