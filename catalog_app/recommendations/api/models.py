"""Model versions over JSON: listed, looked at, put in place and taken back."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_scope
from catalog_app.core.json_lists import listed
from catalog_app.core.query import Query, about_the_query
from catalog_app.recommendations.api.blueprint import nbo
from catalog_app.recommendations.api.documents import model_document
from catalog_app.recommendations.training.versions import ModelService


@nbo.get("/models/")
@requires_scope("ml:read", "admin")
def list_models() -> ResponseReturnValue:
    with about_the_query():
        query = Query.taking("limit", "cursor")
        found = ModelService().search(limit=query.limit(), cursor=query.one("cursor"))
    return listed(map(model_document, found.items), next_cursor=found.next_cursor)


@nbo.get("/models/<int:version>/")
@requires_scope("ml:read", "admin")
def read_model(version: int) -> ResponseReturnValue:
    Query.taking()
    return jsonify(model_document(ModelService().get(version), whole=True))


@nbo.post("/models/<int:version>/activate/")
@requires_scope("admin")
def activate_model(version: int) -> ResponseReturnValue:
    Query.taking()
    return jsonify(model_document(ModelService().activate(version, actor=actor())))


@nbo.post("/models/rollback/")
@requires_scope("admin")
def roll_back_model() -> ResponseReturnValue:
    Query.taking()
    return jsonify(model_document(ModelService().roll_back(actor=actor())))
