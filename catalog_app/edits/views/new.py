"""The form of a bulk action, for the products that were picked or all that match: a dialog on htmx, a page without."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts import actor, requires_role
from catalog_app.core.babel import in_words
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.wiring import settings
from catalog_app.edits.actions import action_named
from catalog_app.edits.actions.base import BulkAction
from catalog_app.edits.links import CATALOG_PAGE
from catalog_app.edits.models import BULK
from catalog_app.edits.selection import Selection
from catalog_app.edits.views.blueprint import bp, edits
from catalog_app.edits.views.forms import ActionForm, Offered, currency_choices, form_of
from catalog_app.products.choices import Choices, choices
from catalog_app.products.systems import systems
from catalog_app.products.views.chips import FilterChip, chips
from catalog_app.products.views.list_state import read_state


@dataclass(frozen=True)
class Selected:
    """A selection as a page says it: how many products, by which filters, and where the list of them is."""

    selection: Selection
    count: int
    chips: list[FilterChip]
    url: str


@bp.route("/new", methods=["GET", "POST"])
@requires_role("editor")
def new() -> ResponseReturnValue:
    """Ask what an action needs to know. It comes by POST, because a thousand products do not fit into an address."""
    try:
        selection = Selection.of(_sent())
    except RuleError as error:
        return _nothing_selected(error)
    action, found = action_named(request.values.get("action")), choices()
    form = form_of(action, _offered(selection, found), opened=True)
    return _form(action, form, _selected(selection, found), found)


@bp.post("/")
@requires_role("editor")
def create() -> ResponseReturnValue:
    """Ask for a plan, and show it."""
    try:
        selection = Selection.of(_sent())
    except RuleError as error:
        return _nothing_selected(error)
    action, found = action_named(request.form.get("action")), choices()
    form = form_of(action, _offered(selection, found), opened=False)
    try:
        values = action.check(form.sent())
    except RuleError as error:
        form.put_errors(error.errors)
        return _form(action, form, _selected(selection, found), found, HTTPStatus.UNPROCESSABLE_ENTITY)
    asked = {"action": action.name, "values": values, **selection.document()}
    plan = edits().request(kind=BULK, title=action.words(values), request=asked, actor=actor())
    return to_plan(plan.id)


def to_plan(plan_id: int) -> ResponseReturnValue:
    target = url_for("edits.show", plan_id=plan_id)
    if wants_fragment():
        return Response(headers={"HX-Redirect": target})
    return redirect(target, HTTPStatus.SEE_OTHER)


def selected(selection: Selection) -> Selected:
    """Return a selection as a page says it."""
    return _selected(selection, choices())


def _selected(selection: Selection, found: Choices) -> Selected:
    state = read_state(url_for(CATALOG_PAGE), parse_qs(selection.query.lstrip("?")))
    labels = {key: facts.label for key, facts in systems().items()}
    words = {"segment": found.segments, "external_system": labels}
    said = chips(state, words) if selection.ids is None else []
    return Selected(selection, selection.count(db.session(), utcnow()), said, state.url)


def _sent() -> dict[str, list[str]]:
    return {name: request.values.getlist(name) for name in ("ids", "all", "query")}


def _offered(selection: Selection, found: Choices) -> Offered:
    currencies = selection.currencies(db.session(), utcnow())
    return Offered(
        currencies=currency_choices(currencies, settings().base_currency),
        segments=found.segments,
        categories=found.categories,
    )


def _form(
    action: BulkAction, form: ActionForm, chosen: Selected, found: Choices, status: HTTPStatus = HTTPStatus.OK
) -> ResponseReturnValue:
    in_dialog = wants_fragment()
    page = render_template(
        "edits/_new.html" if in_dialog else "edits/new.html",
        action=action,
        form=form,
        selected=chosen,
        categories=found.categories,
        in_dialog=in_dialog,
    )
    return make_response(page, status)


def _nothing_selected(error: RuleError) -> ResponseReturnValue:
    page = render_template(
        "edits/_nothing.html" if wants_fragment() else "edits/nothing.html",
        text=" ".join(in_words(words) for words in error.errors.values()),
        in_dialog=wants_fragment(),
    )
    return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY)
