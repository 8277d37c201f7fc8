"""A TMF620 source over the hostile server: honest until a test tells it otherwise."""

import json
from collections.abc import Callable
from typing import Any

from tests.core.http.hostile import Asked, HostileServer, Say

Json = dict[str, Any]


def offering(number: int | str, **fields: Any) -> Json:
    """Return the least that is a valid product offering."""
    external_id = f"PO-{number:05}" if isinstance(number, int) else number
    return {"id": external_id, "name": f"Plan {number}", "lifecycleStatus": "Active", **fields}


def offerings(count: int) -> list[Json]:
    return [offering(number) for number in range(count)]


def page(rows: Any, **headers: str) -> Say:
    return Say(body=json.dumps(rows).encode(), headers=headers)


class Source:
    """Serves `rows` by offset and limit, at most `most` of them an answer, and says how many there are."""

    def __init__(self, server: HostileServer) -> None:
        self.server = server
        self.rows: list[Json] = []
        self.most = 50
        self.total: Callable[[], str | None] = lambda: str(len(self.rows))
        self.shape: Callable[[Asked, int, list[Json]], Any] = lambda _asked, _offset, rows: rows
        self.before: Callable[[Asked], Say | None] = lambda _asked: None
        self.ignores_offset = False
        server.script = self._answer

    @property
    def offsets(self) -> list[str]:
        return [asked.query["offset"] for asked in self.server.asked if "offset" in asked.query]

    def _answer(self, asked: Asked) -> Say:
        if said := self.before(asked):
            return said
        offset = 0 if self.ignores_offset else int(asked.query.get("offset", 0))
        size = min(self.most, int(asked.query.get("limit", self.most)))
        total = self.total()
        rows = self.shape(asked, offset, self.rows[offset : offset + size])
        return page(rows, **({"X-Total-Count": total} if total is not None else {}))
