"""The routes: the same five for each kind of resource, the hub, and the question for recommendations."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, has_scope, requires_scope
from catalog_app.core.errors import RuleError
from catalog_app.core.json_body import JSON, MERGE_PATCH, json_object
from catalog_app.core.links import absolute
from catalog_app.core.query import Query, about_the_query
from catalog_app.tmforum import hub
from catalog_app.tmforum.addresses import BASE, RECOMMENDATIONS, Addresses
from catalog_app.tmforum.asking import Asked, fields_asked, list_asked, number_in, picked
from catalog_app.tmforum.categories import Categories
from catalog_app.tmforum.offerings import PIECE, Offerings
from catalog_app.tmforum.recommendations import DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET, recommendation
from catalog_app.tmforum.resource import Document, Found, Resource
from catalog_app.tmforum.specifications import Specifications
from catalog_app.tmforum.standalone import Prices

RESOURCES: tuple[Resource, ...] = (Offerings(), Specifications(), Prices(), Categories())

bp = Blueprint("tmf620", __name__, url_prefix=BASE)
recommendations = Blueprint("tmf680", __name__, url_prefix=RECOMMENDATIONS)


def _serve(resource: Resource) -> None:
    """Add the routes of one kind of resource."""
    kind = resource.kind

    @bp.get(f"/{kind}", endpoint=f"list_{kind}")
    @requires_scope("products:read")
    def some() -> ResponseReturnValue:
        asked = list_asked(resource.attributes, resource.filters, sees_drafts=_sees_drafts())
        return _listed(resource.some(asked, _addresses()), asked)

    @bp.get(f"/{kind}/<resource_id>", endpoint=f"read_{kind}")
    @requires_scope("products:read")
    def one(resource_id: str) -> ResponseReturnValue:
        fields = fields_asked(resource.attributes)
        return jsonify(picked(resource.one(resource_id, _addresses(), sees_drafts=_sees_drafts()), fields))

    @bp.post(f"/{kind}", endpoint=f"create_{kind}")
    @requires_scope("products:write")
    def create() -> ResponseReturnValue:
        fields = fields_asked(resource.attributes)
        made = resource.create(json_object(), _addresses(), actor=actor())
        return jsonify(picked(made, fields)), HTTPStatus.CREATED, {"Location": made["href"]}

    @bp.patch(f"/{kind}/<resource_id>", endpoint=f"change_{kind}")
    @requires_scope("products:write")
    def change(resource_id: str) -> ResponseReturnValue:
        fields = fields_asked(resource.attributes)
        changed = resource.change(resource_id, json_object(JSON, MERGE_PATCH), _addresses(), actor=actor())
        return jsonify(picked(changed, fields))

    @bp.delete(f"/{kind}/<resource_id>", endpoint=f"delete_{kind}")
    @requires_scope("products:write")
    def delete(resource_id: str) -> ResponseReturnValue:
        Query.taking()
        resource.delete(resource_id, actor=actor())
        return _gone()


for _resource in RESOURCES:
    _serve(_resource)


@bp.post("/hub")
@requires_scope("webhooks")
def subscribe() -> ResponseReturnValue:
    Query.taking()
    made = hub.subscribe(json_object(), actor=actor())
    return jsonify(made), HTTPStatus.CREATED, {"Location": absolute(f"{BASE}/hub/{made['id']}")}


@bp.delete("/hub/<resource_id>")
@requires_scope("webhooks")
def unsubscribe(resource_id: str) -> ResponseReturnValue:
    Query.taking()
    hub.unsubscribe(resource_id, actor=actor())
    return _gone()


@recommendations.post("/queryProductRecommendation")
@requires_scope("nbo:read")
def recommend() -> ResponseReturnValue:
    with about_the_query():
        query = Query.taking("offset", "limit")
        offset, limit = number_in(query, "offset") or 0, number_in(query, "limit")
        for name, number, most in (("offset", offset, MAX_OFFSET), ("limit", limit or 0, MAX_LIMIT)):
            if number > most:
                raise RuleError({name: f"Use a whole number from 0 to {most}."})
    wanted = DEFAULT_LIMIT if limit is None else limit
    return jsonify(
        recommendation(json_object(), _addresses(), offset=offset, limit=wanted, actor=actor())
    ), HTTPStatus.CREATED


def _addresses() -> Addresses:
    return Addresses(absolute(""))


def _sees_drafts() -> bool:
    return has_scope("products:write")


def _gone() -> Response:
    answer = Response(status=HTTPStatus.NO_CONTENT)
    del answer.headers["Content-Type"]
    return answer


def _listed(found: Found, asked: Asked) -> Response:
    """Answer a bare array; 206 says that a part was asked for, and that more remain after it."""
    is_more = asked.is_part and asked.offset + found.count < found.total
    status = HTTPStatus.PARTIAL_CONTENT if is_more else HTTPStatus.OK
    headers = {"X-Total-Count": str(found.total), "X-Result-Count": str(found.count)}
    documents = (asked.shown(document) for document in found.documents)
    if found.count <= PIECE or request.method == "HEAD":
        return Response(_array(documents), status=status, headers=headers, content_type=JSON)
    return Response(_pieces(documents), status=status, headers=headers, content_type=JSON)


def _array(documents: Iterator[Document]) -> bytes:
    return orjson.dumps(list(documents))


def _pieces(documents: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """Yield the text of an array of any length, some hundred documents at a time."""
    before, piece = b"[", []
    for document in documents:
        piece.append(document)
        if len(piece) == PIECE:
            yield before + orjson.dumps(piece)[1:-1]
            before, piece = b",", []
    yield (before if piece or before == b"[" else b"") + orjson.dumps(piece)[1:-1] + b"]"
