"""The request part of a preset: what is asked, in how many passes, and how for changes only."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from .paging_rules import OffsetLimitPaging, Paging, Place
from .params import SINCE, places_in
from .rules import Path, Paths, Rule

TimeFormat = Literal["iso", "seconds", "milliseconds", "sql"]


class RequestRules(Rule):
    """What is asked for a page. A path that begins with "/" starts at the origin, another one at the base URL.

    A parameter or header that is empty, once the places of the preset's parameters are filled, is not sent.
    """

    path: str
    method: Literal["GET", "POST"] = "GET"
    params: dict[str, str] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    body: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _only_a_post_has_a_body(self) -> Self:
        if self.body is not None and self.method != "POST":
            raise ValueError("only a POST has a body")
        return self


class PartitionRules(Rule):
    """One pass over the listing for each value of a parameter; the listing is complete only if every pass is."""

    param: str
    values: Annotated[tuple[str, ...], Field(min_length=1)]
    place: Place = "query"


class IncrementalRules(Rule):
    """How changes alone are asked for: `params` and `body` over those of the usual request, or a request of its own.

    `{since}` stands for the time, in the format given and `overlap` seconds early.
    """

    format: TimeFormat = "iso"
    overlap: Annotated[int, Field(ge=0, le=86_400)] = 60
    params: dict[str, str] = Field(default_factory=dict)
    body: dict[str, Any] = Field(default_factory=dict)
    request: RequestRules | None = None
    paging: Paging | None = None
    partitions: PartitionRules | None = None

    @model_validator(mode="after")
    def _asks_for_changes(self) -> Self:
        if SINCE not in set(places_in(self.model_dump(mode="json"))):
            raise ValueError(f"nothing in it says {{{SINCE}}}, so it would not ask for changes")
        return self


class JoinRules(Rule):
    """A second listing that is read first, to its end, and attached to the records as a list called `name`.

    `each` is where its rows are, `of` where a row says which record it belongs to, `to` where a record says who it
    is. Only the fields in `keep` are kept, so that memory stays small and nothing else counts as a change.
    """

    name: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    request: RequestRules
    paging: Paging
    each: Paths
    id: Path = "id"
    of: Path
    to: Path
    keep: Annotated[tuple[str, ...], Field(min_length=1)]
    most: Annotated[int, Field(ge=1, le=1_000_000)] = 200_000

    @model_validator(mode="after")
    def _reads_each_row_once(self) -> Self:
        if isinstance(self.paging, OffsetLimitPaging) and self.paging.overlap:
            raise ValueError("the pages of what is joined cannot overlap")
        return self
