"""What paging may look at of an answer, and what it says about what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from catalog_app.core.http import FetchRequest
from catalog_app.sync.connectors.paging_rules import Place


@dataclass(frozen=True)
class PageFacts:
    """How many new rows an answer had, the last id and the total it gave, its decoded body, headers and address."""

    received: int
    body: Any
    headers: Mapping[str, str]
    url: str
    last_id: str | None = None
    total: int | None = None


@dataclass(frozen=True)
class End:
    """There is no further page. A `doubt` says why that does not prove that everything was read."""

    doubt: str | None = None


PROVED: Final = End()
REPEATED: Final = End("the source leads to a page that was read before")


@dataclass(frozen=True)
class Overlap:
    """A request whose answer has to begin with a row that came already, or else the rows have moved."""

    request: FetchRequest
    begins_with: str


class Pager(Protocol):
    """Knows the first request, and after each page the next one, or that there is none."""

    def first(self) -> FetchRequest: ...
    def after(self, page: PageFacts) -> FetchRequest | Overlap | End: ...


class Marks:
    """Remembers cursors and links, so that none is followed twice."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def is_new(self, mark: str) -> bool:
        is_new = hash(mark) not in self._seen
        self._seen.add(hash(mark))
        return is_new


def with_values(request: FetchRequest, values: Mapping[str, Any], place: Place) -> FetchRequest:
    """Return the request with further parameters in its query or its body."""
    if place == "body":
        return replace(request, json={**(request.json or {}), **values})
    return replace(request, params={**request.params, **{key: str(value) for key, value in values.items()}})


def sized(request: FetchRequest, name: str | None, size: int | None, place: Place = "query") -> FetchRequest:
    """Return the request asking for pages of this size, where the preset says by which parameter."""
    return with_values(request, {name: size}, place) if name and size else request
