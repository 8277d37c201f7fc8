"""Bulk actions as plans: one proposal for each product of a selection."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError, Sentence
from catalog_app.edits.actions import action_named
from catalog_app.edits.actions.base import BulkAction, Values
from catalog_app.edits.models import BULK
from catalog_app.edits.planning.deciding import fault_of
from catalog_app.edits.proposals import Proposal, Proposed, Refusal
from catalog_app.edits.selection import Selection
from catalog_app.products.bulk_edits import BulkItem
from catalog_app.products.models import Product

A_PIECE: Final = 1000


class BulkProposals:
    """Proposes what a person asked for: {"action", "values"} with the selection."""

    kind = BULK

    def propose(self, request: Mapping[str, Any]) -> Proposed:
        """Return a proposal or a refusal for each product of the selection, as it is now."""
        action, selection = action_named(request.get("action")), Selection.from_request(request)
        session = db.session()
        session.rollback()
        numbers = selection.numbers(session, utcnow())
        session.rollback()
        return Proposed(_proposals(numbers, action, request["values"]), len(numbers))


def _proposals(numbers: Sequence[int], action: BulkAction, values: Values) -> Iterator[Proposal | Refusal]:
    columns = [getattr(Product, name) for name in action.reads]
    wanted = select(Product.id, Product.version, Product.name, Product.external_system, *columns)
    for start in range(0, len(numbers), A_PIECE):
        piece = numbers[start : start + A_PIECE]
        query = wanted.where(Product.id.in_(piece), Product.deleted_at.is_(None))
        found = {row.id: row for row in db.session().connection().execute(query)}
        for number in piece:
            product = found.get(number)
            if product is None:
                gone = Sentence("It was deleted meanwhile.")
                yield Refusal(None, f"#{number}", None, gone)
                continue
            try:
                change = action.change(product, values)
            except RuleError as error:
                at_fault, reason = fault_of(error)
                yield Refusal(None, product.name, at_fault, reason, product.id)
                continue
            item = BulkItem("patch", change.values, product.id, product.version)
            yield Proposal(None, item, locks=change.locks, releases=change.releases)
