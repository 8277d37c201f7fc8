"""How one page leads to the next, and what proves that there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from catalog_app.core.http import FetchRequest, Origin

from .paths import compile_path
from .preset import NextLinkPaging, NoPaging, OffsetLimitPaging, Preset


@dataclass(frozen=True)
class PageFacts:
    """What paging may look at of an answer: how many rows it had, its decoded body, its headers and its address."""

    received: int
    body: Any
    headers: Mapping[str, str]
    url: str


class Pager(Protocol):
    """Knows the first request, and after each page the next one, or None at the proved end."""

    def first(self) -> FetchRequest: ...
    def after(self, page: PageFacts) -> FetchRequest | None: ...


def open_pager(preset: Preset, request: FetchRequest, origin: Origin, *, page_size: int | None = None) -> Pager:
    """Return the pager of a preset, starting from its request without any paging parameter."""
    rules = preset.paging
    if isinstance(rules, OffsetLimitPaging):
        return _OffsetLimit(rules, request, origin, page_size or rules.size)
    if isinstance(rules, NextLinkPaging):
        return _NextLink(rules, request, origin, page_size or rules.size)
    return _OnePage(rules, request)


class _OnePage:
    def __init__(self, _rules: NoPaging, request: FetchRequest) -> None:
        self._request = request

    def first(self) -> FetchRequest:
        return self._request

    def after(self, page: PageFacts) -> None:
        pass


class _NextLink:
    def __init__(self, rules: NextLinkPaging, request: FetchRequest, origin: Origin, size: int | None) -> None:
        self._request = request
        self._size = {rules.limit: str(size)} if rules.limit and size else {}
        self._link = _LinkFinder(rules.next, request, origin)

    def first(self) -> FetchRequest:
        return replace(self._request, params={**self._request.params, **self._size})

    def after(self, page: PageFacts) -> FetchRequest | None:
        return self._link.next(page)


class _OffsetLimit:
    def __init__(self, rules: OffsetLimitPaging, request: FetchRequest, origin: Origin, size: int) -> None:
        self._rules = rules
        self._request = request
        self._size = size
        self._rows = 0
        self._link = _LinkFinder(rules.next, request, origin)

    def first(self) -> FetchRequest:
        return self._at(0)

    def after(self, page: PageFacts) -> FetchRequest | None:
        # The step is what came, not what was asked for: servers lower the page size without a word.
        self._rows += page.received
        if link := self._link.next(page):
            return link
        proofs = {
            "empty_page": page.received == 0,
            "short_page": page.received < self._size,
            "absent_next": self._link.is_absent(page),
        }
        return None if page.received == 0 or any(proofs[name] for name in self._rules.end) else self._at(self._rows)

    def _at(self, offset: int) -> FetchRequest:
        place: dict[str, Any] = {self._rules.offset: offset, self._rules.limit: self._size}
        if self._rules.place == "body":
            return replace(self._request, json={**(self._request.json or {}), **place})
        return replace(self._request, params={**self._request.params, **{key: str(place[key]) for key in place}})


class _LinkFinder:
    """Finds next links. A link replaces the address with its query; headers and credentials stay the request's."""

    def __init__(self, paths: tuple[str, ...], request: FetchRequest, origin: Origin) -> None:
        self._paths = tuple(map(compile_path, paths))
        self._names = tuple(path.partition(".")[0] for path in paths)
        self._request = request
        self._origin = origin

    def next(self, page: PageFacts) -> FetchRequest | None:
        for find in self._paths:
            link = find(page.body)
            if isinstance(link, str) and link.strip():
                return replace(self._request, url=self._origin.join(page.url, link.strip()), params={})
        return None

    def is_absent(self, page: PageFacts) -> bool:
        """Tell whether the answer has the place for a next link and says there that there is none."""
        return isinstance(page.body, dict) and any(name in page.body for name in self._names)
