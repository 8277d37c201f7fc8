"""Pages whose answers hold the address of the next one: in the body, in `Link`, or in a header of their own."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from catalog_app.core.http import FetchRequest, Origin
from catalog_app.sync.connectors.paging_rules import HeaderTokenPaging, LinkHeaderPaging, NextLinkPaging
from catalog_app.sync.connectors.paths import compile_path

from .pages import PROVED, REPEATED, End, Marks, PageFacts, sized, with_values

# <address>; rel="next"; title="a, b": commas separate links, but not within an address or quotes (RFC 8288).
_PARAM: Final = re.compile(r";\s*([^\s=\",;]+)\s*(?:=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\",;]*)))?")
_LINK: Final = re.compile(r"<([^<>]*)>((?:\s*;\s*[^\s=\",;]+\s*(?:=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s\",;]*))?)*)")
_NOTHING: Final = (None, "", False)


class LinkFinder:
    """Finds next links. A link replaces the address with its query; headers and credentials stay the request's."""

    def __init__(self, paths: tuple[str, ...], request: FetchRequest, origin: Origin) -> None:
        self._paths = tuple(map(compile_path, paths))
        self._request = request
        self._origin = origin
        self._marks = Marks()

    def link(self, page: PageFacts) -> str | None:
        """Return the next link that the body holds."""
        found = (find(page.body) for find in self._paths)
        return next((link.strip() for link in found if isinstance(link, str) and link.strip()), None)

    def is_no_address(self, page: PageFacts) -> bool:
        """Tell whether the body holds something where the next link would be, and it is no text."""
        return any(find(page.body) not in _NOTHING and not isinstance(find(page.body), str) for find in self._paths)

    def follow(self, page: PageFacts, link: str) -> FetchRequest | None:
        """Return the request for a link, None for one that was followed before.

        Raises FetchFailedError for one that leads to another origin.
        """
        url = self._origin.join(page.url, link)
        return replace(self._request, url=url, params={}) if self._marks.is_new(url) else None


class NextLink:
    def __init__(self, rules: NextLinkPaging, request: FetchRequest, origin: Origin, size: int | None) -> None:
        self._first = sized(request, rules.limit, size)
        self._more = compile_path(rules.more) if rules.more else None
        self._links = LinkFinder(rules.next, request, origin)

    def first(self) -> FetchRequest:
        return self._first

    def after(self, page: PageFacts) -> FetchRequest | End:
        if link := self._links.link(page):
            return self._links.follow(page, link) or REPEATED
        if self._links.is_no_address(page):
            return End("the source gives something else than an address as its next link")
        if self._more is not None and self._more(page.body) is not False:
            return End("the source says that there is more, but not where")
        return PROVED


class LinkHeader:
    def __init__(self, rules: LinkHeaderPaging, request: FetchRequest, origin: Origin, size: int | None) -> None:
        self._first = sized(request, rules.limit, size)
        self._links = LinkFinder((), request, origin)

    def first(self) -> FetchRequest:
        return self._first

    def after(self, page: PageFacts) -> FetchRequest | End:
        if link := next_of(page.headers):
            return self._links.follow(page, link) or REPEATED
        # What is no link may have been meant as the next one.
        if _LINK.sub("", page.headers.get("link", "")).strip(" \t,"):
            return End("the source gives a header Link that cannot be read")
        return PROVED


class HeaderToken:
    def __init__(self, rules: HeaderTokenPaging, request: FetchRequest, origin: Origin, size: int | None) -> None:
        self._header = rules.header.lower()
        self._param = rules.param
        self._first = sized(request, rules.limit, size)
        self._links = LinkFinder((), request, origin)
        self._marks = Marks()

    def first(self) -> FetchRequest:
        return self._first

    def after(self, page: PageFacts) -> FetchRequest | End:
        token = page.headers.get(self._header, "").strip()
        if not token:
            return PROVED
        if self._param is None:
            return self._links.follow(page, token) or REPEATED
        return with_values(self._first, {self._param: token}, "query") if self._marks.is_new(token) else REPEATED


def next_of(headers: Mapping[str, str]) -> str | None:
    """Return the address that the header `Link` gives for the next page."""
    for address, params in _LINK.findall(headers.get("link", "")):
        # Only the first rel of a link counts.
        rels = [quoted or bare for name, quoted, bare in _PARAM.findall(params) if name.lower() == "rel"]
        if rels and "next" in rels[0].lower().split():
            return str(address)
    return None
