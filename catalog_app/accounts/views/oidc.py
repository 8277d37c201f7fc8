"""Signing in with an account elsewhere: out to the provider, and back. Registered only where there is a provider."""

from http import HTTPStatus
from typing import Final

import structlog
from flask import Blueprint, Response, make_response, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from catalog_app.accounts import cookies, typed
from catalog_app.accounts.figures import REFUSED, SIGN_INS
from catalog_app.accounts.forms import LoginForm
from catalog_app.accounts.guard import from_any_tab, open_to_all
from catalog_app.accounts.identity import person
from catalog_app.accounts.next_page import safe_next
from catalog_app.accounts.oidc.begun import Begun
from catalog_app.accounts.oidc.faults import ProviderAwayError, SignInRefusedError
from catalog_app.accounts.oidc.flow import BACK, CALLBACK, START, Flow
from catalog_app.accounts.oidc.person import Person
from catalog_app.accounts.oidc.provider import Provider
from catalog_app.accounts.service import directory
from catalog_app.accounts.service.identities import is_linked
from catalog_app.accounts.throttle import TooManyAttemptsError
from catalog_app.accounts.views.blueprint import client
from catalog_app.accounts.views.language import in_own_language
from catalog_app.accounts.views.sign_in import too_many
from catalog_app.accounts.views.zone import in_own_zone
from catalog_app.core.babel import in_words
from catalog_app.core.wiring import kept, settings

log = structlog.get_logger(__name__)
oidc_bp = Blueprint("oidc", __name__)

_KEPT: Final = "oidc"


@oidc_bp.get(START)
@open_to_all
def start() -> ResponseReturnValue:
    wanted = safe_next(request.args.get("next"))
    if person().is_authenticated:
        return redirect(wanted, HTTPStatus.SEE_OTHER)
    begun = Begun.now(wanted)
    try:
        address = _flow().address_for(begun)
    except SignInRefusedError as refusal:
        return _refused(refusal)
    session[_KEPT] = begun.to_keep()
    return redirect(address, HTTPStatus.SEE_OTHER)


@oidc_bp.get(CALLBACK)
@open_to_all
def callback() -> ResponseReturnValue:
    begun = Begun.kept(session.pop(_KEPT, None))
    oidc = settings().oidc
    if oidc is None:
        raise RuntimeError("these routes are for an installation with a provider")
    try:
        if begun is not None:
            directory.arrive(client())
        claims = _flow().claims(begun, request.args)
        secret = directory.sign_in(Person.of(claims, oidc), client(), previous=cookies.read_secret(request))
    except SignInRefusedError as refusal:
        SIGN_INS.add(REFUSED)
        return _refused(refusal)
    except TooManyAttemptsError as error:
        page = render_template("accounts/refused.html", sentence=too_many(error))
        return page, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(error.wait_seconds)}
    # Nothing that was put into the browser before belongs to who is signed in now.
    session.clear()
    wanted = begun.wanted if begun else safe_next(None)
    answer = cookies.keep_secret(make_response(redirect(wanted, HTTPStatus.SEE_OTHER)), secret)
    return in_own_zone(in_own_language(answer, secret), secret)


@oidc_bp.post(BACK)
@open_to_all
@from_any_tab
def back() -> ResponseReturnValue:
    """Lead back into a form whose session ended, once its person has signed in in another tab."""
    form = LoginForm()
    if not person().is_authenticated:
        return render_template("accounts/login.html", form=form), HTTPStatus.UNAUTHORIZED
    return typed.back_to_form(form) or redirect(safe_next(form.next.data), HTTPStatus.SEE_OTHER)


def leaving_page(user_id: int) -> Response | None:
    """Return the page that ends a person's session at the provider as well; None where there is none to end.

    A redirect would not do: browsers hold an answer to a form to the addresses that the form may be sent to.
    """
    if not is_linked(user_id):
        return None
    try:
        address = _flow().leaving()
    except ProviderAwayError as fault:
        log.warning("session at the provider not ended", reason=fault.why)
        return None
    return make_response(render_template("accounts/left.html", address=address)) if address else None


def _flow() -> Flow:
    given = settings()
    return Flow(given, kept(Provider, lambda: Provider(given)))


def _refused(refusal: SignInRefusedError) -> Response:
    log.warning("sign-in refused", by="oidc", reason=refusal.why, address=request.remote_addr)
    is_away = isinstance(refusal, ProviderAwayError)
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_away else HTTPStatus.FORBIDDEN
    page = make_response(render_template("accounts/refused.html", sentence=in_words(refusal.sentence)), status)
    if is_away:
        page.headers["Retry-After"] = "60"
    return page
