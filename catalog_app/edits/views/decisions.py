"""What is decided about a plan: applied, cancelled, refused, made again, taken back."""

from http import HTTPStatus

from flask import Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, i_may, requires_role
from catalog_app.core.babel import in_words
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import ConflictError
from catalog_app.core.htmx import wants_fragment
from catalog_app.edits.outlook import changed_after
from catalog_app.edits.service import NeedsApproverError, check_undo
from catalog_app.edits.views.blueprint import bp, edits
from catalog_app.edits.views.new import to_plan
from catalog_app.edits.views.plan import is_mine, plan_page


@bp.post("/<int:plan_id>/apply")
@requires_role("editor")
def apply(plan_id: int) -> ResponseReturnValue:
    try:
        edits().apply(plan_id, actor=actor(), approves=i_may("approver"))
    except NeedsApproverError as error:
        abort(HTTPStatus.FORBIDDEN, in_words(str(error)))
    except ConflictError as error:
        return _refused(plan_id, error)
    return _decided(plan_id)


@bp.post("/<int:plan_id>/cancel")
@requires_role("editor")
def cancel(plan_id: int) -> ResponseReturnValue:
    _check_mine(plan_id)
    try:
        edits().cancel(plan_id, actor=actor())
    except ConflictError as error:
        return _refused(plan_id, error)
    return _decided(plan_id)


@bp.post("/<int:plan_id>/reject")
@requires_role("approver")
def reject(plan_id: int) -> ResponseReturnValue:
    try:
        edits().reject(plan_id, actor=actor())
    except ConflictError as error:
        return _refused(plan_id, error)
    return _decided(plan_id)


@bp.post("/<int:plan_id>/replan")
@requires_role("editor")
def replan(plan_id: int) -> ResponseReturnValue:
    """Make the same plan again in place of this one, and show it."""
    _check_mine(plan_id)
    try:
        plan = edits().replan(plan_id, actor=actor())
    except ConflictError as error:
        return _refused(plan_id, error)
    return to_plan(plan.id)


@bp.get("/<int:plan_id>/undo")
@requires_role("editor")
def confirm_undo(plan_id: int) -> ResponseReturnValue:
    """Ask once more, with what comes back and what was changed since."""
    _check_mine(plan_id)
    plan = edits().get(plan_id)
    try:
        check_undo(plan, now=utcnow())
    except ConflictError as error:
        return _refused(plan_id, error)
    return Response(
        render_template(
            "edits/_undo.html" if wants_fragment() else "edits/undo.html",
            plan=plan,
            since=changed_after(db.session(), plan),
            in_dialog=wants_fragment(),
        )
    )


@bp.post("/<int:plan_id>/undo")
@requires_role("editor")
def undo(plan_id: int) -> ResponseReturnValue:
    _check_mine(plan_id)
    try:
        edits().request_undo(plan_id, actor=actor())
    except ConflictError as error:
        return _refused(plan_id, error)
    return to_plan(plan_id)


def _check_mine(plan_id: int) -> None:
    if not is_mine(edits().get(plan_id)):
        abort(HTTPStatus.FORBIDDEN, gettext("This edit is somebody else's; they or an approver decide about it."))


def _decided(plan_id: int) -> ResponseReturnValue:
    if wants_fragment():
        return plan_page(plan_id)
    return redirect(url_for("edits.show", plan_id=plan_id), HTTPStatus.SEE_OTHER)


def _refused(plan_id: int, error: ConflictError) -> ResponseReturnValue:
    return plan_page(plan_id, HTTPStatus.CONFLICT, refusal=in_words(str(error)))
