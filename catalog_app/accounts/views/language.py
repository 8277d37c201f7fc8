"""The language of the pages: chosen by who is signed in, or on the page for signing in."""

from http import HTTPStatus

from flask import Response, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from catalog_app.accounts.guard import open_to_all
from catalog_app.accounts.identity import person
from catalog_app.accounts.next_page import safe_next
from catalog_app.accounts.roles import SignedIn
from catalog_app.accounts.service import sessions
from catalog_app.accounts.service.languages import choose_language, language_of
from catalog_app.accounts.views.blueprint import bp
from catalog_app.core.languages import keep_language, offered


@bp.post("/language")
@open_to_all
def language() -> ResponseReturnValue:
    chosen = request.form.get("language", "")
    if chosen not in offered():
        abort(HTTPStatus.UNPROCESSABLE_ENTITY)
    who = person()
    if isinstance(who, SignedIn):
        choose_language(who.user_id, chosen)
    # Somebody who has not signed in yet comes back to the page for it, with the page they were going to.
    back = request.form.get("next", "")
    target = safe_next(back) if isinstance(who, SignedIn) else _login_for(back)
    return keep_language(make_response(redirect(target, HTTPStatus.SEE_OTHER)), chosen)


def in_own_language(response: Response, secret: str) -> Response:
    """Let the browser that has just signed in show the pages in the language that the person chose elsewhere."""
    who = sessions.find(secret)
    chosen = language_of(who.user_id) if who is not None else None
    return keep_language(response, chosen) if chosen is not None and chosen in offered() else response


def _login_for(wanted: str) -> str:
    return url_for("accounts.login", next=safe_next(wanted)) if wanted else url_for("accounts.login")
