"""What an approver decides about a plan. Each decision is asked for once more, with its number."""

from http import HTTPStatus

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from catalog_app.accounts import actor, requires_role
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError
from catalog_app.core.htmx import wants_fragment
from catalog_app.sync.models import ExternalSystem, SyncRun
from catalog_app.sync.views.blueprint import bp, syncs
from catalog_app.sync.views.run import run_page, waits_for_a_person


@bp.get("/runs/<int:run_id>/apply")
@requires_role("approver")
def confirm_apply(run_id: int) -> ResponseReturnValue:
    return _question("apply", run_id)


@bp.post("/runs/<int:run_id>/apply")
@requires_role("approver")
def apply(run_id: int) -> ResponseReturnValue:
    try:
        run = syncs().apply(run_id, actor=actor())
    except ConflictError as error:
        return _refused("apply", run_id, str(error))
    done = ngettext(
        "Run %(run)d applied: %(num)d change.", "Run %(run)d applied: %(num)d changes.", size_of(run), run=run.id
    )
    return _decided(run_id, done)


@bp.get("/runs/<int:run_id>/reject")
@requires_role("approver")
def confirm_reject(run_id: int) -> ResponseReturnValue:
    return _question("reject", run_id)


@bp.post("/runs/<int:run_id>/reject")
@requires_role("approver")
def reject(run_id: int) -> ResponseReturnValue:
    try:
        syncs().reject(run_id, actor=actor())
    except ConflictError as error:
        return _refused("reject", run_id, str(error))
    return _decided(run_id, gettext("Plan of run %(run)d rejected. Nothing of it was written.", run=run_id))


def size_of(run: SyncRun) -> int:
    """Return how many products the plan changes; a conflict alone changes none."""
    return run.created + run.updated + run.withdrawn


def _question(verb: str, run_id: int) -> ResponseReturnValue:
    run = syncs().get(run_id)
    if not waits_for_a_person(run):
        refusal = gettext("Run %(run)d does not wait for a decision any more.", run=run_id)
        return _refused(verb, run_id, refusal)
    return _asked(verb, run)


def _asked(
    verb: str, run: SyncRun, status: HTTPStatus = HTTPStatus.OK, *, refusal: str | None = None
) -> ResponseReturnValue:
    page = render_template(
        f"sync/_{verb}.html" if wants_fragment() else f"sync/{verb}.html",
        run=run,
        system=db.session().get_one(ExternalSystem, run.external_system),
        size=size_of(run),
        refusal=refusal,
    )
    return page, status


def _refused(verb: str, run_id: int, refusal: str) -> ResponseReturnValue:
    if wants_fragment():
        return _asked(verb, syncs().get(run_id), HTTPStatus.CONFLICT, refusal=refusal)
    return run_page(run_id, HTTPStatus.CONFLICT, refusal=refusal)


def _decided(run_id: int, done: str) -> ResponseReturnValue:
    flash(done, "good")
    target = url_for("sync.run", run_id=run_id)
    if wants_fragment():
        return Response(headers={"HX-Redirect": target})
    return redirect(target, HTTPStatus.SEE_OTHER)
