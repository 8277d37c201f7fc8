"""How one page leads to the next, and what proves that there is none."""

from catalog_app.core.http import FetchRequest, Origin
from catalog_app.sync.connectors.paging_rules import (
    AfterIdPaging,
    CursorPaging,
    HeaderTokenPaging,
    LinkHeaderPaging,
    NextLinkPaging,
    NoPaging,
    OffsetLimitPaging,
    PageNumberPaging,
    Paging,
)

from .counted import OffsetLimit, PageNumber
from .cursors import AfterId, Cursor
from .links import HeaderToken, LinkHeader, NextLink
from .pages import PROVED, End, Overlap, PageFacts, Pager

__all__ = ["End", "Overlap", "PageFacts", "Pager", "open_pager"]


def open_pager(rules: Paging, request: FetchRequest, origin: Origin, *, page_size: int | None = None) -> Pager:
    """Return the pager for these rules, starting from a request without any paging parameter."""
    pager: Pager
    match rules:
        case OffsetLimitPaging():
            pager = OffsetLimit(rules, request, origin, page_size or rules.size)
        case PageNumberPaging():
            pager = PageNumber(rules, request, page_size or rules.size)
        case CursorPaging():
            pager = Cursor(rules, request, page_size or rules.size)
        case AfterIdPaging():
            pager = AfterId(rules, request, page_size or rules.size)
        case NextLinkPaging():
            pager = NextLink(rules, request, origin, page_size or rules.size)
        case LinkHeaderPaging():
            pager = LinkHeader(rules, request, origin, page_size or rules.size)
        case HeaderTokenPaging():
            pager = HeaderToken(rules, request, origin, page_size or rules.size)
        case NoPaging():
            pager = _OnePage(request)
    return pager


class _OnePage:
    def __init__(self, request: FetchRequest) -> None:
        self._request = request

    def first(self) -> FetchRequest:
        return self._request

    def after(self, page: PageFacts) -> End:  # noqa: ARG002  # the protocol's signature
        return PROVED
