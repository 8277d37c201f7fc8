"""How a person sees the list: the columns and the density that they chose."""

from http import HTTPStatus

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue

from catalog_app.accounts import requires_role
from catalog_app.accounts.identity import signed_in
from catalog_app.accounts.service.preferences import prefer
from catalog_app.core.htmx import wants_fragment
from catalog_app.products.lists.columns import KEY, chosen
from catalog_app.products.views.blueprint import CHANGED, bp
from catalog_app.products.views.way_back import list_or


@bp.post("/display")
@requires_role("viewer")
def display() -> ResponseReturnValue:
    wanted = chosen(request.form.getlist("columns"), request.form.get("density"))
    prefer(signed_in().user_id, KEY, wanted.kept())
    if wants_fragment():
        return Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Trigger": CHANGED})
    return redirect(list_or(request.form.get("back")), HTTPStatus.SEE_OTHER)
