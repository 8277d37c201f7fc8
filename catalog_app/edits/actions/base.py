"""What every bulk action says of itself: its name, what it reads of a product, and what it makes of it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sqlalchemy import Row

from catalog_app.core.errors import Fault, RuleError
from catalog_app.core.json_values import as_json
from catalog_app.products.schema import ProductInput

Values = dict[str, Any]
"""What a person chose for an action, checked, as JSON keeps it."""


@dataclass(frozen=True)
class Change:
    """What an action does to one product: values as a merge patch, and fields that people take over or give back."""

    values: Mapping[str, Any] = field(default_factory=dict)
    locks: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()


class BulkAction(ABC):
    """One thing that can be done to many products. `reads` are the columns that it needs of a product."""

    name: ClassVar[str]
    label: Any
    """What the action is called, as a verb; translated where it is shown."""
    verb: Any
    """The word on the button that plans it."""
    reads: ClassVar[Sequence[str]] = ()
    asks_usage: bool = False
    """Whether it is felt elsewhere, so that where each product is used is shown beside it."""

    @abstractmethod
    def check(self, sent: Mapping[str, Any]) -> Values:
        """Return what a person chose, checked; raise RuleError for each field that is wrong."""

    @abstractmethod
    def words(self, values: Values) -> str:
        """Return what is done in a short phrase: "Raise the price by 5 %"."""

    @abstractmethod
    def change(self, product: Row[Any], values: Values) -> Change:
        """Return what becomes of a product; raise RuleError, with the field, where the action cannot be done to it.

        The rules of products are not asked here: the planner does.
        """


def checked_fields(values: Mapping[str, Any]) -> Values:
    """Return fields checked by the rules of a product, as JSON shows them."""
    checked = ProductInput.check({"name": "-", "product_type": "data", **values})
    return {name: as_json(value) for name, value in checked.said(values).items()}


def missing(name: str) -> RuleError:
    """Return the fault of a field that has to be filled in."""
    return RuleError({name: Fault("missing", "Fill this in.")})
