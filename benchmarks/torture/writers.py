"""Programs that write, and remember what was acknowledged to each of them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from typing import Any, Final

from benchmarks.torture.callers import Caller, NoAnswerError, Told
from benchmarks.triggers import FEATURES

DEAD_CLAIM: Final = 150.0
"""Seconds after which the work of a killed process is given to whoever asks again (idempotency keys: two minutes)."""
_AT_ONCE: Final = 4
_REPEATED: Final = 4
"""Every so many writes one that was acknowledged is sent again."""


@dataclass(frozen=True)
class Asked:
    """One request that may be sent twice, and what its answer means."""

    method: str
    path: str
    body: Any
    key: str | None
    done: Callable[[Told], None]


class Writer:
    """Does one thing after another. `step` is one of them; `finish` asks for what was left open."""

    def __init__(self, name: str, caller: Caller) -> None:
        self.name = name
        self.caller = caller
        self._numbers = count(1)
        self._open: list[Asked] = []

    def step(self) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        """Learn what became of everything that nobody answered."""
        for asked in self._open:
            self._answered(asked, self._send(asked, within=DEAD_CLAIM))
        self._open.clear()

    def _do(self, asked: Asked) -> None:
        """Send until it is answered; what somebody who was killed has at work is asked for at the end."""
        try:
            self._answered(asked, self._send(asked, within=8))
        except TimeoutError:
            self._open.append(asked)

    def _send(self, asked: Asked, *, within: float) -> Told:
        headers = {} if asked.key is None else {"Idempotency_Key": asked.key}
        return self.caller.settled(asked.method, asked.path, asked.body, within=within, **headers)

    def _answered(self, asked: Asked, told: Told) -> None:
        if told.status < HTTPStatus.BAD_REQUEST:
            asked.done(told)
        elif not (told.status == HTTPStatus.CONFLICT and b"its answer was lost" in told.body):
            # That is done, and stands in the database; what it came to is not told any more.
            self.caller.tally.fault(f"{asked.method} {asked.path}: {told.status} {told.body[:200]!r}")

    def _next(self) -> str:
        return f"{self.name}-{next(self._numbers)}"


class Maker(Writer):
    """Makes products, each under a key, and sends some of them again: the first answer must come."""

    def __init__(self, name: str, caller: Caller) -> None:
        super().__init__(name, caller)
        self.made: dict[str, int] = {}
        self.asked: list[str] = []

    def step(self) -> None:
        name = self._next()
        self.asked.append(name)
        self._do(self._wanted(name))
        if len(self.asked) % _REPEATED == 0 and self.made:
            self._do(self._wanted(self.caller.chance.choice(list(self.made))))

    def _wanted(self, name: str) -> Asked:
        body = {"name": name, "product_type": "data", "price": "19.90", "currency": "SAR"}
        return Asked("POST", "/products/", body, name, lambda told: self._noted(name, told))

    def _noted(self, name: str, told: Told) -> None:
        if self.made.setdefault(name, told.json["id"]) != told.json["id"]:
            self.caller.tally.fault(f"{name} was made twice: {self.made[name]} and {told.json['id']}")


class Editor(Writer):
    """Edits one product of its own on the version that it knows; after a broken answer it looks what became of it."""

    def __init__(self, name: str, caller: Caller, product_id: int) -> None:
        super().__init__(name, caller)
        self.product_id = product_id
        self.saved: dict[int, str] = {}
        self._version: int | None = None
        self._tried: str | None = None

    def step(self) -> None:
        if self._version is None:
            self._look()
            return
        text = self._tried = self._next()
        match = f'"{self._version}"'
        try:
            told = self.caller.ask("PATCH", self._path, {"description": text}, If_Match=match)
        except NoAnswerError:
            self._version = None
            return
        if told.status == HTTPStatus.OK:
            self._version = told.json["version"]
            self.saved[told.json["version"]] = text
        elif told.status in (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.SERVICE_UNAVAILABLE):
            self._version = None
        else:
            self.caller.tally.fault(f"edit of {self.product_id}: {told.status} {told.body[:200]!r}")

    def finish(self) -> None:
        self._look()

    @property
    def _path(self) -> str:
        return f"/products/{self.product_id}/"

    def _look(self) -> None:
        shown = self.caller.settled("GET", self._path).json
        self._version = shown["version"]
        if shown["description"] == self._tried and self._tried is not None:
            self.saved[shown["version"]] = self._tried


class Decider(Writer):
    """Asks what to offer, and tells that it was shown: decisions by key, feedback by the numbers of its own events."""

    def __init__(self, name: str, caller: Caller) -> None:
        super().__init__(name, caller)
        self.decided: dict[str, int] = {}
        self.told: dict[str, int] = {}
        self.asked: list[str] = []

    def step(self) -> None:
        name = self._next()
        self.asked.append(name)
        body = {"customer_id": name, "customer_features": FEATURES, "context": name, "limit": 2}
        self._do(Asked("POST", "/nbo/decide/", body, name, lambda told: self._decided(name, told)))

    def _decided(self, name: str, told: Told) -> None:
        decision = told.json
        if self.decided.setdefault(name, decision["decision_id"]) != decision["decision_id"]:
            self.caller.tally.fault(f"{name} was decided twice")
        events = [
            {"event_id": f"{name}-{event}", "customer_id": name, "product_id": offer["product_id"], "event": event}
            for offer in decision["offers"][:1]
            for event in ("shown", "clicked")
        ]
        if events:
            self._do(Asked("POST", "/nbo/feedback/", {"events": events}, None, self._noted))

    def _noted(self, told: Told) -> None:
        for one in told.json["results"]:
            if one["status"] == "refused":
                self.caller.tally.fault(f"feedback refused: {one}")
            self.told[one["event_id"]] = 1


class Engine(Writer):
    """Reports what customers did, as a campaign engine does; each report is known by its key, and some come twice."""

    def __init__(self, name: str, caller: Caller, campaign_id: int) -> None:
        super().__init__(name, caller)
        self.delivered: dict[str, int] = {}
        self.asked: list[str] = []
        self._path = f"/campaigns/{campaign_id}/trigger/"

    def step(self) -> None:
        keys = [self._next() for _ in range(_AT_ONCE)]
        self.asked += keys
        if self.delivered:
            keys.append(self.caller.chance.choice(list(self.delivered)))
        items = [
            {
                "key": key,
                "customer_id": key,
                "customer_features": FEATURES,
                "address": "+966500000000",
                "time_zone": "UTC",
                "language": "en",
            }
            for key in keys
        ]
        self._do(Asked("POST", self._path, {"items": items}, None, self._noted))

    def _noted(self, told: Told) -> None:
        for one in told.json["results"]:
            if self.delivered.setdefault(one["key"], one["delivery_id"]) != one["delivery_id"]:
                self.caller.tally.fault(f"{one['key']} was delivered twice")


class Postman(Writer):
    """Fetches messages from the outbox, and says of each that it was sent."""

    def __init__(self, name: str, caller: Caller) -> None:
        super().__init__(name, caller)
        self.fetched: Counter[int] = Counter()
        self.sent: set[int] = set()

    def step(self) -> None:
        try:
            told = self.caller.ask("GET", "/campaigns/outbox/?limit=20")
        except NoAnswerError:
            return
        if told.status != HTTPStatus.OK or not told.json["results"]:
            self.caller.settled("GET", "/products/stats/")
            return
        ids = [parcel["delivery_id"] for parcel in told.json["results"]]
        self.fetched.update(ids)
        items = [{"delivery_id": number, "status": "sent"} for number in ids]
        body = {"lease": told.json["lease"], "items": items}
        self._do(Asked("POST", "/campaigns/outbox/ack/", body, None, self._noted))

    def _noted(self, told: Told) -> None:
        for one in told.json["results"]:
            if one["status"] != "sent":
                self.caller.tally.fault(f"delivery {one['delivery_id']} was sent, and is {one['status']}")
            self.sent.add(one["delivery_id"])


class Reader(Writer):
    """Reads lists, products, changes and figures; what it is told must be good."""

    _PATHS: Final = (
        "/products/?limit=20",
        "/products/?search=made&limit=20&sort=-updated_at",
        "/products/stats/",
        "/products/changes/?limit=20",
        "/products/available/?limit=20",
    )

    def step(self) -> None:
        path = self.caller.chance.choice(self._PATHS)
        told = self.caller.settled("GET", path)
        if told.status != HTTPStatus.OK:
            self.caller.tally.fault(f"GET {path}: {told.status} {told.body[:200]!r}")
        if self.caller.chance.random() < 1 / _REPEATED:
            self.caller.move_on()
