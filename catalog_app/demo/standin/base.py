"""What all stand-ins share: being started and stopped, counting, and misbehaving on command."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from catalog_app.demo.standin.exchange import Answer, Request
from catalog_app.demo.standin.faults import Fault, Misbehaviour
from catalog_app.demo.standin.server import HOST, Answerer, LoopbackServer


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that was answered."""

    method: str
    path: str
    query: Mapping[str, str]
    status: HTTPStatus


class Standin(Answerer):
    """A system that is not there, played on 127.0.0.1 between entering and leaving a `with`.

    A subclass gives `answer`. `base_url` is known while it runs; port 0 takes a free one.
    """

    name: str

    def __init__(self, *, port: int = 0) -> None:
        self._port = port
        self._server: LoopbackServer | None = None
        self._lock = threading.Lock()
        self._seen: list[Seen] = []
        self._misbehaviour: Misbehaviour | None = None
        self._leaving = threading.Event()

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def respond(self, request: Request) -> Answer:
        answer = self.answer(request)
        with self._lock:
            self._seen.append(Seen(request.method, request.path, request.query, answer.status))
        return answer

    def __enter__(self) -> Self:
        self._server = LoopbackServer(self._port, self)
        # A short poll, so that leaving does not wait half a second for the loop to look up.
        loop = threading.Thread(target=self._server.serve_forever, args=(0.02,), name=f"standin-{self.name}")
        loop.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is None:
            return
        self._leaving.set()
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._server = None

    @property
    def base_url(self) -> str:
        if self._server is None:
            raise RuntimeError("The stand-in is not running; enter it first")
        return f"http://{HOST}:{self._server.server_port}"

    @property
    def seen(self) -> tuple[Seen, ...]:
        """Every request answered so far, oldest first."""
        with self._lock:
            return tuple(self._seen)

    def count(self, *, method: str | None = None, path_ends: str = "", status: int | None = None) -> int:
        """Return how many requests were answered that match all that is given."""
        return sum(
            method in {None, seen.method} and seen.path.endswith(path_ends) and status in {None, seen.status}
            for seen in self.seen
        )

    @property
    def fault(self) -> Fault | None:
        """The fault that is on now; setting it misbehaves with that fault's usual details."""
        return self._misbehaviour.fault if self._misbehaviour else None

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._misbehaviour = Misbehaviour(fault) if fault else None

    def misbehave(
        self, fault: Fault, *, delay: float = 0.0, retry_after: str | None = "1", elsewhere: str | None = None
    ) -> None:
        """Turn `fault` on instead of any other: `delay` in seconds, `retry_after` as the header is to read."""
        details = Misbehaviour(fault, delay, retry_after)
        self._misbehaviour = details if elsewhere is None else Misbehaviour(fault, delay, retry_after, elsewhere)

    def behave(self) -> None:
        self._misbehaviour = None

    def misbehaving(self, *faults: Fault) -> Misbehaviour | None:
        """Return the present misbehaviour if it is one of `faults`."""
        present = self._misbehaviour
        return present if present and present.fault in faults else None

    def misbehaving_once(self, fault: Fault) -> Misbehaviour | None:
        """As `misbehaving`, and end it: of several requests at the same time only one is told."""
        with self._lock:
            present = self.misbehaving(fault)
            if present:
                self._misbehaviour = None
            return present

    @property
    def misbehaviour(self) -> Misbehaviour | None:
        """The fault that is on now, with its details."""
        return self._misbehaviour

    def dawdle(self, seconds: float) -> bool:
        """Wait, but not longer than the stand-in runs; tell whether it is being left."""
        return self._leaving.wait(seconds)
