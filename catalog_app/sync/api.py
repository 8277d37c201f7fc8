"""Sync runs as JSON: asked for, followed, decided. No request waits for a run."""

from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, jsonify, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_scope
from catalog_app.core.cursor import Place, SortKey, read_cursor, write_cursor
from catalog_app.core.errors import Fault, RuleError
from catalog_app.core.json_body import json_object
from catalog_app.core.json_lists import listed
from catalog_app.core.links import API_BASE, absolute
from catalog_app.core.problems import problem
from catalog_app.core.query import Query, about_the_query
from catalog_app.core.text import clean_line
from catalog_app.sync.models import KINDS, SyncChange, SyncRun
from catalog_app.sync.runs.report import change_document, run_document
from catalog_app.sync.runs.states import STATUSES
from catalog_app.sync.runs.used import used_by
from catalog_app.sync.schema import SyncRequest
from catalog_app.sync.service import BusyError, ProductSyncService

bp = Blueprint("sync_api", __name__, url_prefix=API_BASE)

_NEWEST_FIRST = (SortKey("id", SyncRun.id, descending=True),)
_IN_ORDER = (SortKey("id", SyncChange.id),)


@bp.post("/products/sync/")
@requires_scope("sync:run")
def request_sync() -> ResponseReturnValue:
    Query.taking()
    asked = SyncRequest.check(json_object())
    service = ProductSyncService()
    try:
        run = service.request(asked.external_system, dry_run=asked.dry_run, full=asked.full, actor=actor())
    except BusyError as busy:
        return _busy(busy)
    service.enqueue(run)
    message = f"A sync of {run.external_system} was requested; run {run.id} tells how it goes."
    answer = jsonify({"success": True, "message": message, "run": run.id})
    answer.headers["Location"] = _address_of(run.id)
    return answer, HTTPStatus.ACCEPTED


@bp.get("/sync/runs/")
@requires_scope("sync:run")
def runs() -> ResponseReturnValue:
    with about_the_query():
        query = Query.taking("external_system", "status", "limit", "cursor")
        limit, system, status = query.limit(), _system(query), _one_of(query, "status", STATUSES)
        before = _place(query, _NEWEST_FIRST)
    found = ProductSyncService().runs(system=system, status=status, before_id=before, limit=limit + 1)
    following = _cursor(found[limit - 1].id, _NEWEST_FIRST) if len(found) > limit else None
    return listed(map(run_document, found[:limit]), next_cursor=following)


@bp.get("/sync/runs/<int:run_id>/")
@requires_scope("sync:run")
def run(run_id: int) -> ResponseReturnValue:
    Query.taking()
    return jsonify(run_document(ProductSyncService().get(run_id)))


@bp.get("/sync/runs/<int:run_id>/changes/")
@requires_scope("sync:run")
def changes(run_id: int) -> ResponseReturnValue:
    with about_the_query():
        query = Query.taking("kind", "limit", "cursor")
        limit, kind = query.limit(), _one_of(query, "kind", KINDS)
        after = _place(query, _IN_ORDER) or 0
    service = ProductSyncService()
    service.get(run_id)
    found = service.changes(run_id, kind=kind, after_id=after, limit=limit + 1)
    following = _cursor(found[limit - 1].id, _IN_ORDER) if len(found) > limit else None
    shown = found[:limit]
    usages = used_by(shown)
    documents = (change_document(change, usages.get(change.id, ())) for change in shown)
    return listed(documents, next_cursor=following)


@bp.post("/sync/runs/<int:run_id>/apply/")
@requires_scope("sync:approve")
def apply(run_id: int) -> ResponseReturnValue:
    Query.taking()
    return _accepted(lambda: ProductSyncService().approve(run_id, actor=actor()))


@bp.post("/sync/runs/<int:run_id>/undo/")
@requires_scope("sync:approve")
def undo(run_id: int) -> ResponseReturnValue:
    Query.taking()
    return _accepted(lambda: ProductSyncService().request_undo(run_id, actor=actor()))


@bp.post("/sync/runs/<int:run_id>/retry/")
@requires_scope("sync:run")
def retry(run_id: int) -> ResponseReturnValue:
    Query.taking()
    return _accepted(lambda: ProductSyncService().retry_rejected(run_id, actor=actor()))


@bp.post("/sync/runs/<int:run_id>/reject/")
@requires_scope("sync:approve")
def reject(run_id: int) -> ResponseReturnValue:
    Query.taking()
    return jsonify(run_document(ProductSyncService().reject(run_id, actor=actor())))


@bp.post("/sync/runs/<int:run_id>/cancel/")
@requires_scope("sync:run")
def cancel(run_id: int) -> ResponseReturnValue:
    Query.taking()
    return jsonify(run_document(ProductSyncService().cancel(run_id, actor=actor())))


def _accepted(ask: Callable[[], SyncRun]) -> ResponseReturnValue:
    """Answer 202 with the run that a job carries on now, and where to follow it; 409 while its system is busy."""
    try:
        run = ask()
    except BusyError as busy:
        return _busy(busy)
    return jsonify(run_document(run)), HTTPStatus.ACCEPTED, {"Location": _address_of(run.id)}


def _busy(busy: BusyError) -> ResponseReturnValue:
    headers = {} if busy.run_id is None else {"Location": _address_of(busy.run_id)}
    return problem(HTTPStatus.CONFLICT, str(busy), headers=headers, extra={"run": busy.run_id})


def _address_of(run_id: int) -> str:
    return absolute(url_for("sync_api.run", run_id=run_id))


def _system(query: Query) -> str | None:
    text = query.one("external_system")
    try:
        return None if text is None else clean_line(text)
    except ValueError as fault:
        raise RuleError({"external_system": str(fault)}) from None


def _one_of(query: Query, name: str, known: tuple[str, ...]) -> str | None:
    word = query.one(name)
    if word is not None and word not in known:
        raise RuleError({name: Fault("not_a_choice", f"Choose one of: {', '.join(known)}.")})
    return word


def _place(query: Query, order: tuple[SortKey]) -> int | None:
    cursor = query.one("cursor")
    return int(read_cursor(cursor, order).values[0]) if cursor else None


def _cursor(row_id: int, order: tuple[SortKey]) -> str:
    return write_cursor(Place("after", (row_id,)), order)
