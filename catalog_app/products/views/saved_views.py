"""Saved views: keep the state of the list under a name, and put one's views in order."""

from http import HTTPStatus

import orjson
from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import i_may, requires_role
from catalog_app.accounts.identity import signed_in
from catalog_app.core.babel import in_words
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.products.lists import saved_views
from catalog_app.products.lists.models import SavedView
from catalog_app.products.views import deleted_views
from catalog_app.products.views.blueprint import bp, dialog, done, refused
from catalog_app.products.views.rail import rail, usable_query

VIEWS_CHANGED = "views-changed"
"""The event that tells the rail to read the views again."""


@bp.get("/views/counts")
@requires_role("viewer")
def view_counts() -> ResponseReturnValue:
    """Answer with the views and all their counts."""
    here = request.args.get("here", "")
    found = rail(url_for("products.index"), here, count=True)
    return render_template("products/_rail.html", rail=found, here=here)


@bp.get("/views/new")
@requires_role("viewer")
def new_view() -> ResponseReturnValue:
    return _asked(usable_query(_list(), request.args.get("query", "")))


@bp.post("/views")
@requires_role("viewer")
def save_view() -> ResponseReturnValue:
    query, name = usable_query(_list(), request.form.get("query", "")), request.form.get("name", "")
    try:
        view = saved_views.save_view(signed_in().user_id, name, query, shared=_shared())
    except RuleError as error:
        return _asked(query, name, error.errors, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _told(gettext("View %(name)s saved", name=view.name), f"{_list()}?{query}" if query else _list())


@bp.get("/views")
@requires_role("viewer")
def views() -> ResponseReturnValue:
    return _views()


@bp.post("/views/<int:view_id>")
@requires_role("viewer")
def change_view(view_id: int) -> ResponseReturnValue:
    """Rename or share a view, move it up, or delete it: whatever the pressed button says."""
    user, wanted, name = signed_in().user_id, request.form.get("do"), request.form.get("name", "")
    try:
        if wanted == "delete":
            return _deleted(saved_views.delete_view(view_id, user, any_shared=i_may("admin")))
        elif wanted == "up":
            saved_views.move_up(view_id, user)
        else:
            saved_views.change_view(view_id, user, name, shared=_shared())
    except RuleError as error:
        return _views(HTTPStatus.UNPROCESSABLE_ENTITY, faulty=view_id, typed=name, errors=error.errors)
    return _views()


@bp.post("/views/<int:view_id>/restore")
@requires_role("viewer")
def restore_view(view_id: int) -> ResponseReturnValue:
    """Bring back a view that this person has just deleted."""
    try:
        view = saved_views.restore_view(deleted_views.recall(view_id))
    except RuleError as error:
        return refused(" ".join(map(in_words, error.errors.values())), _list(), HTTPStatus.UNPROCESSABLE_ENTITY)
    deleted_views.forget(view_id)
    return done(gettext("View %(name)s is back", name=view.name), _list())


def _deleted(view: SavedView) -> ResponseReturnValue:
    """Answer with the views that are left, and a toast that brings this one back."""
    undo = url_for("products.restore_view", view_id=view.id) if deleted_views.remember(view) else None
    text = gettext("View %(name)s deleted", name=view.name)
    if not wants_fragment():
        return done(text, url_for("products.views"), undo=undo)
    answer = _views()
    answer.set_data(answer.get_data(as_text=True) + render_template("products/_done.html", text=text, undo=undo))
    return answer


def _views(status: HTTPStatus = HTTPStatus.OK, **context: object) -> Response:
    me = signed_in().user_id
    seen = saved_views.views_of(db.session(), me)
    answer = dialog(
        "products/_views.html",
        gettext("Views"),
        status,
        own=[view for view in seen if view.owner == me],
        others=[view for view in seen if view.owner != me],
        list_url=_list(),
        **context,
    )
    answer.headers["HX-Trigger"] = VIEWS_CHANGED
    return answer


def _asked(
    query: str, name: str = "", errors: dict[str, str] | None = None, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    return dialog(
        "products/_save_view.html",
        gettext("Save this view"),
        status,
        query=query,
        name=name,
        errors=errors or {},
        back=f"{_list()}?{query}" if query else _list(),
    )


def _told(text: str, back: str) -> ResponseReturnValue:
    if not wants_fragment():
        return done(text, back)
    answer = make_response(render_template("products/_done.html", text=text, undo=None))
    answer.headers["HX-Trigger"] = orjson.dumps({"dialog-close": {}, VIEWS_CHANGED: {}}).decode()
    return answer


def _shared() -> bool:
    """Return whether the view is to be shared; only editors may, whatever a form says."""
    return i_may("editor") and bool(request.form.get("shared"))


def _list() -> str:
    return url_for("products.index")
