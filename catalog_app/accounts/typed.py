"""What somebody typed into a form is not lost when their session has ended: it travels through the sign-in, and back.

Nothing is stored: the page that asks to sign in holds it, as the form did. It comes back into the form, unsaved, so
that whoever signs in sees it before anything is written.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

import orjson
from flask import Response, current_app, g, make_response, render_template, request

from catalog_app.accounts.forms import LoginForm
from catalog_app.accounts.next_page import safe_next
from catalog_app.core.htmx import wants_fragment

View = TypeVar("View", bound=Callable[..., Any])

AGAIN = "look_up"
"""The field that lets a form be drawn again instead of saved; every form that keeps what was typed knows it."""

_KEEPS = "catalog_keeps_typed"
_NOT_KEPT = frozenset({"csrf_token", AGAIN})
_MAX_FIELDS = 2000


def keeps_typed(view: View) -> View:
    """Declare that what is posted here comes back into its form where the session has ended meanwhile."""
    setattr(view, _KEEPS, True)
    return view


def is_kept() -> bool:
    """Return whether what this request brings is to be kept through a sign-in."""
    view = current_app.view_functions.get(request.endpoint or "")
    return request.method == "POST" and getattr(view, _KEEPS, False)


def sign_in_again() -> Response:
    """Ask to sign in, with what was typed held by the page; a dialog stays a dialog."""
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_KEPT]
    form = LoginForm(formdata=None, next=request.path, typed=orjson.dumps(typed).decode())
    template = "accounts/_again.html" if wants_fragment() else "accounts/login.html"
    return make_response(render_template(template, form=form), HTTPStatus.UNAUTHORIZED)


def back_to_form(form: LoginForm) -> Response | None:
    """Return the page that leads back into the form with what was typed; None where nothing was."""
    try:
        typed = orjson.loads(form.typed.data or "null")
    except orjson.JSONDecodeError:
        return None
    if not isinstance(typed, list) or len(typed) > _MAX_FIELDS:
        return None
    # The token of the form just sent belongs to the cookie before this sign-in; the way back needs one of its own.
    g.pop("csrf_token", None)
    pairs = [(name, value) for name, value in (_pair(one) for one in typed) if name and name not in _NOT_KEPT]
    return make_response(
        render_template("accounts/back.html", target=safe_next(form.next.data), typed=pairs, again=AGAIN)
    )


def _pair(one: object) -> tuple[str, str]:
    match one:
        case [str(name), str(value)]:
            return name, value
    return "", ""
