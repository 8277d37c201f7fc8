"""Settings: the people who may sign in."""

from http import HTTPStatus

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from catalog_app.accounts.devices import device_name
from catalog_app.accounts.forms import NewUserForm, RoleForm
from catalog_app.accounts.guard import requires_role
from catalog_app.accounts.identity import actor
from catalog_app.accounts.models import User
from catalog_app.accounts.service import sessions
from catalog_app.accounts.service import users as user_service
from catalog_app.accounts.views.blueprint import bp
from catalog_app.core.errors import ConflictError, RuleError

MOST = 200
MAX_SEARCH = 200


@bp.get("/admin/settings/users")
@requires_role("admin")
def users() -> ResponseReturnValue:
    return _list(NewUserForm(formdata=None))


@bp.post("/admin/settings/users")
@requires_role("admin")
def create_user() -> ResponseReturnValue:
    form = NewUserForm()
    if not form.validate_on_submit():
        return _list(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        user, password = user_service.invite(form.new_user(), actor=actor())
    except RuleError as error:
        form.put_errors(error.errors)
        return _list(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except ConflictError as error:
        form.put_errors({"email": str(error)})
        return _list(form, HTTPStatus.CONFLICT)
    return _one(user, HTTPStatus.CREATED, password=password)


@bp.get("/admin/settings/users/<int:user_id>")
@requires_role("admin")
def user(user_id: int) -> ResponseReturnValue:
    return _one(user_service.by_id(user_id))


@bp.post("/admin/settings/users/<int:user_id>/role")
@requires_role("admin")
def change_role(user_id: int) -> ResponseReturnValue:
    form = RoleForm()
    if not form.validate_on_submit():
        return _one(user_service.by_id(user_id), HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    try:
        changed = user_service.change_role(user_id, form.checked(), actor=actor())
    except ConflictError as error:
        form.put_errors({"role": str(error)})
        return _one(user_service.by_id(user_id), HTTPStatus.CONFLICT, form=form)
    flash(gettext("%(name)s is now %(role)s.", name=changed.name, role=changed.role), "good")
    return _back(user_id)


@bp.post("/admin/settings/users/<int:user_id>/disable")
@requires_role("admin")
def disable_user(user_id: int) -> ResponseReturnValue:
    try:
        closed = user_service.disable(user_id, actor=actor())
    except ConflictError as error:
        return _one(user_service.by_id(user_id), HTTPStatus.CONFLICT, refusal=str(error))
    flash(gettext("%(name)s was signed out everywhere and can no longer sign in.", name=closed.name), "good")
    return _back(user_id)


@bp.post("/admin/settings/users/<int:user_id>/enable")
@requires_role("admin")
def enable_user(user_id: int) -> ResponseReturnValue:
    opened = user_service.enable(user_id, actor=actor())
    flash(gettext("%(name)s can sign in again.", name=opened.name), "good")
    return _back(user_id)


@bp.post("/admin/settings/users/<int:user_id>/password")
@requires_role("admin")
def reset_password(user_id: int) -> ResponseReturnValue:
    changed, password = user_service.reset_password(user_id, actor=actor())
    return _one(changed, password=password)


@bp.post("/admin/settings/users/<int:user_id>/unlock")
@requires_role("admin")
def unlock_user(user_id: int) -> ResponseReturnValue:
    user = user_service.unlock(user_id, actor=actor())
    flash(gettext("%(name)s can try again now.", name=user.name), "good")
    return _back(user_id)


@bp.post("/admin/settings/users/<int:user_id>/sessions/end")
@requires_role("admin")
def end_sessions_of(user_id: int) -> ResponseReturnValue:
    ended = user_service.sign_out(user_id, actor=actor())
    flash(ngettext("%(num)d session was ended.", "%(num)d sessions were ended.", ended), "good")
    return _back(user_id)


def _list(form: NewUserForm, status: HTTPStatus = HTTPStatus.OK) -> Response:
    # A NUL, which no name holds and one of the databases refuses, is dropped.
    asked = request.args.get("search", "").replace("\x00", "").strip()[:MAX_SEARCH]
    found = user_service.look_for(asked, limit=MOST)
    page = render_template(
        "accounts/users.html",
        users=found,
        seen=sessions.last_seen(user.id for user in found),
        asked=asked,
        total=user_service.count_all(),
        most=MOST,
        form=form,
    )
    return make_response(page, status)


def _one(
    shown: User,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    form: RoleForm | None = None,
    password: str | None = None,
    refusal: str | None = None,
) -> Response:
    """Show one user; a password that was made up is shown here, this once, and kept nowhere."""
    page = render_template(
        "accounts/user.html",
        user=shown,
        form=form or RoleForm(formdata=None, role=shown.role),
        password=password,
        refusal=refusal,
        sessions=sessions.living_of(shown.id),
        device_name=device_name,
        seen=sessions.last_seen([shown.id]).get(shown.id),
        waits_until=user_service.waits_until(shown),
    )
    return make_response(page, status)


def _back(user_id: int) -> ResponseReturnValue:
    return redirect(url_for("accounts.user", user_id=user_id), HTTPStatus.SEE_OTHER)
