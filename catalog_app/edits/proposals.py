"""What a plan is made of: one proposal for each product that is to be made or changed, or why there is none.

A kind of plan (a bulk action, an imported file) is a `ProposalSource` that app.py provides. The planner asks it for
proposals, one after another, checks each against its product, and keeps the rows of the plan.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from catalog_app.products.bulk_edits import BulkItem


@dataclass(frozen=True, slots=True)
class Proposal:
    """One product to make or to change. `line` is where a file says so, None where there is no file.

    The item is an upsert or a merge patch, as bulk_edits.py takes them. With `sets` it is a third thing: each value is
    the whole value of its field, what is not said stays, and a product that is not there yet is made. A version that
    the item names is looked at only where something differs. Besides what the item says, people may take over
    (`locks`) or give back (`releases`) fields of a synced product. `sent` is what a refusal is shown beside.
    """

    line: int | None
    item: BulkItem
    sets: bool = False
    locks: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    sent: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A product, or a line of a file, that comes to nothing: the field at fault and a sentence that says why.

    `sent` is what was sent, to be shown beside the reason.
    """

    line: int | None
    name: str | None
    field: str | None
    message: str
    product_id: int | None = None
    sent: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Proposed:
    """The proposals of one plan; they are read once, in order. `total` is how many come, None where nobody knows."""

    items: Iterable[Proposal | Refusal]
    total: int | None = None


class ProposalSource(Protocol):
    """One kind of plan."""

    @property
    def kind(self) -> str:
        """The kind of the plans that come from here, as `edit_plan.kind` keeps it."""
        ...

    def propose(self, request: Mapping[str, Any]) -> Proposed:
        """Return the proposals of a plan that was asked for so; called in a job, as long as it takes.

        Between two proposals the planner writes and commits: read with a connection of your own, or in pieces. Raise
        CatalogError where the request cannot be followed at all; its sentence becomes the plan's error.
        """
        ...
