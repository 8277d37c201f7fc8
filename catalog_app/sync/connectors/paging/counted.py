"""Pages that are asked for by a number: of rows to skip, or of the page itself."""

from collections.abc import Callable
from typing import Any, Final

from catalog_app.core.http import FetchRequest, Origin
from catalog_app.sync.connectors.paging_rules import CountedPaging, OffsetLimitPaging, PageNumberPaging
from catalog_app.sync.connectors.paths import compile_path

from .links import LinkFinder
from .pages import PROVED, REPEATED, End, Overlap, PageFacts, with_values

_NOTHING: Final = (None, "", False)


class EndProofs:
    """Tells whether a page proves the end, by the proofs that a preset trusts."""

    def __init__(self, rules: CountedPaging, size: int) -> None:
        self._size = size
        self._rows = 0
        self._more = compile_path(rules.more) if rules.more else None
        self._next = tuple(map(compile_path, rules.next))
        self._next_places = tuple(path.partition(".")[0] for path in rules.next)
        proofs: dict[str, Callable[[PageFacts], bool]] = {
            "empty_page": lambda page: page.received == 0,
            "short_page": lambda page: page.received < self._size,
            "absent_next": self._is_next_absent,
            "no_more": self._is_no_more,
            "total": lambda page: page.total is not None and self._rows >= page.total,
        }
        self._proofs = tuple(proofs[name] for name in rules.end)

    @property
    def rows(self) -> int:
        """Return how many rows came so far."""
        return self._rows

    def end_after(self, page: PageFacts) -> End | None:
        """Return the end if the page proves it; None if there may be more."""
        self._rows += page.received
        if any(proof(page) for proof in self._proofs):
            return PROVED
        if page.received == 0:
            return End("a page was empty, but the source does not say that it is the last one")
        return None

    def _is_next_absent(self, page: PageFacts) -> bool:
        # Only an answer that has a place for it can say that there is none.
        has_place = isinstance(page.body, dict) and any(name in page.body for name in self._next_places)
        return has_place and all(find(page.body) in _NOTHING for find in self._next)

    def _is_no_more(self, page: PageFacts) -> bool:
        return self._more is not None and self._more(page.body) is False


class OffsetLimit:
    def __init__(self, rules: OffsetLimitPaging, request: FetchRequest, origin: Origin, size: int) -> None:
        self._rules = rules
        self._request = request
        self._size = size
        self._proofs = EndProofs(rules, size)
        self._links = LinkFinder(rules.next, request, origin)
        self._overlaps = False

    def first(self) -> FetchRequest:
        return self._at(0)

    def after(self, page: PageFacts) -> FetchRequest | Overlap | End:
        did_overlap, self._overlaps = self._overlaps, False
        if did_overlap and page.received == 0:
            # It held the old row alone, perhaps because pages became that small; only what comes after it is the end.
            return self._at(self._proofs.rows)
        end = self._proofs.end_after(page)
        if link := self._links.link(page):
            return self._links.follow(page, link) or REPEATED
        # The step is what came, not what was asked for: servers lower the page size without a word.
        return end or self._next(page)

    def _next(self, page: PageFacts) -> FetchRequest | Overlap:
        if not self._rules.overlap or page.total is not None or page.last_id is None:
            return self._at(self._proofs.rows)
        self._overlaps = True
        return Overlap(self._at(self._proofs.rows - 1), page.last_id)

    def _at(self, offset: int) -> FetchRequest:
        values: dict[str, Any] = {self._rules.offset: offset, self._rules.limit: self._size}
        return with_values(self._request, values, self._rules.place)


class PageNumber:
    def __init__(self, rules: PageNumberPaging, request: FetchRequest, size: int) -> None:
        self._rules = rules
        self._request = request
        self._size = size
        self._number = rules.first
        self._proofs = EndProofs(rules, size)

    def first(self) -> FetchRequest:
        return self._at(self._number)

    def after(self, page: PageFacts) -> FetchRequest | End:
        if end := self._proofs.end_after(page):
            return end
        self._number += 1
        return self._at(self._number)

    def _at(self, number: int) -> FetchRequest:
        values: dict[str, Any] = {self._rules.page: number, self._rules.limit: self._size}
        return with_values(self._request, values, self._rules.place)
