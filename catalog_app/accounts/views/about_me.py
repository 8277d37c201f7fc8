"""One's own name, and the time zone in which pages tell the time."""

from http import HTTPStatus

from flask import flash, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts.forms import AboutMeForm
from catalog_app.accounts.guard import requires_role
from catalog_app.accounts.identity import signed_in
from catalog_app.accounts.service import users as user_service
from catalog_app.accounts.service.time_zones import choose_time_zone
from catalog_app.accounts.views.blueprint import bp
from catalog_app.accounts.views.profile import profile_page
from catalog_app.core.errors import RuleError
from catalog_app.core.time_zones import keep_zone, zones


@bp.post("/admin/profile")
@requires_role("viewer")
def save_profile() -> ResponseReturnValue:
    form, who = AboutMeForm(), signed_in()
    form.offer(zones())
    if not form.validate_on_submit():
        return profile_page(about=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        user_service.rename(who.user_id, form.name.data or "", actor=who.actor)
    except RuleError as error:
        form.put_errors(error.errors)
        return profile_page(about=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    choose_time_zone(who.user_id, form.time_zone.data)
    flash(gettext("Saved."), "good")
    back = make_response(redirect(url_for("accounts.profile"), HTTPStatus.SEE_OTHER))
    return keep_zone(back, form.time_zone.data)
