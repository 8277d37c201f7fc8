"""The catalogue as a feed: every product, then every change, in order, so that a follower has a faithful copy.

A change shows the whole product as it was after it: its present state, with what happened since taken away again.
What no revision tells (`quota_left` as it is used up, `source_updated_at`) is as it is now.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from catalog_app.core.errors import RuleError
from catalog_app.core.json_values import as_json
from catalog_app.events.feed import check_position, cursor_text, horizon, position_of, read_feed
from catalog_app.events.models import Revision
from catalog_app.products import changes as write_side
from catalog_app.products.document import FIELDS
from catalog_app.products.models import Product

NOW: Final = "now"
SNAPSHOT: Final = "snapshot"
Kind = Literal["upsert", "withdrawal", "deletion"]

_WALKING: Final = re.compile(r"(r[0-9]+)\.([0-9]{1,10})", re.ASCII)
_MAX_ID: Final = 2**31 - 1
_STORED: Final = (*(field for field in FIELDS if field != "is_active"), "deleted_at")
_COLUMNS: Final = tuple(getattr(Product, field) for field in _STORED)
State = dict[str, Any]


@dataclass(frozen=True)
class Cursor:
    """How far a follower has come: the changes up to `revision`, and, while it reads the catalogue, the products so far.

    Whoever begins reads all products first. What changes meanwhile is told again by the changes after `revision`,
    which the walk noted when it began.
    """

    revision: int
    product: int | None = None

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """Return the cursor that a follower gives back; raise RuleError for anything but one of ours."""
        walking = _WALKING.fullmatch(text)
        try:
            revision = position_of(walking[1] if walking else text)
        except ValueError as fault:
            raise RuleError({"since": f"{fault} Leave it out to begin with all products."}) from None
        return cls(revision, min(int(walking[2]), _MAX_ID) if walking else None)

    def __str__(self) -> str:
        place = cursor_text(self.revision)
        return place if self.product is None else f"{place}.{self.product}"


@dataclass(frozen=True)
class Change:
    """One entry: what happened to a product, and the product after it; None where it was deleted."""

    cursor: Cursor
    product_id: int
    action: str
    version: int
    at: str
    actor: str
    run_id: int | None
    changes: Mapping[str, Any]
    kind: Kind
    product: State | None


@dataclass(frozen=True)
class Changes:
    """A page of the feed; `next` is where to go on, whether something waits there (`has_more`) or not yet."""

    entries: Sequence[Change]
    next: Cursor
    has_more: bool


def changes_since(session: Session, since: Cursor | None, *, limit: int) -> Changes:
    """Return what follows a cursor; from the beginning where there is none. Raises LostPositionError."""
    cursor = Cursor(horizon(session), 0) if since is None else since
    if cursor.product is not None:
        return _products_after(session, cursor.revision, cursor.product, limit)
    page = read_feed(session, write_side.SUBJECT, after=cursor.revision, limit=limit)
    if not page.revisions and page.position == cursor.revision:
        check_position(session, cursor.revision)
    return Changes(changes_of(session, page.revisions), Cursor(page.position), not page.is_last)


def change_document(change: Change) -> dict[str, Any]:
    """Return an entry of the feed as JSON values; a webhook tells the same."""
    return {
        "cursor": str(change.cursor),
        "kind": change.kind,
        "action": change.action,
        "id": change.product_id,
        "version": change.version,
        "at": change.at,
        "actor": change.actor,
        "run_id": change.run_id,
        "changes": change.changes,
        "product": change.product,
    }


def changes_of(session: Session, revisions: Sequence[Revision]) -> list[Change]:
    """Return an entry for each of these revisions of products, which are in order. Costs what happened since, too."""
    if not revisions:
        return []
    # The products first: a change that is committed after they were read has a version that they do not have.
    ids = {revision.subject_id for revision in revisions}
    states = _states(session, Product.id.in_(ids))
    for product_id, version, changes in _since(session, ids, after=revisions[-1].id):
        state = states.get(product_id)
        if state is not None and version <= state["version"]:
            _take_back(state, changes)
    entries: list[Change] = []
    for revision in reversed(revisions):
        state = states.get(revision.subject_id)
        entries.append(_change(revision, state))
        if state is not None:
            _take_back(state, revision.changes)
    return entries[::-1]


def _states(session: Session, *which: ColumnElement[bool], limit: int | None = None) -> dict[int, State]:
    """Return products as JSON values by number, in its order; what follows from other fields is left to `_after`."""
    rows = session.execute(select(*_COLUMNS).where(*which).order_by(Product.id).limit(limit))
    return {row.id: {name: as_json(value) for name, value in zip(_STORED, row, strict=True)} for row in rows}


def _since(session: Session, ids: Collection[int], *, after: int) -> Iterable[Row[int, int, dict[str, Any]]]:
    """Yield what happened to these products after a revision, newest first."""
    of_these = (Revision.subject_type == write_side.SUBJECT, Revision.subject_id.in_(ids), Revision.id > after)
    query = select(Revision.subject_id, Revision.version, Revision.changes).where(*of_these)
    return session.execute(query.order_by(Revision.id.desc()))


def _products_after(session: Session, revision: int, last: int, limit: int) -> Changes:
    found = _states(session, Product.id > last, Product.deleted_at.is_(None), limit=limit + 1)
    entries = [_standing(state, revision) for state in list(found.values())[:limit]]
    following = entries[-1].cursor if len(found) > limit else Cursor(revision)
    # After the last product comes whatever happened since the walk began.
    return Changes(entries, following, has_more=True)


def _standing(state: State, revision: int) -> Change:
    return Change(
        cursor=Cursor(revision, state["id"]),
        product_id=state["id"],
        action=SNAPSHOT,
        version=state["version"],
        at=state["updated_at"],
        actor=state["updated_by"],
        run_id=None,
        changes={},
        kind=_kind(state),
        product=_after(state),
    )


def _change(revision: Revision, state: State | None) -> Change:
    at = as_json(revision.at)
    if state is not None:
        state.update(version=revision.version, updated_at=at, updated_by=revision.actor)
    return Change(
        cursor=Cursor(revision.id),
        product_id=revision.subject_id,
        action=revision.action,
        version=revision.version,
        at=at,
        actor=revision.actor,
        run_id=revision.run_id,
        changes=revision.changes,
        kind="deletion" if state is None else _kind(state),
        product=None if state is None else _after(state),
    )


def _take_back(state: State, changes: Mapping[str, Sequence[Any]]) -> None:
    for field, (old, _) in changes.items():
        if field in state:
            state[field] = old


def _kind(state: State) -> Kind:
    if state["deleted_at"] is not None:
        return "deletion"
    return "upsert" if state["missing_since"] is None else "withdrawal"


def _after(state: State) -> State | None:
    """Return the product as a document, with what follows from its other fields as it followed then."""
    if state["deleted_at"] is not None:
        return None
    is_missing = state["missing_since"] is not None
    sync_state = write_side.sync_state(state["external_system"], state["field_locks"], is_missing=is_missing)
    state.update(sync_state=sync_state, is_active=state["lifecycle_status"] == "launched")
    return {field: state[field] for field in FIELDS}
