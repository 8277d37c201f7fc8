"""The decision log as a file: one line for each offer of each decision, with what it was chosen by."""

from collections.abc import Iterator
from typing import Final

from flask import Response, request, stream_with_context
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from catalog_app.accounts import requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.products.tables.writing import CSV
from catalog_app.recommendations.decisions import reading
from catalog_app.recommendations.decisions.filters import DecisionFilters, parse_filters
from catalog_app.recommendations.views.blueprint import bp

OF_DECISION: Final = (
    "decision_id",
    "decided_at",
    "customer",
    "channel",
    "context",
    "model_version",
    "basis",
    "arm",
    "eligible",
)
OF_OFFER: Final = ("rank", "product_id", "priority", "propensity", "context_weight", "value", "levers", "probability")
ANSWER: Final = "answer"
"""The columns, under the names of the JSON API; `customer` is the hash."""


@bp.get("/decisions/export.csv")
@requires_role("viewer")
def decision_log() -> ResponseReturnValue:
    """Send what the filters of the address leave, newest first. Cells that a spreadsheet would run are harmless."""
    filters = parse_filters(request.args, ignore_faulty=True)
    lines = CSV.write([*OF_DECISION, *OF_OFFER, ANSWER], _rows(db.session(), filters))
    name = f"decisions-{utcnow():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(lines), content_type=CSV.content_type, headers=headers)


def _rows(session: Session, filters: DecisionFilters) -> Iterator[tuple[object, ...]]:
    for some in reading.everything(session, filters):
        answers = reading.answers(session, [one.id for one in some])
        for one in some:
            decided = (
                one.id,
                f"{one.decided_at:%Y-%m-%dT%H:%M:%S.%fZ}",
                one.customer,
                one.channel,
                one.context,
                one.model_version,
                one.basis,
                one.arm,
                one.eligible,
            )
            answer = answers.get(one.id)
            for offer in one.offers or ({},):
                told = ("context" if name == "context_weight" else name for name in OF_OFFER)
                yield *decided, *(offer.get(name) for name in told), answer
