"""What all stand-ins that list products share: their products, their pages, and every fault of a page."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from catalog_app.demo.standin.exchange import Answer, Request, encoded, refusal
from catalog_app.demo.standin.faults import Fault, Misbehaviour
from catalog_app.demo.standin.products import StandinProduct, Status
from catalog_app.demo.standin.spoiling import (
    Keys,
    busy,
    drip,
    instead_of_a_page,
    renamed,
    spoiled_answer,
    spoiled_rows,
)
from catalog_app.demo.standin.stock import StockedStandin

Json = dict[str, Any]

_TOTAL_LIE = 137
_PAGING_FAULTS = frozenset(
    {
        Fault.REPEAT_FIRST_PAGE,
        Fault.IGNORE_OFFSET,
        Fault.TOKEN_EXPIRES_MID_LISTING,
        Fault.ACCESS_ENDS_MID_LISTING,
        Fault.PAGE_SIZE_LOWERED,
        Fault.ORDER_SHIFTS,
        Fault.ROWS_INSERTED,
        Fault.ROWS_REMOVED,
    }
)
_TOTALS: Mapping[Fault, Callable[[int], int | None]] = {
    Fault.LYING_TOTAL: lambda true: true + _TOTAL_LIE,
    Fault.ZERO_TOTAL: lambda _true: 0,
    Fault.ABSENT_TOTAL: lambda _true: None,
}


@dataclass(frozen=True, slots=True)
class Window:
    """What a request asks for: at most `limit` rows from `start` on."""

    start: int
    limit: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page to be written: `reached` is where the next one begins, `origin` where its links are to lead."""

    rows: tuple[bytes, ...]
    window: Window
    reached: int
    has_more: bool
    total: int | None
    origin: str
    every: Sequence[Any]

    @property
    def json(self) -> bytes:
        """Return the rows as a JSON list."""
        return b"[" + b", ".join(self.rows) + b"]"


class SourceStandin(StockedStandin):
    """Plays a system with products until the `with` is left.

    A subclass says who is let in (`refused`), what a request asks for (`visible`, `window`) and how a product and a
    page are written (`written`, `page`). The faults, and the doors of neutral products, are the same for all.
    """

    keys: Keys
    error_object: object
    has_pages = True
    has_total = False
    has_links = False

    def __init__(
        self,
        products: Iterable[StandinProduct] = (),
        *,
        page_limit: int,
        port: int = 0,
        control_secret: str | None = None,
    ) -> None:
        super().__init__(products, port=port, control_secret=control_secret)
        self.page_limit = page_limit
        self._is_shut = False
        self._shifts = 0

    @property
    def faults(self) -> frozenset[Fault]:
        """Return the faults that the pages of this system have a place for."""
        missing = set() if self.has_pages else set(_PAGING_FAULTS)
        missing |= set() if self.has_total else set(_TOTALS)
        missing |= set() if self.has_links else {Fault.NEXT_LINK_ELSEWHERE}
        return frozenset(set(Fault) - missing)

    def let_in_again(self) -> None:
        """End what ACCESS_ENDS_MID_LISTING began."""
        self._is_shut = False

    def behave(self) -> None:
        super().behave()
        self.let_in_again()

    @abstractmethod
    def written(self, product: StandinProduct) -> Json:
        """Return a product as this system sends it."""

    @abstractmethod
    def page(self, request: Request, page: Page) -> Answer:
        """Return the page as this system sends it."""

    @abstractmethod
    def window(self, request: Request, rows: Sequence[Any]) -> Window:
        """Return which rows are asked for; raises ValueError if that makes no sense."""

    @abstractmethod
    def refused(self, request: Request) -> Answer | None:
        """Return what is answered to a listing without good credentials, or None if they are good."""

    @abstractmethod
    def void_access(self) -> None:
        """Make what the caller was let in with worthless, once; new credentials are good."""

    @abstractmethod
    def is_listing(self, request: Request) -> bool:
        """Tell whether a page of products is asked for."""

    def is_spoilt(self, _request: Request) -> bool:
        """Tell whether the fault that is on is one of the list that is asked for; a system may have several."""
        return True

    def is_snapshot(self, _request: Request) -> bool:
        """Tell whether the rows were chosen by an earlier request, so that nothing changes about them any more."""
        return False

    def elsewhere(self, request: Request) -> Answer:
        """Answer what is no listing: a login, for example."""
        return refusal(HTTPStatus.NOT_FOUND, f"There is nothing at {request.path}.")

    def visible(self, _request: Request) -> Sequence[Any]:
        """Return every row that this request could see, were its pages endless."""
        return [product for product in self.shelf.every() if product.status is not Status.DELETED]

    def serialised(self, row: Any, _request: Request) -> bytes:
        return encoded({**self.written(row), **row.extra})

    def unusable(self, what: str) -> Answer:
        """Answer a request that makes no sense."""
        return refusal(HTTPStatus.BAD_REQUEST, what)

    def shut_out(self) -> Answer:
        """Answer a listing whose credentials are not good."""
        return refusal(HTTPStatus.UNAUTHORIZED, "The credentials are missing or not valid.")

    def capped(self, asked: int) -> int:
        """Return how many rows a page may hold when `asked` were asked for; raises ValueError for none."""
        if asked < 1:
            raise ValueError("A page holds at least one row")
        most = min(asked, self.page_limit)
        return max(1, most // 2) if self.misbehaving(Fault.PAGE_SIZE_LOWERED) else most

    def answer(self, request: Request) -> Answer:
        return self._list(request) if self.is_listing(request) else self.elsewhere(request)

    def _list(self, request: Request) -> Answer:
        if self._is_shut:
            return self.shut_out()
        if refused := self.refused(request):
            return refused
        now = self.misbehaviour if self.is_spoilt(request) else None
        spoiled = self._instead_of_a_page(request, now) if now else None
        if spoiled:
            return spoiled
        try:
            answer = self._page(request, now.fault if now else None)
        except ValueError as error:
            return self.unusable(str(error))
        return spoiled_answer(now.fault, answer) if now else answer

    def _instead_of_a_page(self, request: Request, now: Misbehaviour) -> Answer | None:
        """Return what stands in the place of a page, if a fault puts something there."""
        match now.fault:
            case Fault.SLOW_PAGES:
                self.dawdle(now.delay)
                return None
            case Fault.ENDLESS_DRIP:
                return drip(self.dawdle)
            case Fault.ERROR_500_ONCE if self.misbehaving_once(now.fault):
                return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Something broke.")
            case Fault.RETRY_AFTER_429 if self.misbehaving_once(now.fault):
                return busy(now)
            case _:
                return instead_of_a_page(self.name, now, request, error=self.error_object)

    def _page(self, request: Request, fault: Fault | None) -> Answer:
        rows = self._every_row(request, fault)
        asked = self.window(request, rows)
        start = asked.start
        is_stuck = fault is Fault.IGNORE_OFFSET
        if is_stuck or (start and fault is Fault.REPEAT_FIRST_PAGE and self.misbehaving_once(fault)):
            start = 0
        chosen = rows[start : start + asked.limit]
        # A source that ignores the offset does so in its next links too, which then never end.
        reached = (start if is_stuck else asked.start) + len(chosen)
        elsewhere = self.misbehaving(Fault.NEXT_LINK_ELSEWHERE)
        bodies = [self.serialised(row, request) for row in chosen]
        if fault is Fault.DUPLICATE_IDS and bodies and reached >= len(rows):
            bodies[-1] = renamed(bodies[-1], self.keys)
        page = Page(
            rows=tuple(spoiled_rows(fault, bodies, self.keys)),
            window=asked,
            reached=reached,
            has_more=reached < len(rows),
            total=_TOTALS[fault](len(rows)) if fault and fault in _TOTALS else len(rows),
            origin=elsewhere.elsewhere if elsewhere else self.base_url,
            every=rows,
        )
        answer = self.page(request, page)
        self._after_a_page(fault)
        return answer

    def _after_a_page(self, fault: Fault | None) -> None:
        """Do what a fault does once a page was sent."""
        match fault:
            case Fault.TOKEN_EXPIRES_MID_LISTING if self.misbehaving_once(fault):
                self.void_access()
            case Fault.ACCESS_ENDS_MID_LISTING:
                self._is_shut = True
            case Fault.ROWS_INSERTED if self.misbehaving_once(fault):
                self.insert_first()
            case Fault.ROWS_REMOVED if self.misbehaving_once(fault):
                self.remove_first()

    def _every_row(self, request: Request, fault: Fault | None) -> Sequence[Any]:
        rows = self.visible(request)
        if not rows or self.is_snapshot(request):
            return rows
        match fault:
            case Fault.EMPTY_LISTING:
                return ()
            case Fault.HALF_LISTING:
                return rows[: (len(rows) + 1) // 2]
            case Fault.DUPLICATE_IDS:
                return (*rows, rows[0])
            case Fault.ORDER_SHIFTS:
                self._shifts += 1
                turn = self._shifts * 7 % len(rows)
                return (*rows[turn:], *rows[:turn])
            case _:
                return rows
