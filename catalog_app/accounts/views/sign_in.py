"""Signing in and out."""

from http import HTTPStatus

import structlog
from flask import Response, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from catalog_app.accounts import cookies, typed
from catalog_app.accounts.elsewhere import leaving
from catalog_app.accounts.forms import LoginForm
from catalog_app.accounts.guard import open_to_all, requires_role
from catalog_app.accounts.identity import person, signed_in
from catalog_app.accounts.next_page import safe_next
from catalog_app.accounts.service import sessions
from catalog_app.accounts.service import sign_in as sign_in_service
from catalog_app.accounts.throttle import TooManyAttemptsError
from catalog_app.accounts.views.blueprint import bp, client
from catalog_app.accounts.views.language import in_own_language
from catalog_app.accounts.views.zone import in_own_zone
from catalog_app.core.errors import RuleError

log = structlog.get_logger(__name__)


@bp.get("/login")
@open_to_all
def login() -> ResponseReturnValue:
    wanted = safe_next(request.args.get("next"))
    if person().is_authenticated:
        return redirect(wanted, HTTPStatus.SEE_OTHER)
    form = LoginForm(formdata=None, next=wanted)
    return render_template("accounts/login.html", form=form)


@bp.post("/login")
@open_to_all
def sign_in() -> ResponseReturnValue:
    form = LoginForm()
    if not form.validate_on_submit():
        return _again(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        secret = sign_in_service.sign_in(
            form.email.data or "",
            form.password.data or "",
            client(),
            previous=cookies.read_secret(request),
        )
    except RuleError as error:
        form.put_errors(error.errors)
        return _again(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except TooManyAttemptsError as error:
        form.put_errors({"password": too_many(error)})
        answer = _again(form, HTTPStatus.TOO_MANY_REQUESTS)
        answer.headers["Retry-After"] = str(error.wait_seconds)
        return answer
    # Nothing that was put into the browser before belongs to who is signed in now.
    session.clear()
    answer = cookies.keep_secret(typed.back_to_form(form) or _to(safe_next(form.next.data)), secret)
    return in_own_zone(in_own_language(answer, secret), secret)


@bp.post("/logout")
@requires_role("viewer")
def logout() -> ResponseReturnValue:
    who, secret = signed_in(), cookies.read_secret(request)
    if secret is not None:
        sessions.end(secret)
    session.clear()
    log.info("signed out", user=who.user_id)
    return cookies.drop_secret(leaving(who.user_id) or _to(url_for("accounts.login")))


def too_many(error: TooManyAttemptsError) -> str:
    """Say how long to wait."""
    words = ngettext(
        "Too many attempts. Try again in %(num)d second.",
        "Too many attempts. Try again in %(num)d seconds.",
        error.wait_seconds,
    )
    return str(words)


def _again(form: LoginForm, status: HTTPStatus) -> Response:
    return make_response(render_template("accounts/login.html", form=form), status)


def _to(target: str) -> Response:
    return make_response(redirect(target, HTTPStatus.SEE_OTHER))
