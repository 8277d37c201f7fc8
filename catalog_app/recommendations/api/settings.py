"""How offers are chosen, over JSON: read, and put in place as a whole, with its version as the entity tag."""

from flask import Response, jsonify
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_scope
from catalog_app.core.db import db
from catalog_app.core.etags import etag, expected_version, not_modified
from catalog_app.core.json_body import json_object
from catalog_app.core.json_values import as_json
from catalog_app.core.query import Query
from catalog_app.recommendations.api.blueprint import nbo
from catalog_app.recommendations.models import NboSettings
from catalog_app.recommendations.schema import NboSettingsInput
from catalog_app.recommendations.settings import READ_ONLY, document, save_settings, settings_row


@nbo.get("/settings/")
@requires_scope("ml:read", "admin")
def read_settings() -> ResponseReturnValue:
    Query.taking()
    row = settings_row(db.session())
    return not_modified(row.version) or _answer(row)


@nbo.put("/settings/")
@requires_scope("admin")
def put_settings() -> ResponseReturnValue:
    """Put all settings in place. What was read may be sent back: what only we write is passed over."""
    Query.taking()
    sent = {name: value for name, value in json_object().items() if name not in READ_ONLY}
    checked = NboSettingsInput.check(sent)
    return _answer(save_settings(checked, expected_version=expected_version(_version), actor=actor()))


def _answer(row: NboSettings) -> Response:
    response = jsonify({name: as_json(value) for name, value in document(row).items()})
    response.headers["ETag"] = etag(row.version)
    return response


def _version() -> int:
    return settings_row(db.session()).version
