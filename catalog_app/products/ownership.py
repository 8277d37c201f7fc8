"""Who owns each field of a product: its source or people, and what the source says where the two differ."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext

from catalog_app.core.json_values import as_json
from catalog_app.events.diffs import said
from catalog_app.products.formatting import Ages, actor_name, since_day
from catalog_app.products.labels import field_label
from catalog_app.products.models import Product
from catalog_app.products.systems import SystemFacts
from catalog_app.products.terms import MANUAL


@dataclass(frozen=True)
class Conflict:
    """One field that we and the source say differently, both in words."""

    field: str
    label: str
    ours: str
    ours_note: str
    theirs: str
    theirs_note: str


@dataclass(frozen=True)
class Owner:
    """Who a field belongs to. `is_ours` where people locked it; `words` is a whole phrase, `note` who did it and why."""

    words: str
    is_ours: bool
    note: str = ""
    source_says: str | None = None


@dataclass(frozen=True)
class Ownership:
    """Answers for the fields of one product."""

    product: Product
    system: SystemFacts
    ages: Ages

    def of(self, *fields: str) -> Owner | None:
        """Return who owns these fields; nobody in particular where no source could claim them."""
        product = self.product
        if product.external_system == MANUAL:
            return None
        if locked := [field for field in fields if field in product.field_locks]:
            return self._people(locked)
        if product.last_synced is None or not any(field in (product.source_values or {}) for field in fields):
            return None
        age = self.ages.ago(product.last_synced)
        return Owner(gettext("from %(system)s, %(age)s", system=self.system.label, age=age), is_ours=False)

    def conflicts(self, *fields: str) -> tuple[Conflict, ...]:
        """Return those of these fields that wait for a person to settle them."""
        return tuple(self._conflict(field) for field in fields if self.is_in_conflict(field))

    def all_conflicts(self) -> tuple[str, ...]:
        """Return every field in conflict, wherever the page shows it."""
        return tuple(field for field in self.product.field_locks if self.is_in_conflict(field))

    def is_in_conflict(self, field: str) -> bool:
        return "theirs" in self.product.field_locks.get(field, {})

    def _people(self, locked: Collection[str]) -> Owner:
        locks = [self.product.field_locks[field] for field in locked]
        first = locks[0]
        since = gettext("yours since %(day)s", day=since_day(moment_of(first["at"]), self.ages.now))
        reasons = dict.fromkeys(lock["reason"] for lock in locks if lock.get("reason"))
        note = ": ".join((actor_name(first["by"]), *(["; ".join(reasons)] if reasons else [])))
        return Owner(since, is_ours=True, note=note, source_says=self._source_says(locked))

    def _source_says(self, locked: Collection[str]) -> str | None:
        """Return what the source says of fields that people settled otherwise; None where both say the same."""
        told = self.product.source_values or {}
        differing = [field for field in locked if field in told and told[field] != self._here(field)]
        currency = self.product.currency
        return "; ".join(said(field, told[field], currency) for field in differing) if differing else None

    def _conflict(self, field: str) -> Conflict:
        product, lock = self.product, self.product.field_locks[field]
        since = self.ages.ago(moment_of(lock["theirs_since"])) if "theirs_since" in lock else ""
        ours = (actor_name(lock["by"]), since_day(moment_of(lock["at"]), self.ages.now), lock.get("reason"))
        return Conflict(
            field=field,
            label=field_label(field) or field,
            ours=said(field, self._here(field), product.currency),
            ours_note=", ".join(filter(None, ours)),
            theirs=said(field, lock["theirs"], product.currency),
            theirs_note=since and gettext("changed %(age)s", age=since),
        )

    def _here(self, field: str) -> Any:
        return as_json(getattr(self.product, field))


def moment_of(text: str) -> datetime:
    """Return the moment that a lock names."""
    return datetime.fromisoformat(text)
