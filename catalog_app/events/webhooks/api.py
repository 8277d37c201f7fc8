"""Webhooks as JSON: subscribed, looked at, tried, told again."""

from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, jsonify, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_scope
from catalog_app.core.courier import new_secret
from catalog_app.core.cursor import Place, SortKey, read_cursor, write_cursor
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError
from catalog_app.core.json_body import json_object
from catalog_app.core.json_lists import listed
from catalog_app.core.links import API_BASE, absolute
from catalog_app.core.query import Query, about_the_query
from catalog_app.events.webhooks import service
from catalog_app.events.webhooks.document import delivery_document, webhook_documents
from catalog_app.events.webhooks.models import STATUSES, Webhook, WebhookDelivery
from catalog_app.events.webhooks.schema import ReplayInput, WebhookInput

bp = Blueprint("webhooks_api", __name__, url_prefix=f"{API_BASE}/webhooks")

SHAPE: Final = "product"
"""The form of events that this door subscribes to; other doors have theirs."""
_NEWEST_FIRST: Final = (SortKey("id", WebhookDelivery.id, descending=True),)


@bp.get("/")
@requires_scope("webhooks")
def index() -> ResponseReturnValue:
    Query.taking()
    session = db.session()
    return listed(webhook_documents(session, service.webhooks(session)), next_cursor=None)


@bp.post("/")
@requires_scope("webhooks")
def create() -> ResponseReturnValue:
    """Subscribe an address. Only this answer ever shows the secret that its deliveries are signed with."""
    Query.taking()
    asked, secret = WebhookInput.check(json_object()), new_secret()
    webhook = service.subscribe(
        url=asked.url,
        shape=SHAPE,
        event_types=asked.event_types,
        description=asked.description,
        since=asked.since,  # type: ignore[arg-type]  # the validator has made a position of it
        secret=secret,
        actor=actor(),
    )
    answer = jsonify({**_document(webhook), "secret": secret})
    answer.headers["Location"] = absolute(url_for("webhooks_api.read", webhook_id=webhook.id))
    answer.headers["Cache-Control"] = "no-store"
    return answer, HTTPStatus.CREATED


@bp.get("/<int:webhook_id>/")
@requires_scope("webhooks")
def read(webhook_id: int) -> ResponseReturnValue:
    Query.taking()
    return jsonify(_document(service.found(db.session(), webhook_id)))


@bp.delete("/<int:webhook_id>/")
@requires_scope("webhooks")
def delete(webhook_id: int) -> ResponseReturnValue:
    Query.taking()
    service.unsubscribe(webhook_id, actor=actor())
    answer = Response(status=HTTPStatus.NO_CONTENT)
    del answer.headers["Content-Type"]
    return answer


@bp.post("/<int:webhook_id>/enable/")
@requires_scope("webhooks")
def enable(webhook_id: int) -> ResponseReturnValue:
    Query.taking()
    return jsonify(_document(service.enable(webhook_id, actor=actor())))


@bp.post("/<int:webhook_id>/test/")
@requires_scope("webhooks")
def test(webhook_id: int) -> ResponseReturnValue:
    """Send one event now, and wait for what comes of it. That the address fails is an answer, not an error of ours."""
    Query.taking()
    outcome = service.try_out(webhook_id)
    return jsonify({"success": outcome.is_delivered, "status": outcome.status, "error": outcome.error})


@bp.get("/<int:webhook_id>/deliveries/")
@requires_scope("webhooks")
def deliveries(webhook_id: int) -> ResponseReturnValue:
    with about_the_query():
        query = Query.taking("status", "limit", "cursor")
        limit, status, cursor = query.limit(), query.one("status"), query.one("cursor")
        if status is not None and status not in STATUSES:
            raise RuleError({"status": f"Choose one of: {', '.join(STATUSES)}."})
        before = int(read_cursor(cursor, _NEWEST_FIRST).values[0]) if cursor else None
    session = db.session()
    service.found(session, webhook_id)
    found = service.deliveries(session, webhook_id, status=status, before_id=before, limit=limit + 1)
    following = write_cursor(Place("after", (found[limit - 1].id,)), _NEWEST_FIRST) if len(found) > limit else None
    return listed(map(delivery_document, found[:limit]), next_cursor=following)


@bp.post("/<int:webhook_id>/replay/")
@requires_scope("webhooks")
def replay(webhook_id: int) -> ResponseReturnValue:
    """Have events told again: everything since a cursor, one delivery, or all that were given up."""
    Query.taking()
    asked = ReplayInput.check(json_object())
    if asked.since is not None and asked.delivery is not None:
        raise RuleError({"delivery": "Name a cursor or a delivery, not both."})
    since: Any = asked.since
    due = service.replay(webhook_id, since=since, delivery_id=asked.delivery, actor=actor())
    return jsonify({"due": due, **_document(service.found(db.session(), webhook_id))}), HTTPStatus.ACCEPTED


def _document(webhook: Webhook) -> dict[str, Any]:
    return webhook_documents(db.session(), [webhook])[0]
