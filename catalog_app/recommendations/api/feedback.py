"""POST /nbo/feedback: what was shown and answered, and what customers hold."""

from collections.abc import Mapping
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_scope
from catalog_app.core.clock import utcnow
from catalog_app.core.errors import Fault, RuleError
from catalog_app.core.json_body import json_object
from catalog_app.core.query import Query
from catalog_app.core.requests import takes_body
from catalog_app.recommendations.api.blueprint import nbo
from catalog_app.recommendations.feedback.events import told_of
from catalog_app.recommendations.feedback.recording import STATUSES, Settled, record

MAX_MEBIBYTES = 16


@nbo.post("/feedback/")
@requires_scope("nbo:write")
@takes_body(MAX_MEBIBYTES)
def tell() -> ResponseReturnValue:
    """Take events; each has an answer of its own, in the order in which they were sent."""
    Query.taking()
    body = json_object()
    if faults := {name: Fault("unknown", "There is no such field.") for name in body if name != "events"}:
        raise RuleError(faults)
    now = utcnow()
    settled = record(told_of(body.get("events"), now=now), now=now)
    counts = dict.fromkeys(STATUSES, 0)
    for one in settled:
        counts[one.status] += 1
    return jsonify({**counts, "results": [_document(one) for one in settled]})


def _document(settled: Settled) -> Mapping[str, Any]:
    answered = {"decision_id": settled.decision_id, "delivery_id": settled.delivery_id}
    found = {name: number for name, number in answered.items() if number is not None}
    shown: dict[str, Any] = {"event_id": settled.event_id, "status": settled.status, "attributed_to": found or None}
    if settled.errors:
        shown["errors"] = settled.errors
    return shown
