"""Settings: the tokens that programs use the API with."""

from http import HTTPStatus

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts.forms import NewTokenForm
from catalog_app.accounts.guard import requires_role
from catalog_app.accounts.identity import actor
from catalog_app.accounts.service import tokens as token_service
from catalog_app.accounts.views.blueprint import bp
from catalog_app.core.clock import utcnow
from catalog_app.core.errors import RuleError


@bp.get("/admin/settings/tokens")
@requires_role("admin")
def tokens() -> ResponseReturnValue:
    return _page(NewTokenForm(formdata=None))


@bp.post("/admin/settings/tokens")
@requires_role("admin")
def create_token() -> ResponseReturnValue:
    form = NewTokenForm()
    if not form.validate_on_submit():
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        token, secret = token_service.create(form.new_token(), actor=actor())
    except RuleError as error:
        form.put_errors(error.errors)
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    # Shown in this very answer and never again: a redirect would have to carry it in a cookie.
    return _page(NewTokenForm(formdata=None), HTTPStatus.CREATED, name=token.name, secret=secret)


@bp.get("/admin/settings/tokens/<int:token_id>/revoke")
@requires_role("admin")
def ask_revoke(token_id: int) -> ResponseReturnValue:
    return render_template("accounts/token_revoke.html", token=token_service.by_id(token_id))


@bp.post("/admin/settings/tokens/<int:token_id>/revoke")
@requires_role("admin")
def revoke_token(token_id: int) -> ResponseReturnValue:
    token = token_service.revoke(token_id, actor=actor())
    flash(gettext("Token %(name)s revoked. Programs that use it are refused from now on.", name=token.name), "good")
    return redirect(url_for("accounts.tokens"), HTTPStatus.SEE_OTHER)


def _page(
    form: NewTokenForm,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    name: str | None = None,
    secret: str | None = None,
) -> Response:
    page = render_template(
        "accounts/tokens.html",
        tokens=token_service.all_tokens(),
        form=form,
        name=name,
        secret=secret,
        now=utcnow(),
    )
    return make_response(page, status)
