"""External systems as JSON: read, added, changed, deleted, tried. Secrets go in and never come out."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_scope
from catalog_app.core.db import db
from catalog_app.core.errors import FatalError, RetriableError, RuleError
from catalog_app.core.etags import etag, expected_version, not_modified
from catalog_app.core.json_body import JSON, MERGE_PATCH, json_object
from catalog_app.core.json_lists import listed
from catalog_app.core.links import API_BASE, absolute
from catalog_app.core.query import Query
from catalog_app.core.wiring import settings
from catalog_app.products.patch import merge_patch
from catalog_app.sync.models import ExternalSystem
from catalog_app.sync.systems import systems
from catalog_app.sync.systems.document import READ_ONLY, system_document
from catalog_app.sync.systems.probe import Probe, ProbedRecord, probe
from catalog_app.sync.systems.schema import SystemInput, checked_key, checked_secrets, settings_of, told_together
from catalog_app.sync.systems.secrets import SecretInput
from catalog_app.sync.systems.sources import all_systems, found

bp = Blueprint("systems_api", __name__, url_prefix=f"{API_BASE}/systems")


@bp.get("/")
@requires_scope("admin")
def index() -> ResponseReturnValue:
    Query.taking()
    return listed(map(system_document, all_systems(db.session())), next_cursor=None)


@bp.post("/")
@requires_scope("admin")
def create() -> ResponseReturnValue:
    Query.taking()
    sent = json_object()
    key = sent.pop("key", None)
    if not isinstance(key, str):
        raise RuleError({"key": "Fill this in." if key is None else "Write this as text."})
    _key, (checked, secrets) = told_together(lambda: checked_key(key), lambda: _checked(key, sent))
    system = systems.create_system(key, checked, secrets=secrets, actor=actor())
    answer = _answer(system)
    answer.headers["Location"] = absolute(url_for("systems_api.read", key=system.key))
    return answer, HTTPStatus.CREATED


@bp.get("/<key>/")
@requires_scope("admin")
def read(key: str) -> ResponseReturnValue:
    Query.taking()
    system = found(db.session(), key)
    return not_modified(system.version) or _answer(system)


@bp.put("/<key>/")
@requires_scope("admin")
def replace(key: str) -> ResponseReturnValue:
    Query.taking()
    sent = json_object()
    expected = expected_version(lambda: found(db.session(), key).version)
    return _answer(_saved(found(db.session(), key), sent, expected))


@bp.patch("/<key>/")
@requires_scope("admin")
def patch(key: str) -> ResponseReturnValue:
    Query.taking()
    sent = json_object(JSON, MERGE_PATCH)
    expected = expected_version(lambda: found(db.session(), key).version)
    system = found(db.session(), key)
    secrets = sent.pop("secrets", {})
    merged = merge_patch(settings_of(system), sent)
    # What is merged was read at this version; another one that stands by then is refused.
    return _answer(_saved(system, {**merged, "secrets": secrets}, system.version if expected is None else expected))


@bp.delete("/<key>/")
@requires_scope("admin")
def delete(key: str) -> ResponseReturnValue:
    Query.taking()
    expected = expected_version(lambda: found(db.session(), key).version)
    systems.delete_system(key, expected_version=expected, actor=actor())
    answer = Response(status=HTTPStatus.NO_CONTENT)
    del answer.headers["Content-Type"]
    return answer


@bp.post("/<key>/test/")
@requires_scope("admin")
def test(key: str) -> ResponseReturnValue:
    """Read and map the first page; nothing is written. That the source fails is an answer, not an error of ours."""
    Query.taking()
    try:
        result = probe(db.session(), key)
    except (FatalError, RetriableError) as fault:
        return jsonify({"external_system": key, "success": False, "error": str(fault)})
    return jsonify(_tried(result))


def _saved(system: ExternalSystem, sent: Mapping[str, Any], expected: int | None) -> ExternalSystem:
    checked, secrets = _checked(system.key, sent)
    return systems.update_system(system.key, checked, secrets=secrets, expected_version=expected, actor=actor())


def _checked(key: str, sent: Mapping[str, Any]) -> tuple[SystemInput, dict[str, SecretInput]]:
    """Return what a client sent, checked, with the faults of both parts told together."""
    if sent.get("key", key) != key:
        raise RuleError({"key": "A system keeps the key it was made with."})
    values = {name: value for name, value in sent.items() if name not in READ_ONLY and name != "secrets"}
    checked, secrets = told_together(
        lambda: SystemInput.check(values, preset=settings().source(key).preset),
        lambda: checked_secrets(sent.get("secrets") or {}),
    )
    return checked, secrets


def _answer(system: ExternalSystem) -> Response:
    answer = jsonify(system_document(system))
    answer.headers["ETag"] = etag(system.version)
    return answer


def _tried(result: Probe) -> dict[str, Any]:
    return {
        "external_system": result.system,
        "success": True,
        "rows": result.rows,
        "expected_total": result.expected_total,
        "mapped": len(result.mapped),
        "rejected": len(result.rejected),
        "records": [_record(record) for record in result.records],
        "unknown_words": [
            {"table": unknown.table, "word": unknown.word, "records": unknown.records}
            for unknown in result.unknown_words
        ],
    }


def _record(record: ProbedRecord) -> dict[str, Any]:
    shown = {"external_product_id": record.external_product_id}
    if record.values is None:
        return {**shown, "values": None, "field": record.field, "reason": record.reason}
    return {**shown, "values": record.values, "field": None, "reason": None}
