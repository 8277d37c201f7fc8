"""The planner: asks for proposals, decides on a piece of them at a time, and keeps what comes of it as rows of the plan.

Memory is bounded by the piece, but for the numbers of the products that were seen. The rows are the preview, the
report, and what is applied; there is no other description of a plan.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from catalog_app.core.bulk_sql import Stored, insert_rows, json_text
from catalog_app.core.clock import utcnow
from catalog_app.core.db import Base, db, writing
from catalog_app.core.errors import CatalogError, ConflictError, RuleError, Sentence
from catalog_app.core.wiring import providers
from catalog_app.edits import rows as product_rows
from catalog_app.edits.lease import Claim, hold
from catalog_app.edits.models import AWAITING_APPROVAL, CREATE, PLANNED, SET_ASIDE, EditChange, EditPlan
from catalog_app.edits.planning.deciding import Decided, Deciding, fault_of
from catalog_app.edits.proposals import Proposal, ProposalSource, Proposed, Refusal
from catalog_app.edits.rows import Key, Standing
from catalog_app.edits.states import found_plan, move
from catalog_app.products import editing
from catalog_app.products.models import Product
from catalog_app.products.service import UNDO_DAYS
from catalog_app.products.systems import systems

log = structlog.get_logger()

A_PIECE: Final = 1000
HELD_ABOVE: Final = 1000
"""How many products an editor may change at once without an approver."""
_CHANGE: Final = Base.metadata.tables[EditChange.__tablename__]
_COLUMNS: Final = (
    "plan_id", "line", "kind", "product_id", "external_system", "external_product_id", "base_version", "name",
    "field", "reason", "sent", "before", "after",
)  # fmt: skip
_LONGEST_NAME: Final = 255


class CancelledError(CatalogError):
    """Somebody wants no plan any more."""


def make_plan(plan_id: int, claim: Claim) -> None:
    """Make the plan, and leave it to a person. Raises CancelledError where nobody wants it any more."""
    session = db.session()
    plan = found_plan(session, plan_id)
    proposed = _source(plan.kind).propose(plan.request)
    _begin(claim, proposed)
    planner = Planner(plan)
    for piece in _pieces(proposed.items):
        session.rollback()
        made = planner.piece(session, piece)
        session.rollback()
        _keep(claim, made)
    _finish(claim)


def _source(kind: str) -> ProposalSource:
    for source in providers(ProposalSource):
        if source.kind == kind:
            return source
    raise LookupError(f"nobody proposes edits of the kind {kind!r}")


def _pieces(items: Iterable[Proposal | Refusal]) -> Iterator[list[Proposal | Refusal]]:
    left = iter(items)
    while piece := list(islice(left, A_PIECE)):
        yield piece


@dataclass
class Piece:
    """What came of some proposals, ready to be kept."""

    rows: list[list[Stored]] = field(default_factory=list)
    found: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0


class Planner:
    """Decides on the proposals of one plan, piece by piece, and knows which products it has seen."""

    def __init__(self, plan: EditPlan) -> None:
        self._plan_id = plan.id
        self._deciding = Deciding(plan.requested_by, utcnow(), frozenset(systems()), timedelta(days=UNDO_DAYS))
        # By number, or by the identity of one that is still to be made: the line that was first.
        self._seen: dict[int | Key, int | None] = {}

    def piece(self, session: Session, items: Sequence[Proposal | Refusal]) -> Piece:
        """Return what becomes of these proposals. Four queries at most."""
        proposals = [item for item in items if isinstance(item, Proposal)]
        ids = product_rows.by_id(session, [one.item.product_id for one in proposals if one.item.product_id is not None])
        keys = {one.item.key for one in proposals if one.item.product_id is None and one.item.key is not None}
        named = product_rows.by_key(session, keys)
        made = Piece(found=len(items))
        decided: list[tuple[Proposal, Decided]] = []
        for item in items:
            if isinstance(item, Refusal):
                self._set_aside(made, item)
                continue
            product = named.get(item.item.key) if item.item.product_id is None and item.item.key else None
            product = ids.get(item.item.product_id) if item.item.product_id is not None else product
            try:
                decision = self._deciding.decide(item, product)
                self._check_seen(item, decision)
                decided.append((item, decision))
            except CatalogError as error:
                self._set_aside(made, _refusal(item, product, error))
        self._keep_decided(session, made, decided)
        return made

    def _keep_decided(self, session: Session, made: Piece, decided: Sequence[tuple[Proposal, Decided]]) -> None:
        known = editing.known_products(session, [one.checked for _, one in decided if one.refers and one.checked])
        for proposal, one in decided:
            if not one.after:
                made.unchanged += 1
                continue
            try:
                if one.refers and one.checked:
                    editing.check_references(Product(id=one.product_id), one.checked, known)
            except RuleError as error:
                self._set_aside(made, _refusal(proposal, None, error, decided=one))
                continue
            made.rows.append(self._row(proposal, one))
            if one.kind == CREATE:
                made.created += 1
            else:
                made.updated += 1

    def _check_seen(self, proposal: Proposal, one: Decided) -> None:
        """Refuse a second change of one product: the plan shows each product once, and which one counts is a person's."""
        key = one.product_id or one.identity
        if key not in self._seen:
            self._seen[key] = proposal.line
            return
        first = self._seen[key]
        if first is None:
            raise ConflictError(Sentence("This product stands here twice."))
        raise ConflictError(Sentence("This product stands in line %(line)d already.", line=first))

    def _row(self, proposal: Proposal, one: Decided) -> list[Stored]:
        system, external_id = one.identity
        sent = None if proposal.sent is None else json_text(proposal.sent)
        return [
            self._plan_id, proposal.line, one.kind, one.product_id, system, external_id, one.base_version, one.name,
            None, None, sent, json_text(one.before), json_text(one.after),
        ]  # fmt: skip

    def _set_aside(self, made: Piece, refusal: Refusal) -> None:
        made.rejected += 1
        name = None if refusal.name is None else refusal.name[:_LONGEST_NAME]
        sent = None if refusal.sent is None else json_text(refusal.sent)
        made.rows.append(
            [
                self._plan_id, refusal.line, SET_ASIDE, refusal.product_id, None, None, None, name,
                refusal.field, refusal.message, sent, None, None,
            ]
        )  # fmt: skip


def _refusal(
    proposal: Proposal, product: Standing | None, error: CatalogError, *, decided: Decided | None = None
) -> Refusal:
    at_fault, reason = fault_of(error)
    name = product.name if product is not None else decided.name if decided else _name_in(proposal.item.values)
    number = decided.product_id if decided else None
    if product is not None and product.deleted_at is None:
        number = product.id
    return Refusal(proposal.line, name, at_fault, reason, number, proposal.sent)


def _name_in(values: Any) -> str | None:
    name = values.get("name")
    return name if isinstance(name, str) else None


def _begin(claim: Claim, proposed: Proposed) -> None:
    with writing() as session:
        hold(session, claim)
        found_plan(session, claim.plan_id).expected_total = proposed.total


def _keep(claim: Claim, made: Piece) -> None:
    with writing() as session:
        hold(session, claim)
        plan = found_plan(session, claim.plan_id)
        if plan.cancel_requested:
            raise CancelledError(Sentence("The edit was cancelled; nothing was applied."))
        insert_rows(session.connection(), _CHANGE, _COLUMNS, made.rows)
        for name in ("found", "created", "updated", "unchanged", "rejected"):
            setattr(plan, name, getattr(plan, name) + getattr(made, name))


def _finish(claim: Claim) -> None:
    with writing() as session:
        hold(session, claim)
        plan, now = found_plan(session, claim.plan_id), utcnow()
        if plan.cancel_requested:
            raise CancelledError(Sentence("The edit was cancelled; nothing was applied."))
        plan.planned_at = now
        if plan.size > HELD_ABOVE:
            plan.held_because = [{"rule": "size", "size": plan.size, "limit": HELD_ABOVE}]
        move(plan, AWAITING_APPROVAL if plan.held_because else PLANNED, now=now)
    log.info(
        "edit planned", plan=plan.id, found=plan.found, created=plan.created, updated=plan.updated,
        rejected=plan.rejected, status=plan.status,
    )  # fmt: skip
