"""What is decided about a run: apply, reject, take back, try again, plan again. What writes is asked for once more."""

from http import HTTPStatus

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from catalog_app.accounts import actor, requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.moments import figure
from catalog_app.sync.models import APPLIED, ExternalSystem, SyncRun
from catalog_app.sync.runs.outlook import changed_since
from catalog_app.sync.runs.states import is_undo_wanted, is_waiting
from catalog_app.sync.views.blueprint import bp, syncs
from catalog_app.sync.views.run import run_page
from catalog_app.sync.views.wording import RunWords


@bp.get("/runs/<int:run_id>/apply")
@requires_role("approver")
def confirm_apply(run_id: int) -> ResponseReturnValue:
    return _plan_question("apply", run_id)


@bp.post("/runs/<int:run_id>/apply")
@requires_role("approver")
def apply(run_id: int) -> ResponseReturnValue:
    try:
        run = syncs().approve(run_id, actor=actor())
    except ConflictError as error:
        return _refused("apply", run_id, str(error))
    size = _words(run).size
    done = ngettext(
        "Run %(run)d approved: %(count)s change is being applied.",
        "Run %(run)d approved: %(count)s changes are being applied.",
        size,
        run=run.id,
        count=figure(size),
    )
    return _decided(run_id, done)


@bp.get("/runs/<int:run_id>/reject")
@requires_role("approver")
def confirm_reject(run_id: int) -> ResponseReturnValue:
    return _plan_question("reject", run_id)


@bp.post("/runs/<int:run_id>/reject")
@requires_role("approver")
def reject(run_id: int) -> ResponseReturnValue:
    try:
        syncs().reject(run_id, actor=actor())
    except ConflictError as error:
        return _refused("reject", run_id, str(error))
    return _decided(run_id, gettext("Plan of run %(run)d rejected. Nothing of it was written.", run=run_id))


@bp.get("/runs/<int:run_id>/undo")
@requires_role("approver")
def confirm_undo(run_id: int) -> ResponseReturnValue:
    run = syncs().get(run_id)
    if not may_be_undone(run):
        return _refused("undo", run_id, gettext("Run %(run)d cannot be taken back (any more).", run=run_id))
    return _asked("undo", run, since=changed_since(db.session(), run))


@bp.post("/runs/<int:run_id>/undo")
@requires_role("approver")
def undo(run_id: int) -> ResponseReturnValue:
    try:
        syncs().request_undo(run_id, actor=actor())
    except ConflictError as error:
        return _refused("undo", run_id, str(error))
    return _decided(run_id, gettext("Run %(run)d is being taken back.", run=run_id))


@bp.post("/runs/<int:run_id>/retry")
@requires_role("approver")
def retry(run_id: int) -> ResponseReturnValue:
    """Try the rejected records again, and show the run that does."""
    try:
        run = syncs().retry_rejected(run_id, actor=actor())
    except ConflictError as error:
        return run_page(run_id, HTTPStatus.CONFLICT, refusal=str(error))
    return _decided(run.id, gettext("The rejected records of run %(run)d are tried again.", run=run_id))


@bp.post("/runs/<int:run_id>/replan")
@requires_role("approver")
def replan(run_id: int) -> ResponseReturnValue:
    """Make a new plan in place of one that no longer fits, and show its run."""
    try:
        run = syncs().replan(run_id, actor=actor())
    except ConflictError as error:
        return run_page(run_id, HTTPStatus.CONFLICT, refusal=str(error))
    return _decided(run.id, gettext("A new plan is made in place of that of run %(run)d.", run=run_id))


def may_be_undone(run: SyncRun) -> bool:
    """Return whether there is anything of the run that could be taken back."""
    size = run.created + run.updated + run.withdrawn
    return run.status == APPLIED and run.undone_at is None and not is_undo_wanted(run) and size > 0


def _words(run: SyncRun) -> RunWords:
    return RunWords(run, _system(run).label, utcnow())


def _system(run: SyncRun) -> ExternalSystem:
    return db.session().get_one(ExternalSystem, run.external_system)


def _plan_question(verb: str, run_id: int) -> ResponseReturnValue:
    run = syncs().get(run_id)
    if not is_waiting(run):
        refusal = gettext("Run %(run)d does not wait for a decision any more.", run=run_id)
        return _refused(verb, run_id, refusal)
    return _asked(verb, run)


def _asked(
    verb: str, run: SyncRun, status: HTTPStatus = HTTPStatus.OK, *, refusal: str | None = None, since: int = 0
) -> ResponseReturnValue:
    page = render_template(
        f"sync/_{verb}.html" if wants_fragment() else "sync/decide.html",
        part=f"sync/_{verb}.html",
        run=run,
        system=_system(run),
        size=_words(run).size,
        since=since,
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
