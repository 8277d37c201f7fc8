"""The paging part of a preset: how one page leads to the next, and what proves the end."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .rules import Path, Paths, Rule

EndProof = Literal["empty_page", "short_page", "absent_next", "no_more", "total"]
Place = Literal["query", "body"]
Size = Annotated[int, Field(ge=1, le=10_000)]


class NoPaging(Rule):
    """One answer holds everything."""

    kind: Literal["none"]


class CountedPaging(Rule):
    """What counting pages and counting rows have in common.

    `next` is where an answer links to the next page, or says that there is none; `more` is where it says
    whether there are more.
    """

    size: Size
    limit: str = "limit"
    place: Place = "query"
    next: Paths = ()
    more: Path | None = None
    end: Annotated[tuple[EndProof, ...], Field(min_length=1)] = ("empty_page",)

    @model_validator(mode="after")
    def _can_tell_its_end(self) -> Self:
        if "absent_next" in self.end and not self.next:
            raise ValueError("the end 'absent_next' needs the path of 'next'")
        if "no_more" in self.end and self.more is None:
            raise ValueError("the end 'no_more' needs the path of 'more'")
        return self


class OffsetLimitPaging(CountedPaging):
    """Offset and limit, in the query or in the body; the step is the number of rows received.

    With `overlap`, where a source names no total, each page is asked for from the last row of the one before: if it
    does not begin with that row, rows came or went meanwhile, and others may have slipped through.
    """

    kind: Literal["offset_limit"]
    offset: str = "offset"
    overlap: bool = False

    @model_validator(mode="after")
    def _can_overlap(self) -> Self:
        if self.overlap and "short_page" in self.end:
            raise ValueError("a page that overlaps is always short, so that cannot be the end")
        return self


class PageNumberPaging(CountedPaging):
    """Pages are counted; what `next` leads to only has to be there, as the number counts itself."""

    kind: Literal["page_number"]
    page: str = "page"
    first: Annotated[int, Field(ge=0, le=1)] = 1


class CursorPaging(Rule):
    """Each answer holds an opaque cursor that the next request sends; the last answer holds none."""

    kind: Literal["cursor_body"]
    next: Annotated[Paths, Field(min_length=1)]
    param: str
    place: Place = "query"
    more: Path | None = None
    size: Size | None = None
    limit: str | None = None


class AfterIdPaging(Rule):
    """The next request names the last id of the page, as a parameter or in the place `{after}` of its body.

    `more` says whether there is a next page at all; without it, an empty page is the end. A row that goes while the
    listing is read makes no other one slip through, as it would where rows are counted.
    """

    kind: Literal["after_id"]
    param: str | None = None
    first: int | str = 0
    more: Path | None = None
    place: Place = "query"
    size: Size | None = None
    limit: str | None = None


class NextLinkPaging(Rule):
    """Each answer holds the address of the next one; the last holds none."""

    kind: Literal["next_link_body"]
    next: Annotated[Paths, Field(min_length=1)]
    more: Path | None = None
    size: Size | None = None
    limit: str | None = None


class LinkHeaderPaging(Rule):
    """The header `Link` names the next page with rel="next" (RFC 8288); on the last page it does not."""

    kind: Literal["link_header"]
    size: Size | None = None
    limit: str | None = None


class HeaderTokenPaging(Rule):
    """A header holds the address of the next page or, with `param`, a token to be sent as that parameter."""

    kind: Literal["header_token"]
    header: str
    param: str | None = None
    size: Size | None = None
    limit: str | None = None


Paging = Annotated[
    NoPaging
    | OffsetLimitPaging
    | PageNumberPaging
    | CursorPaging
    | AfterIdPaging
    | NextLinkPaging
    | LinkHeaderPaging
    | HeaderTokenPaging,
    Field(discriminator="kind"),
]
