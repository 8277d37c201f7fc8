"""What one proposal does to its product as that stands now. Nothing here reads or writes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from catalog_app.core.babel import in_source_words
from catalog_app.core.errors import CatalogError, ConflictError, NotFoundError, RuleError, Sentence
from catalog_app.core.json_values import as_json
from catalog_app.edits.models import CREATE, UPDATE
from catalog_app.edits.proposals import Proposal
from catalog_app.edits.rows import Key, Standing
from catalog_app.products import editing
from catalog_app.products.changes import locks_with
from catalog_app.products.hidden import HIDDEN
from catalog_app.products.lifecycle import check_transition
from catalog_app.products.patch import IDENTITY, current_values, patched_values, written_fields
from catalog_app.products.schema import FIELDS, TOGETHER, ProductInput
from catalog_app.products.terms import MANUAL

LOCKS: Final = "field_locks"
_NEEDED: Final = ("name", "product_type")
_REFERRING: Final = ("members", "relations")


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of a product: `before` and `after` hold what changes, as JSON; both are empty where nothing does."""

    kind: str
    identity: Key
    name: str
    product_id: int | None = None
    base_version: int | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    checked: ProductInput | None = None

    @property
    def refers(self) -> bool:
        """Return whether other products are named that have to be there."""
        return any(self.after.get(name) for name in _REFERRING)


@dataclass(frozen=True)
class Deciding:
    """Decides for one person at one moment. `systems` are those that a new product may name."""

    actor: str
    now: datetime
    systems: Collection[str]
    forgotten_after: timedelta

    def decide(self, proposal: Proposal, product: Standing | None) -> Decided:
        """Return what the proposal does; raise CatalogError where it breaks a rule."""
        if product is not None and product.deleted_at is None:
            return self._change(proposal, product)
        item = proposal.item
        if item.product_id is not None:
            raise NotFoundError(Sentence("There is no product %(product)s.", product=item.product_id))
        if item.version is not None or not (proposal.sets or item.action == "upsert"):
            raise NotFoundError(Sentence("There is no such product."))
        return self._create(proposal, product)

    def _create(self, proposal: Proposal, gone: Standing | None) -> Decided:
        written = written_fields(_said(proposal))
        identity = editing.identity(written, self.systems)
        if gone is not None:
            self._check_gone(gone)
        checked = ProductInput.check({name: value for name, value in written.items() if name not in IDENTITY})
        product_id, version = (gone.id, gone.version) if gone is not None else (None, None)
        return Decided(
            CREATE, identity, checked.name, product_id, version, {}, checked.said(FIELDS), checked=checked
        )  # fmt: skip

    def _check_gone(self, gone: Standing) -> None:
        if gone.version == HIDDEN:
            raise ConflictError(Sentence("Somebody else is making this product at this moment; plan again."))
        if gone.deleted_at >= self.now - self.forgotten_after:
            words = Sentence("It was deleted, as number %(number)d; restore it instead.", number=gone.id)
            raise RuleError({"external_product_id": words})

    def _change(self, proposal: Proposal, product: Standing) -> Decided:
        after, checked = self._values(proposal, product)
        before = {name: as_json(getattr(product, name)) for name in after}
        changed = {name: value for name, value in after.items() if before[name] != value}
        if "lifecycle_status" in changed and checked is not None:
            reason = after.get("status_reason", product.status_reason)
            check_transition(product.lifecycle_status, changed["lifecycle_status"], reason)
        locks = self._locks(proposal, product, changed)
        if locks != product.field_locks:
            before[LOCKS], changed[LOCKS] = product.field_locks, locks
        if changed:
            _check_version(proposal, product)
        return Decided(
            UPDATE,
            (product.external_system, product.external_product_id),
            changed.get("name", product.name),
            product.id,
            product.version,
            {name: before[name] for name in changed},
            changed,
            checked=checked,
        )

    def _values(self, proposal: Proposal, product: Standing) -> tuple[dict[str, Any], ProductInput | None]:
        """Return what the fields that are spoken of come to say, as JSON."""
        if proposal.releases:
            wanted = _given_back(proposal, product)
        elif proposal.item.action == "upsert" and not proposal.sets:
            wanted = written_fields(proposal.item.values, product)
            checked = ProductInput.check(wanted)
            return checked.said(FIELDS), checked
        elif proposal.sets:
            wanted = written_fields(_said(proposal), product)
        else:
            spoken_of = written_fields(proposal.item.values, product)
            return _checked(patched_values(product, proposal.item.values), spoken_of)
        return _checked({**current_values(product), **wanted}, wanted)

    def _locks(self, proposal: Proposal, product: Standing, changed: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return who owns which field after it: what people change becomes theirs, as by an edit of one product."""
        locks: Mapping[str, Any] = product.field_locks
        if product.external_system == MANUAL:
            return locks
        if proposal.releases:
            return {name: lock for name, lock in locks.items() if name not in proposal.releases}
        taken = {name: as_json(getattr(product, name)) for name in proposal.locks if name not in locks}
        if not changed and not taken:
            return locks
        return locks_with(locks, {**taken, **changed}, actor=self.actor, at=self.now, reason=None)


def _said(proposal: Proposal) -> dict[str, Any]:
    """Return what is said of a product; where each value is a whole one, None puts a field back to its default."""
    values = dict(proposal.item.values)
    if not proposal.sets:
        return values
    defaults = {name: info.get_default() for name, info in ProductInput.model_fields.items() if not info.is_required()}
    return {name: defaults.get(name) if value is None else value for name, value in values.items()}


def _checked(values: Mapping[str, Any], spoken_of: Collection[str]) -> tuple[dict[str, Any], ProductInput | None]:
    """Check what is spoken of, with what has a rule in common with it; the rest was checked when it was written."""
    if not spoken_of:
        return {}, None
    partners = {name for fields in TOGETHER if not set(fields).isdisjoint(spoken_of) for name in fields}
    # What a patch removes is not among the values, and falls to its default.
    looked_at = {*spoken_of, *partners, *_NEEDED}
    checked = ProductInput.check({name: values[name] for name in values if name in looked_at})
    return checked.said(name for name in FIELDS if name in spoken_of), checked


def _given_back(proposal: Proposal, product: Standing) -> dict[str, Any]:
    """Return what the fields that are given back say at their source, where it ever said anything."""
    said = product.source_values or {}
    return {name: said[name] for name in proposal.releases if name in product.field_locks and name in said}


def _check_version(proposal: Proposal, product: Standing) -> None:
    expected = proposal.item.version
    if expected is not None and expected != product.version:
        raise ConflictError(Sentence("Somebody changed it since; version %(now)d stands now.", now=product.version))


def fault_of(error: CatalogError) -> tuple[str | None, str]:
    """Return the field at fault, where one is, and what is wrong in one sentence or a few."""
    if not isinstance(error, RuleError):
        return None, str(error)
    first, *others = [(name, in_source_words(words)) for name, words in error.errors.items()]
    return first[0], " ".join([first[1], *(f"{name}: {words}" for name, words in others)])
