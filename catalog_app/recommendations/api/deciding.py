"""POST /nbo/decide: what to offer this customer now."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_scope
from catalog_app.core.json_body import json_object
from catalog_app.core.query import Query
from catalog_app.recommendations import service
from catalog_app.recommendations.api.answers import decision
from catalog_app.recommendations.api.asking import DecideInput
from catalog_app.recommendations.api.blueprint import nbo


@nbo.post("/decide/")
@requires_scope("nbo:read")
def decide() -> ResponseReturnValue:
    Query.taking()
    asked = DecideInput.check(json_object()).asked()
    return jsonify(decision(service.decide(asked, actor=actor()), explain=asked.explain))
