"""What returns of one product when a plan is taken back, and what came of it all. Nothing here writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from catalog_app.core.errors import RuleError
from catalog_app.core.json_values import as_json
from catalog_app.products.bulk_rows import Standing
from catalog_app.products.changes import Changes
from catalog_app.products.plans.layout import Layout
from catalog_app.products.schema import FIELDS, ProductInput, stored_value
from catalog_app.products.usage import Usage, forbidding_many

LOCKS: Final = "field_locks"
DELETED: Final = "deleted_at"
UNDONE: Final = "undone"
LISTED: Final = 50

Locks = Mapping[str, Any]


class Returning(Standing, Protocol):
    """A product that an undo looks at, with all of its fields besides."""

    @property
    def deleted_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class Back:
    """What an undo does to one product: the values that return (as JSON), and the fields that stay as they are.

    `reason` says why they stay, where it is not that somebody changed them since.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    locks: Locks | None = None
    is_removed: bool = False
    reason: str | None = None

    @property
    def changes_something(self) -> bool:
        return bool(self.values or self.is_removed or self.locks is not None)

    @property
    def restored(self) -> list[str]:
        """Return the names of what goes back."""
        return sorted(
            (*self.values, *([DELETED] if self.is_removed else ()), *(() if self.locks is None else (LOCKS,)))
        )

    @property
    def document(self) -> dict[str, list[str]]:
        """Return what is kept beside the change that was taken back."""
        return {"restored": self.restored, "kept": sorted(self.kept)}


@dataclass
class Outcome:
    """What came of an undo: how many fields of how many products went back, and what stays.

    `kept` lists the first products with fields that stay, and the reason where it is not that they changed since.
    """

    restored: int = 0
    products: int = 0
    kept_products: int = 0
    kept: list[dict[str, Any]] = field(default_factory=list)

    def note(self, product: Standing, back: Back) -> None:
        self.restored += len(back.restored)
        self.products += back.changes_something
        self.kept_products += bool(back.kept)
        if back.kept and len(self.kept) < LISTED:
            about = {"product_id": product.id, "name": product.name}
            self.kept.append({**about, "fields": sorted(back.kept), "reason": back.reason})

    def document(self) -> dict[str, Any]:
        return {
            "restored": self.restored,
            "products": self.products,
            "kept": self.kept,
            "kept_products": self.kept_products,
        }


@dataclass
class Prepared:
    """Everything that an undo writes, worked out by somebody who may take their time. `told` goes beside the changes."""

    layout: Layout = field(default_factory=Layout)
    told: list[list[str | int | None]] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)
    removed: set[int] = field(default_factory=set)
    # What is left of a quota falls without a new version, so it is worked out when nobody else can write.
    needs_lock: bool = False

    @property
    def is_stale(self) -> bool:
        """Whether it has to be worked out again, now that nobody else can write."""
        return self.needs_lock or bool(forbidding_many(self.removed))

    def note(self, product: Standing, back: Back) -> None:
        self.outcome.note(product, back)
        if back.is_removed:
            self.removed.add(product.id)


def creation_back(made: Mapping[str, Any], product: Returning, used_by: Sequence[Usage]) -> Back:
    """Return how a product goes again that the plan made of these values, unless somebody changed it or uses it since."""
    if product.deleted_at is not None:
        return Back()
    values = ProductInput.check(made).values()
    changed = {name for name in FIELDS if as_json(getattr(product, name)) != as_json(values[name])}
    if changed := changed | product.field_locks.keys():
        return Back(kept=frozenset(changed))
    if used_by:
        names = ", ".join(usage.name for usage in used_by)
        return Back(kept=frozenset({DELETED}), reason=f"It is in use by {names}.")
    return Back(is_removed=True)


def within_rules(product: Returning, back: Back) -> Back:
    """Return what goes back only if it fits what stays: half of two fields that belong together is no good."""
    if not back.values.keys() & set(FIELDS):
        return back
    stands = {name: getattr(product, name) for name in FIELDS}
    returns = {name: stored_value(name, value) for name, value in back.values.items() if name in stands}
    try:
        ProductInput.check({**stands, **returns})
    except RuleError as error:
        return Back(kept=back.kept | back.values.keys(), reason=str(error))
    return back


def changes_of(columns: Mapping[str, Any], product: Returning) -> Changes:
    """Return what the history tells of these columns, as {field: [old, new]}."""
    return {
        name: [as_json(getattr(product, name)), as_json(value)]
        for name, value in columns.items()
        if name != "undone_hash" and getattr(product, name) != value
    }
