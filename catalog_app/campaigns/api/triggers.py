"""Triggers and feedback: what the campaign engine reports, and what becomes of each customer in it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any

from flask import jsonify
from flask.typing import ResponseReturnValue
from pydantic import Field

from catalog_app.accounts import actor, requires_scope
from catalog_app.campaigns.api.asked import Asked
from catalog_app.campaigns.api.blueprint import bp
from catalog_app.campaigns.models import WAITING
from catalog_app.campaigns.senders.handing import soon
from catalog_app.campaigns.senders.registry import PUSHED
from catalog_app.campaigns.triggering import feedback
from catalog_app.campaigns.triggering.items import items_of
from catalog_app.campaigns.triggering.results import Result, counts_of
from catalog_app.campaigns.triggering.service import TriggerService
from catalog_app.core.clock import utcnow
from catalog_app.core.errors import RuleError
from catalog_app.core.json_body import json_object
from catalog_app.core.query import Query
from catalog_app.core.requests import takes_body
from catalog_app.products.field_types import OneLine, Said

MAX_MEBIBYTES = 16


class EventAsked(Asked):
    """What the campaign engine calls what happened."""

    trigger_event: Annotated[str, Field(max_length=60), OneLine, Said]


@bp.post("/<int:campaign_id>/trigger/")
@requires_scope("campaigns:trigger")
@takes_body(MAX_MEBIBYTES)
def trigger(campaign_id: int) -> ResponseReturnValue:
    Query.taking()
    body = json_object()
    _only(body, ("items",))
    return _answered(TriggerService().trigger(campaign_id, items_of(body.get("items")), actor=actor()))


@bp.post("/trigger/")
@requires_scope("campaigns:trigger")
@takes_body(MAX_MEBIBYTES)
def trigger_event() -> ResponseReturnValue:
    Query.taking()
    body = json_object()
    _only(body, ("items", "trigger_event"))
    asked = EventAsked.check({name: value for name, value in body.items() if name != "items"})
    items = items_of(body.get("items"))
    return _answered(TriggerService().trigger_event(asked.trigger_event, items, actor=actor()))


@bp.post("/feedback/")
@requires_scope("campaigns:trigger")
@takes_body(MAX_MEBIBYTES)
def tell() -> ResponseReturnValue:
    Query.taking()
    told = feedback.FeedbackInput.check(json_object(), now=utcnow())
    noted = feedback.tell(told.events)
    counts = dict.fromkeys(feedback.OUTCOMES, 0)
    for one in noted:
        counts[one.outcome] += 1
    return jsonify({"results": [one.as_json() for one in noted], "counts": counts})


def _answered(results: Sequence[Result]) -> ResponseReturnValue:
    promised = (result.delivery for result in results if not result.repeated and result.status == WAITING)
    soon({delivery["campaign_id"] for delivery in promised if delivery["sender"] in PUSHED})
    return jsonify({"results": [result.as_json() for result in results], "counts": counts_of(results)})


def _only(body: Mapping[str, Any], names: Collection[str]) -> None:
    if faults := {name: "There is no such field." for name in body if name not in names}:
        raise RuleError(faults)
