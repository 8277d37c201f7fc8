"""The outbox: the campaign engine leases messages, sends them, and says what became of them."""

from typing import Any, Final

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_scope
from catalog_app.campaigns.api.blueprint import bp
from catalog_app.campaigns.senders.acknowledging import Acknowledgement, acknowledge
from catalog_app.campaigns.senders.leasing import lease
from catalog_app.campaigns.senders.outbox import Outbox
from catalog_app.campaigns.senders.parcels import parcel_document
from catalog_app.core.clock import utcnow
from catalog_app.core.json_body import json_object
from catalog_app.core.json_values import moment_text
from catalog_app.core.query import Query, about_the_query
from catalog_app.core.wiring import settings

DEFAULT_LEASED: Final = 100
MAX_LEASED: Final = 1000


@bp.get("/outbox/")
@requires_scope("campaigns:trigger")
def outbox() -> ResponseReturnValue:
    """Lease what is due, oldest first: GET, as engines are used to, although it takes what it shows."""
    with about_the_query():
        limit = Query.taking("limit").limit(DEFAULT_LEASED, most=MAX_LEASED)
    if request.method == "HEAD":
        # Who asks for nothing but the head would never learn what was leased.
        return _unstored(jsonify({}))
    given = settings()
    leased = lease(utcnow(), sender=Outbox.name, limit=limit, seconds=given.outbox_lease_seconds)
    body: dict[str, Any] = {
        "lease": leased.token if leased.parcels else None,
        "leased_until": moment_text(leased.until) if leased.parcels else None,
        "results": [parcel_document(parcel) for parcel in leased.parcels],
    }
    return _unstored(jsonify(body))


@bp.post("/outbox/ack/")
@requires_scope("campaigns:trigger")
def acknowledge_outbox() -> ResponseReturnValue:
    """Settle a lease: with items one by one, without them all of it as sent."""
    Query.taking()
    said = Acknowledgement.check(json_object())
    answered = acknowledge(said, utcnow())
    results = [{"delivery_id": item.delivery_id, "code": item.code, "status": item.status} for item in answered.items]
    return jsonify({"lease": said.lease, "settled": answered.settled, "results": results})


def _unstored(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
