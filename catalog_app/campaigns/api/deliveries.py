"""Deliveries as JSON: listed, looked at, sent again; and the secret with which a campaign's messages are signed."""

from http import HTTPStatus

from flask import jsonify
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_scope
from catalog_app.campaigns.api.blueprint import bp
from catalog_app.campaigns.deliveries import reading
from catalog_app.campaigns.deliveries.document import delivery_document
from catalog_app.campaigns.models import DELIVERY_STATUSES
from catalog_app.campaigns.senders.replaying import replay, replay_dead
from catalog_app.campaigns.senders.secrets import renew_secret
from catalog_app.campaigns.service import CampaignService
from catalog_app.core.db import db
from catalog_app.core.errors import Fault, RuleError
from catalog_app.core.json_lists import listed
from catalog_app.core.query import Query, about_the_query


@bp.get("/<int:campaign_id>/deliveries/")
@requires_scope("campaigns:read")
def deliveries(campaign_id: int) -> ResponseReturnValue:
    with about_the_query():
        query = Query.taking("status", "limit", "cursor")
        limit, status, cursor = query.limit(), query.one("status"), query.one("cursor")
        if status is not None and status not in DELIVERY_STATUSES:
            raise RuleError({"status": Fault("unknown", f"Choose one of: {', '.join(DELIVERY_STATUSES)}.")})
        CampaignService().get(campaign_id)
        found = reading.deliveries(db.session(), campaign_id, status=status, limit=limit, cursor=cursor)
    return listed(map(delivery_document, found.items), next_cursor=found.next_cursor)


@bp.post("/<int:campaign_id>/deliveries/replay/")
@requires_scope("campaigns:write")
def replay_all(campaign_id: int) -> ResponseReturnValue:
    """Send everything again that was given up."""
    Query.taking()
    return jsonify({"due": replay_dead(campaign_id)}), HTTPStatus.ACCEPTED


@bp.get("/deliveries/<int:delivery_id>/")
@requires_scope("campaigns:read")
def delivery(delivery_id: int) -> ResponseReturnValue:
    Query.taking()
    return jsonify(delivery_document(reading.found(db.session(), delivery_id)))


@bp.post("/deliveries/<int:delivery_id>/replay/")
@requires_scope("campaigns:write")
def replay_one(delivery_id: int) -> ResponseReturnValue:
    """Send one message again that was given up."""
    Query.taking()
    return jsonify(delivery_document(replay(delivery_id))), HTTPStatus.ACCEPTED


@bp.post("/<int:campaign_id>/secret/")
@requires_scope("campaigns:write")
def secret(campaign_id: int) -> ResponseReturnValue:
    """Sign with a new secret. Only this answer shows it."""
    Query.taking()
    answer = jsonify({"campaign_id": campaign_id, "secret": renew_secret(campaign_id, actor=actor())})
    answer.headers["Cache-Control"] = "no-store"
    return answer, HTTPStatus.CREATED
