"""One change of a run as people read it: the fields it takes from the source, and those that people own."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from catalog_app.events.diffs import FieldDiff, field_diffs, label_of, said
from catalog_app.products.usage import Usage
from catalog_app.sync.models import CREATE, WITHDRAW, SyncChange

# What a new product is recognised by; the rest of it stands on its own page.
OF_A_NEW_PRODUCT = ("product_type", "category", "price", "lifecycle_status")


@dataclass(frozen=True)
class ConflictLine:
    """One field in conflict: our value, the source's, and whether it still waits to be settled."""

    field: str
    label: str
    ours: str
    theirs: str
    is_open: bool


@dataclass(frozen=True)
class ChangeLines:
    """One change in words. `restored` and `stayed` name the fields of an undo, where there was one.

    `usages` are the live things whose product it takes off sale.
    """

    name: str | None
    taken: list[FieldDiff]
    conflicts: list[ConflictLine]
    raw: str | None
    field: str | None
    is_undone: bool
    stayed: tuple[str, ...]
    usages: Sequence[Usage]

    @property
    def open_fields(self) -> list[str]:
        return [line.field for line in self.conflicts if line.is_open]


def lines_of(change: SyncChange, *, open_fields: Collection[str], usages: Sequence[Usage] = ()) -> ChangeLines:
    """Return a change as lines; `open_fields` are its fields that are in conflict on the product now."""
    told: dict[str, Any] = change.said or {}
    currency = told.get("currency")
    undone = change.undone or {}
    return ChangeLines(
        name=_name(change),
        taken=_taken(change, told, currency),
        conflicts=[
            ConflictLine(
                field=field,
                label=label_of(field),
                ours=said(field, sides["ours"], currency),
                theirs=said(field, sides["theirs"], currency),
                is_open=field in open_fields,
            )
            for field, sides in (change.conflicts or {}).items()
        ],
        raw=json.dumps(change.raw, indent=2, ensure_ascii=False) if change.raw else None,
        field=label_of(change.field) if change.field else None,
        is_undone=bool(undone),
        stayed=tuple(label_of(field) for field in undone.get("kept", ())),
        usages=usages,
    )


def _taken(change: SyncChange, told: dict[str, Any], currency: str | None) -> list[FieldDiff]:
    if change.kind == CREATE:
        return field_diffs({}, {name: told[name] for name in OF_A_NEW_PRODUCT if told.get(name)}, currency=currency)
    if change.kind == WITHDRAW:
        return []
    return field_diffs(change.before or {}, change.after or {}, currency=currency)


def _name(change: SyncChange) -> str | None:
    """Return what people call the product; a record that was never mapped may name itself."""
    own = (change.raw or {}).get("name") if isinstance(change.raw, dict) else None
    return change.name or (own if isinstance(own, str) else None)
