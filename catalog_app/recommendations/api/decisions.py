"""The decision log as JSON: the newest first, and one decision with all that it rested on."""

from typing import Any, Final

from flask import jsonify
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_scope
from catalog_app.core.db import db
from catalog_app.core.json_lists import listed
from catalog_app.core.json_values import as_json
from catalog_app.core.query import Query, about_the_query
from catalog_app.recommendations.api.blueprint import nbo
from catalog_app.recommendations.decisions import reading
from catalog_app.recommendations.decisions.filters import FILTERS, parse_filters
from catalog_app.recommendations.models import Decision, FeedbackEvent

LISTED: Final = (
    "id",
    "decided_at",
    "customer",
    "channel",
    "context",
    "candidate_set",
    "eligible",
    "model_version",
    "basis",
    "arm",
    "seed",
    "offers",
    "probability",
    "asked_by",
)
WHOLE: Final = (*LISTED, "features", "owned")
EVENT: Final = ("event_id", "product_id", "event", "occurred_at", "channel")


@nbo.get("/decisions/")
@requires_scope("ml:read")
def list_decisions() -> ResponseReturnValue:
    with about_the_query():
        query = Query.taking(*FILTERS, "limit", "cursor")
        filters = parse_filters({name: text for name in FILTERS if (text := query.one(name)) is not None})
        page = reading.search(db.session(), filters, limit=query.limit(), cursor=query.one("cursor"))
    return listed((_shown(decision, LISTED) for decision in page.items), next_cursor=page.next_cursor)


@nbo.get("/decisions/<int:decision_id>/")
@requires_scope("ml:read")
def read_decision(decision_id: int) -> ResponseReturnValue:
    Query.taking()
    session = db.session()
    decision = reading.found(session, decision_id)
    events = reading.events_of(session, decision)
    return jsonify(
        {
            **_shown(decision, WHOLE),
            "candidates": reading.candidates_of(session, decision),
            "events": [_shown(event, EVENT) for event in events],
        }
    )


def _shown(row: Decision | FeedbackEvent, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: as_json(getattr(row, name)) for name in names}
