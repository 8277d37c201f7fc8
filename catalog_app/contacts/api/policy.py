"""The contact policy: read, and put in place as a whole, with its version as the entity tag."""

from flask import Response, jsonify
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_scope
from catalog_app.contacts import service
from catalog_app.contacts.api.blueprint import bp
from catalog_app.contacts.document import READ_ONLY, policy_document
from catalog_app.contacts.models import ContactPolicy
from catalog_app.contacts.policy import policy_row
from catalog_app.contacts.schema import PolicyInput
from catalog_app.core.db import db
from catalog_app.core.etags import etag, expected_version, not_modified
from catalog_app.core.json_body import json_object
from catalog_app.core.query import Query


@bp.get("/policy/")
@requires_scope("campaigns:read", "admin")
def read_policy() -> ResponseReturnValue:
    Query.taking()
    row = policy_row(db.session())
    return not_modified(row.version) or _answer(row)


@bp.put("/policy/")
@requires_scope("admin")
def put_policy() -> ResponseReturnValue:
    """Put the whole policy in place. What was read may be sent back: what only we write is passed over."""
    Query.taking()
    sent = {name: value for name, value in json_object().items() if name not in READ_ONLY}
    expected = expected_version(_version)
    return _answer(service.save_policy(PolicyInput.check(sent), expected_version=expected, actor=actor()))


def _answer(row: ContactPolicy) -> Response:
    response = jsonify(policy_document(row))
    response.headers["ETag"] = etag(row.version)
    return response


def _version() -> int:
    return policy_row(db.session()).version
