"""Programs that ask over HTTP while everything is being killed, and what they were answered."""

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any

import orjson

BASE = "/api/loyalty/v1"
PROBLEM = "application/problem+json"
_PAUSE = 0.05


class NoAnswerError(Exception):
    """The connection ended before an answer was whole; what was asked for may have been done or not."""


@dataclass(frozen=True)
class Told:
    """An answer, and when it was asked for and came, by the monotonic clock."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    asked_at: float
    told_at: float

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def says_later(self) -> bool:
        """Whether it is what is answered while the database is away: 503, in the form for programs, with a Retry-After."""
        is_problem = self.headers.get("content-type", "").startswith(PROBLEM)
        return self.status == HTTPStatus.SERVICE_UNAVAILABLE and is_problem and "retry-after" in self.headers

    @property
    def is_at_work(self) -> bool:
        """Whether an equal request is being carried out: by somebody who was killed, perhaps."""
        return self.status == HTTPStatus.CONFLICT and "retry-after" in self.headers


@dataclass
class Tally:
    """What all callers were answered. `faults` are answers that nobody may ever get."""

    statuses: Counter[int] = field(default_factory=Counter)
    later: list[Told] = field(default_factory=list)
    good: list[Told] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    # Requests that got no answer, because their connection ended.
    broken: list[str] = field(default_factory=list)
    # Kept connections that had ended before the next request could be sent: it goes out on another, as a proxy's does.
    ended: list[str] = field(default_factory=list)
    refused: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, told: Told, what: str) -> None:
        with self._lock:
            self.statuses[told.status] += 1
            if told.says_later:
                self.later.append(told)
            elif told.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                self.faults.append(f"{what}: {told.status} {told.body[:200]!r}")
            else:
                self.good.append(told)

    def note_broken(self, what: str) -> None:
        with self._lock:
            self.broken.append(what)

    def note_ended(self, what: str) -> None:
        with self._lock:
            self.ended.append(what)

    def note_refused(self) -> None:
        with self._lock:
            self.refused += 1

    def fault(self, what: str) -> None:
        with self._lock:
            self.faults.append(what)

    @property
    def answers(self) -> int:
        return self.statuses.total()


class Caller:
    """Asks nodes in turn as a proxy does: one that takes no connection is passed over, any other end is told."""

    def __init__(self, ports: Sequence[int], token: str, tally: Tally, chance: random.Random) -> None:
        self.tally = tally
        self.chance = chance
        self._ports = list(ports)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._connection: HTTPConnection | None = None

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Told:
        """Ask once, of a node that takes the connection; raise NoAnswerError where none does or the answer breaks off."""
        for _ in self._ports:
            try:
                return self._asked(method, path, body, headers)
            except ConnectionRefusedError:
                self.tally.note_refused()
        time.sleep(_PAUSE)
        raise NoAnswerError(f"{method} {path}: nobody listens")

    def settled(self, method: str, path: str, body: object = None, *, within: float = 60.0, **headers: str) -> Told:
        """Ask again and again until something else is answered than that it cannot be answered now.

        For what may be asked twice. Raises TimeoutError.
        """
        until = time.monotonic() + within
        while True:
            try:
                told = self.ask(method, path, body, **headers)
            except NoAnswerError:
                told = None
            if told is not None and told.status < HTTPStatus.INTERNAL_SERVER_ERROR and not told.is_at_work:
                return told
            if time.monotonic() > until:
                raise TimeoutError(f"{method} {path} had no answer in time: {told and told.status}")
            time.sleep(2 * _PAUSE)

    def move_on(self) -> None:
        """Go to another node with the next question, as a proxy spreads them."""
        self._close()

    def _asked(self, method: str, path: str, body: object, headers: Mapping[str, str]) -> Told:
        begun, what = time.monotonic(), f"{method} {path}"
        is_new = self._connection is None
        connection = self._connected()
        content = {} if body is None else {"Content-Type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = None if body is None else orjson.dumps(body)
        try:
            connection.request(method, BASE + path, sent, {**self._headers, **content, **named})
        except (BrokenPipeError, ConnectionResetError):
            self._close()
            if not is_new:
                self.tally.note_ended(what)
                return self._asked(method, path, body, headers)
            self.tally.note_broken(f"{what}: nothing could be sent on a new connection")
            raise NoAnswerError(what) from None
        try:
            answer = connection.getresponse()
            raw = answer.read()
        except (OSError, HTTPException) as error:
            self._close()
            self.tally.note_broken(f"{what}: {type(error).__name__} on a {'new' if is_new else 'kept'} connection")
            raise NoAnswerError(what) from error
        told_headers = {name.lower(): value for name, value in answer.getheaders()}
        told = Told(answer.status, told_headers, raw, begun, time.monotonic())
        if answer.will_close:
            self._close()
        self.tally.note(told, what)
        return told

    def _connected(self) -> HTTPConnection:
        if self._connection is None:
            self._ports.append(self._ports.pop(0))
            connection = HTTPConnection("127.0.0.1", self._ports[0], timeout=60)
            try:
                connection.connect()
            except ConnectionResetError as error:
                # It was killed between taking the connection and saying so: nobody took it.
                raise ConnectionRefusedError from error
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
