"""Settings: how often, when, and with whose consent customers are contacted. Everybody reads it, an admin changes it."""

from http import HTTPStatus

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import actor, keeps_typed, requires_role
from catalog_app.contacts import service
from catalog_app.contacts.forms import PolicyForm
from catalog_app.contacts.policy import policy_row
from catalog_app.contacts.views.blueprint import bp
from catalog_app.contacts.words import cap_words
from catalog_app.core.db import db
from catalog_app.core.errors import RuleError, StaleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.events.words import actor_words, system_names


@bp.get("/contacts/")
@requires_role("viewer")
def policy() -> ResponseReturnValue:
    return _page(PolicyForm.of(policy_row(db.session())))


@bp.post("/contacts/")
@requires_role("admin")
@keeps_typed
def save_policy() -> ResponseReturnValue:
    form = PolicyForm()
    form.keep_zone(policy_row(db.session()).time_zone)
    if not form.validate_on_submit():
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if form.change_rows():
        return _page(form)
    try:
        service.save_policy(form.checked(), expected_version=form.opened_version(), actor=actor())
    except RuleError as error:
        form.put_errors(error.errors)
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleError as error:
        form.put_newer(policy_row(db.session()), str(error))
        return _page(form, HTTPStatus.CONFLICT)
    flash(gettext("Contact policy saved."), "good")
    target = url_for("contacts.policy")
    if wants_fragment():
        return Response(headers={"HX-Redirect": target})
    return redirect(target, HTTPStatus.SEE_OTHER)


def _page(form: PolicyForm, status: HTTPStatus = HTTPStatus.OK) -> ResponseReturnValue:
    row = policy_row(db.session())
    page = render_template(
        "contacts/_policy_form.html" if wants_fragment() else "contacts/policy.html",
        form=form,
        policy=row,
        cap_words=cap_words,
        changed_by=actor_words(row.updated_by, system_names()) if row.updated_by else None,
    )
    return make_response(page, status)
