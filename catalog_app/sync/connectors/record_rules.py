"""The records part of a preset: where they are in an answer, who they are, and how they say that they are gone."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .request_rules import TimeFormat
from .rules import Path, Paths, Rule


class SpreadRules(Rule):
    """Records that lie within others: each step leads from an object to a list of inner ones.

    An inner object gets what it came from as its `parent`, without the list that it was in. `newest` is where the
    versions of an answer say since when each holds: only the newest of them that holds already is taken.
    """

    newest: Path | None = None
    steps: Annotated[Paths, Field(min_length=1)]


class RecordRules(Rule):
    """Where the records of an answer are, and what identifies them. "@" is the whole answer, if it is a list.

    `false_is_null` is for sources that write `false` for whatever is not set; in `keeps_false` it means no.
    """

    paths: Annotated[Paths, Field(min_length=1)]
    id: Paths
    updated: Paths = ()
    updated_format: TimeFormat = "iso"
    total_header: str | None = None
    total_paths: Paths = ()
    false_is_null: bool = False
    keeps_false: tuple[str, ...] = ()
    spread: SpreadRules | None = None


class FlagRule(Rule):
    """The first of these paths that has a value says that the record is gone, if it is one of `values`."""

    path: Paths
    values: Annotated[tuple[bool | int | str, ...], Field(min_length=1)] = (True,)


class DeletionRules(Rule):
    """How a source tells that a product is gone.

    It is absent from a complete listing, its lifecycle says so, or the record bears a flag (a tombstone, too).
    """

    by: tuple[Literal["absence", "lifecycle", "flag"], ...] = ("absence",)
    flag: FlagRule | None = None

    @model_validator(mode="after")
    def _has_its_flag(self) -> Self:
        if ("flag" in self.by) != (self.flag is not None):
            raise ValueError("the word 'flag' and the rule of a flag go together")
        return self
