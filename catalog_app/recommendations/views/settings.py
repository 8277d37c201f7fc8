"""Settings: how offers are chosen and learned. Everybody reads it, an admin changes it."""

from http import HTTPStatus

from flask import flash, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, keeps_typed, requires_role
from catalog_app.core.clock import utcnow
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError, StaleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.events.words import actor_words, system_names
from catalog_app.products.choices import choices
from catalog_app.recommendations.forms import SettingsForm
from catalog_app.recommendations.settings import document, save_settings, settings_row
from catalog_app.recommendations.views.blueprint import leading_to, settings_bp
from catalog_app.recommendations.views.standing import standing


@settings_bp.get("/")
@requires_role("viewer")
def settings() -> ResponseReturnValue:
    return _page(SettingsForm.of(settings_row(db.session())))


@settings_bp.post("/")
@requires_role("admin")
@keeps_typed
def save() -> ResponseReturnValue:
    form = SettingsForm()
    if not form.validate_on_submit():
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if form.change_rows():
        return _page(form)
    try:
        save_settings(form.checked(), expected_version=form.opened_version(), actor=actor())
    except RuleError as error:
        form.put_errors(error.errors)
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleError as error:
        form.put_newer(settings_row(db.session()), str(error))
        return _page(form, HTTPStatus.CONFLICT)
    flash(gettext("Settings of recommendations saved."), "good")
    return leading_to(url_for("nbo_settings.settings"))


def _page(form: SettingsForm, status: HTTPStatus = HTTPStatus.OK) -> ResponseReturnValue:
    session = db.session()
    row = settings_row(session)
    page = render_template(
        "recommendations/_settings_form.html" if wants_fragment() else "recommendations/settings.html",
        form=form,
        settings=row,
        told=document(row),
        standing=standing(session, utcnow()),
        categories=choices().categories,
        changed_by=actor_words(row.updated_by, system_names()) if row.updated_by else None,
    )
    return make_response(page, status)
