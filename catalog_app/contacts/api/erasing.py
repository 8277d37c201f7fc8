"""Erasing a customer, as JSON. The id is posted and never part of an address: addresses end in logs."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_scope
from catalog_app.contacts.api.blueprint import bp
from catalog_app.contacts.erasing import erase
from catalog_app.contacts.schema import ErasureInput
from catalog_app.core.json_body import json_object
from catalog_app.core.query import Query


@bp.post("/erase/")
@requires_scope("admin")
def erase_customer() -> ResponseReturnValue:
    """Erase what is kept of a customer. That nothing is there, or no longer, is what was wanted."""
    Query.taking()
    return jsonify(erase(ErasureInput.check(json_object()).customer_id, actor=actor()))
