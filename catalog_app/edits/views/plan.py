"""The page of a plan: how it stands, what holds it, and every row of it."""

from http import HTTPStatus
from typing import Any

from flask import Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, i_may, requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import CatalogError, Sentence
from catalog_app.core.htmx import wants_fragment
from catalog_app.edits.actions import ACTIONS
from catalog_app.edits.applying import changed_since
from catalog_app.edits.models import APPLIED, BULK, CREATE, KINDS, SET_ASIDE, UPDATE, WAITING, EditChange, EditPlan
from catalog_app.edits.selection import Selection
from catalog_app.edits.states import is_going_on
from catalog_app.edits.views.blueprint import bp, edits
from catalog_app.edits.views.lines import lines_of
from catalog_app.edits.views.new import Selected, selected
from catalog_app.edits.views.wording import PlanWords
from catalog_app.events.diffs import label_of
from catalog_app.products.plans.paging import row_page

ROWS_A_PAGE = 25
MAX_ID = 2**31 - 1
COLUMNS = {UPDATE: "updated", CREATE: "created", SET_ASIDE: "rejected"}


@bp.get("/<int:plan_id>")
@requires_role("viewer")
def show(plan_id: int) -> ResponseReturnValue:
    return plan_page(plan_id)


def plan_page(plan_id: int, status: HTTPStatus = HTTPStatus.OK, *, refusal: str | None = None) -> Response:
    """Return the page of a plan, or what is inside it where htmx asks; `refusal` says why a decision was not taken."""
    plan, session = edits().get(plan_id), db.session()
    kind, after = _kind(plan), _place()
    of_plan = (EditChange.plan_id == plan_id, EditChange.kind == kind)
    page = row_page(session, EditChange, *of_plan, after_id=after, limit=ROWS_A_PAGE)
    goes_on, asks_usage = is_going_on(plan), _asks_usage(plan)
    asked: dict[str, Any] = {"kind": request.args.get("kind"), "after": after or None}
    body = render_template(
        "edits/_plan.html" if wants_fragment() else "edits/plan.html",
        plan=plan,
        words=PlanWords(plan, utcnow()),
        kind=kind,
        counts={name: getattr(plan, column) for name, column in COLUMNS.items()},
        page=page,
        lines=lines_of(session, page.items, with_usages=asks_usage and plan.status in WAITING),
        asks_usage=asks_usage,
        goes_on=goes_on,
        waits=plan.status in WAITING,
        moved=changed_since(session, plan) if plan.status in WAITING and not plan.error else 0,
        may_apply=may_apply(plan),
        may_undo=may_undo(plan),
        may_cancel=is_mine(plan),
        is_done=not goes_on and request.args.get("was") in ("applying", "undoing") and plan.error is None,
        selected=_selected(plan),
        label_of=label_of,
        refusal=refusal,
        here=url_for("edits.show", plan_id=plan_id, **asked),
        again=url_for("edits.show", plan_id=plan_id, **asked, was=_was(plan)),
    )
    return make_response(body, status)


def is_mine(plan: EditPlan) -> bool:
    """Return whether the person who looks may end the plan: they asked for it, or approve those of others."""
    return i_may("approver") or (i_may("editor") and plan.requested_by == actor())


def may_apply(plan: EditPlan) -> bool:
    return i_may("approver" if plan.held_because else "editor")


def may_undo(plan: EditPlan) -> bool:
    """Return whether the person who looks may take the plan back, and there is something to take back."""
    return plan.status == APPLIED and plan.undone_by is None and plan.size > 0 and is_mine(plan)


def _was(plan: EditPlan) -> str | None:
    if plan.status == APPLIED:
        return "undoing"
    return plan.status if plan.status == "applying" else None


def _asks_usage(plan: EditPlan) -> bool:
    asking = {action.name for action in ACTIONS if action.asks_usage}
    return plan.kind == BULK and plan.request.get("action") in asking


def _selected(plan: EditPlan) -> Selected | None:
    """Return which products were meant; None for a file, and where the filters of then are no more."""
    if plan.kind != BULK:
        return None
    try:
        return selected(Selection.from_request(plan.request))
    except CatalogError:
        return None


def _kind(plan: EditPlan) -> str:
    asked = request.args.get("kind")
    if asked is not None:
        return asked if asked in KINDS else abort(HTTPStatus.NOT_FOUND, Sentence("There is no such kind of row."))
    return next((kind for kind in COLUMNS if getattr(plan, COLUMNS[kind])), UPDATE)


def _place() -> int:
    return max(0, min(request.args.get("after", default=0, type=int) or 0, MAX_ID))
