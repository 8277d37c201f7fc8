"""One's own account: the password, and where one is signed in."""

from http import HTTPStatus

from flask import Response, flash, make_response, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from catalog_app.accounts import cookies
from catalog_app.accounts.devices import device_name
from catalog_app.accounts.forms import AboutMeForm, PasswordForm
from catalog_app.accounts.guard import requires_role
from catalog_app.accounts.identity import signed_in
from catalog_app.accounts.roles import SignedIn
from catalog_app.accounts.service import sessions
from catalog_app.accounts.service import sign_in as sign_in_service
from catalog_app.accounts.throttle import TooManyAttemptsError
from catalog_app.accounts.views.blueprint import bp, client
from catalog_app.accounts.views.sign_in import too_many
from catalog_app.core.errors import RuleError
from catalog_app.core.time_zones import zone_asked, zones


@bp.get("/admin/profile")
@requires_role("viewer")
def profile() -> ResponseReturnValue:
    return profile_page()


@bp.post("/admin/profile/password")
@requires_role("viewer")
def change_password() -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate_on_submit():
        return profile_page(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        current, new = form.checked()
        secret = sign_in_service.change_password(signed_in(), current, new, client())
    except RuleError as error:
        form.put_errors(error.errors)
        return profile_page(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except TooManyAttemptsError as error:
        form.put_errors({"current": too_many(error)})
        answer = profile_page(form, status=HTTPStatus.TOO_MANY_REQUESTS)
        answer.headers["Retry-After"] = str(error.wait_seconds)
        return answer
    flash(gettext("Password changed. You were signed out everywhere else."), "good")
    return cookies.keep_secret(make_response(_back()), secret)


@bp.post("/admin/profile/sessions/<int:session_id>/end")
@requires_role("viewer")
def end_session(session_id: int) -> ResponseReturnValue:
    who = signed_in()
    sessions.end_one(who.user_id, session_id)
    if session_id == who.session_id:
        return _out()
    flash(gettext("Signed out there."), "good")
    return _back()


@bp.post("/admin/profile/sessions/end")
@requires_role("viewer")
def end_sessions() -> ResponseReturnValue:
    sessions.end_all(signed_in().user_id)
    return _out()


def profile_page(
    form: PasswordForm | None = None, *, about: AboutMeForm | None = None, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    """Show one's own account, with what was typed into one of its forms and refused."""
    who = signed_in()
    page = render_template(
        "accounts/profile.html",
        who=who,
        form=form or PasswordForm(formdata=None),
        about=about or _about(who),
        sessions=sessions.living_of(who.user_id),
        device_name=device_name,
    )
    return make_response(page, status)


def _about(who: SignedIn) -> AboutMeForm:
    form = AboutMeForm(formdata=None, name=who.name, time_zone=zone_asked())
    form.offer(zones())
    return form


def _back() -> ResponseReturnValue:
    return redirect(url_for("accounts.profile"), HTTPStatus.SEE_OTHER)


def _out() -> ResponseReturnValue:
    session.clear()
    return cookies.drop_secret(make_response(redirect(url_for("accounts.login"), HTTPStatus.SEE_OTHER)))
