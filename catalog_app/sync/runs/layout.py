"""The plan of a run as rows ready to be written, worked out before anybody has to wait for them."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from catalog_app.core.json_values import moment_text
from catalog_app.products.bulk_rows import Author, ProductRows, SourceFacts
from catalog_app.products.changes import Changes, quota_left
from catalog_app.products.plans.layout import A_PORTION, Layout, Portion
from catalog_app.products.schema import stored_value
from catalog_app.sync.models import CONFLICT, CREATE, FILE, NOTED, UPDATE, WITHDRAW, SyncChange, SyncRun, SystemState
from catalog_app.sync.planning.deciding import Standing, here_of, standing_by_id
from catalog_app.sync.planning.merge import locks_after
from catalog_app.sync.planning.plan import in_chunks

ACTIONS = {CREATE: "created", UPDATE: "synced", CONFLICT: "conflicted", WITHDRAW: "withdrawn"}
_WRITTEN = (*ACTIONS, NOTED)
_SEGMENTS = ("target_segments", "exclude_segments")


Ahead = Callable[[Portion], None]
"""Writes of a portion what can be written before the rest."""


def lay_out(session: Session, run: SyncRun, *, now: datetime, ahead: Ahead | None = None) -> Layout:
    """Work out everything that applying the plan will write; takes as long as it takes.

    It only reads. What can be written `ahead` of the rest is left to the caller, portion by portion.
    """
    layout, writer = Layout(), PlanWriter(session, run, now=now)
    of_run = select(SyncChange.id).where(SyncChange.run_id == run.id, SyncChange.kind.in_(_WRITTEN))
    ids = session.connection().execute(of_run.order_by(SyncChange.id)).scalars().all()
    for chunk in in_chunks(ids, A_PORTION):
        portion = writer.portion(chunk)
        if ahead is not None:
            ahead(portion)
        layout.add(portion)
    return layout


_TEXTS = ("said", "before", "after", "conflicts")
_COLUMNS = (
    SyncChange.id, SyncChange.kind, SyncChange.external_product_id, SyncChange.product_id, SyncChange.base_version,
    SyncChange.source_hash, SyncChange.source_updated_at, SyncChange.remap_at,
    *(cast(getattr(SyncChange, name), Text).label(name) for name in _TEXTS),
)  # fmt: skip


_Change = Any
"""A row of these columns; its JSON is text."""


class PlanWriter:
    """Turns rows of the plan into rows of the catalogue."""

    def __init__(self, session: Session, run: SyncRun, *, now: datetime) -> None:
        self._session = session
        self._system = run.external_system
        self._now = now
        self._is_partial = run.origin == FILE
        self._last_complete = session.get_one(SystemState, run.external_system).last_complete_at
        author = Author(f"sync:{run.external_system}", now, run.id)
        self._rows = ProductRows(session.connection().dialect, author)

    def portion(self, ids: Collection[int]) -> Portion:
        """Return these changes ready to be written; one whose product moved is left out, to be decided again."""
        # Decided again, one of them may have been set aside.
        query = select(*_COLUMNS).where(SyncChange.id.in_(ids), SyncChange.kind.in_(_WRITTEN)).order_by(SyncChange.id)
        changes = self._session.connection().execute(query).all()
        wanted = [change.product_id for change in changes if change.kind != CREATE]
        products = standing_by_id(self._session, self._system, wanted)
        segments: set[str] = set()
        needs_lock = False
        for change in changes:
            if change.kind == CREATE:
                said = orjson.loads(change.said)
                self._rows.create((self._system, change.external_product_id), said, _facts(change))
                segments.update(key for field in _SEGMENTS for key in said.get(field) or ())
                continue
            product = products.get(change.product_id)
            if product is None or product.version != change.base_version:
                needs_lock = True
            elif change.kind == NOTED:
                self._rows.note(product.id, {**self._said(product, change), **_remembered(product)})
            else:
                after = self._change(product, change)
                segments.update(key for field in _SEGMENTS for key in after.get(field) or ())
                # What is left of a quota falls without a new version, so it is worked out when nobody else can write.
                needs_lock |= "quota_total" in after or product.quota_left is not None
        return Portion(list(ids), self._rows.take(self._session.connection()), sorted(segments), needs_lock)

    def _change(self, product: Standing, change: _Change) -> dict[str, Any]:
        before: dict[str, Any] = orjson.loads(change.before)
        after: dict[str, Any] = orjson.loads(change.after)
        taken = {name: value for name, value in after.items() if before.get(name) != value}
        told: Changes = {name: [before.get(name), value] for name, value in taken.items()}
        values = {name: stored_value(name, value) for name, value in taken.items()}
        if "quota_total" in taken:
            left = quota_left(product.quota_total, product.quota_left, taken["quota_total"])
            if left != product.quota_left:
                values["quota_left"], told["quota_left"] = left, [product.quota_left, left]
        if change.kind == WITHDRAW:
            values |= self._gone(change)
        else:
            values |= self._said(product, change)
            values["last_synced"] = self._now
            locks = self._locks(product, change)
            if locks != product.field_locks:
                values["field_locks"], told["field_locks"] = locks, [product.field_locks, locks]
        if product.undone_hash is not None:
            values["undone_hash"] = None
        self._rows.update(product, values, told, action=ACTIONS[change.kind])
        return after

    def _gone(self, change: _Change) -> dict[str, Any]:
        # The last complete listing before this one still had it.
        values: dict[str, Any] = {"last_synced": self._last_complete} if self._last_complete else {}
        return {**values, "source_hash": change.source_hash} if change.source_hash else values

    def _locks(self, product: Standing, change: _Change) -> dict[str, Any]:
        if not product.field_locks:
            return {}
        return locks_after(
            product.field_locks,
            orjson.loads(change.conflicts) if change.conflicts else {},
            said_before=product.source_values or {},
            says_now=orjson.loads(change.said),
            here=here_of(product),
            at=moment_text(self._now),
        )

    def _said(self, product: Standing, change: _Change) -> dict[str, Any]:
        said: Any = orjson.Fragment(change.said)
        if self._is_partial:
            # A row of a file says nothing of the fields that it does not name: what was said of them still stands.
            said = {**(product.source_values or {}), **orjson.loads(change.said)}
        return {
            "source_values": said,
            "source_hash": change.source_hash,
            "source_updated_at": change.source_updated_at,
            "remap_at": change.remap_at,
        }


def _remembered(product: Standing) -> dict[str, Any]:
    """Return what is no longer remembered of an undo, now that the source lists the product again."""
    is_here = product.deleted_at is None and product.missing_since is None
    return {"undone_hash": None} if is_here and product.undone_hash is not None else {}


def _facts(change: _Change) -> SourceFacts:
    return SourceFacts(change.source_hash, change.said, change.source_updated_at, change.remap_at)
