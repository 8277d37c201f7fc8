"""The one gate that every request passes. An endpoint that does not say who may use it is refused to everybody."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, TypeVar

import structlog
from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_wtf.csrf import CSRFError, CSRFProtect

from catalog_app.accounts import identity, typed
from catalog_app.accounts.next_page import page_of
from catalog_app.accounts.role_words import page_is_for, you_are
from catalog_app.accounts.roles import ROLES, SCOPES, Role, Scope, SignedIn, may
from catalog_app.accounts.service import tokens, users
from catalog_app.core.babel import listed
from catalog_app.core.errors import Sentence
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.problems import as_response, problem
from catalog_app.core.rate_limits import limiter_of, too_many
from catalog_app.core.requests import asked, request_id

log = structlog.get_logger(__name__)

View = TypeVar("View", bound=Callable[..., Any])

OPEN_ENDPOINTS = ("static", "health.healthz", "health.readyz", "metrics", "components.example")
"""Open endpoints of rooms below this one, which cannot declare it themselves; `metrics` has a lock of its own."""

_WITH_A_TEMPORARY_PASSWORD = ("accounts.profile", "accounts.change_password", "accounts.logout")
_DECLARED = "catalog_access"
_ANY_TAB = "catalog_any_tab"
_STALE_FORM = Sentence(
    "This form was open for too long, or it did not come from here. Reload the page and send it again."
)

_csrf = CSRFProtect()


@dataclass(frozen=True)
class Access:
    """Who may use an endpoint: everybody, people from a role on, or tokens with a scope, or with one `instead` of it."""

    kind: Literal["open", "role", "scope"]
    needs: str = ""
    instead: tuple[str, ...] = ()


def open_to_all(view: View) -> View:
    """Declare that anybody may use this endpoint, signed in or not."""
    return _declare(view, Access("open"))


def from_any_tab(view: View) -> View:
    """Declare that a form counts here whose CSRF token a sign-in in another tab has replaced; a page of ours sent it."""
    setattr(view, _ANY_TAB, True)
    return view


def requires_role(role: Role) -> Callable[[View], View]:
    """Declare that this page is for people who are signed in and have `role` or one above it."""
    if role not in ROLES:
        raise ValueError(f"{role!r} is not a role")
    return lambda view: _declare(view, Access("role", role))


def requires_scope(scope: Scope, *instead: Scope) -> Callable[[View], View]:
    """Declare that this endpoint is for tokens with `scope`, or with one of those named `instead`.

    No cookie is looked at, so no CSRF token is needed.
    """
    if unknown := [name for name in (scope, *instead) if name not in SCOPES]:
        raise ValueError(f"{unknown[0]!r} is not a scope")
    return lambda view: _declare(view, Access("scope", scope, instead))


def init_app(app: Flask) -> None:
    # The gate below decides where the CSRF token is needed; a token lives as long as the cookie it belongs to.
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    _csrf.init_app(app)
    app.before_request(_gate)
    app.after_request(_keep_private)


def access_to(app: Flask, endpoint: str) -> Access | None:
    """Return what an endpoint declares; None means refused."""
    if endpoint in OPEN_ENDPOINTS:
        return Access("open")
    return getattr(app.view_functions.get(endpoint), _DECLARED, None)


def _declare(view: View, access: Access) -> View:
    if hasattr(view, _DECLARED):
        raise ValueError(f"{view!r} already says who may use it")
    setattr(view, _DECLARED, access)
    return view


def _gate() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # There is no such address, or not for this method: the answer is 404 or 405, whoever asks.
    access = access_to(current_app, request.endpoint)
    if access is None:
        log.warning("access refused", endpoint=request.endpoint, why="nobody may")
        abort(HTTPStatus.FORBIDDEN, "Nobody has said who may use this address, so nobody may.")
    g.catalog_access = access
    if access.kind == "scope":
        return _refuse_token(access)
    refusal = None if access.kind == "open" else _refuse_person(access.needs)
    if refusal is None:
        _check_csrf()
    return refusal


def _refuse_token(access: Access) -> ResponseReturnValue | None:
    g.catalog_cookie_ignored = True
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        return _unauthorised("This needs an API token: send `Authorization: Bearer pc_...`.", 'Bearer realm="catalog"')
    token = tokens.find(given.token)
    if token is None:
        log.warning("access refused", endpoint=request.endpoint, why="no such token", address=request.remote_addr)
        challenge = 'Bearer realm="catalog", error="invalid_token"'
        return _unauthorised("This API token is unknown, revoked or expired.", challenge)
    identity.adopt(token)
    quota = limiter_of(current_app).hit(asked())
    if quota is not None and quota.refused:
        return as_response(too_many(quota, request_id()))
    scope = access.needs
    if not {scope, *access.instead}.intersection(token.scopes):
        log.warning("access refused", endpoint=request.endpoint, why="scope", needs=scope)
        challenge = f'Bearer realm="catalog", error="insufficient_scope", scope="{scope}"'
        detail = f"This needs a token with the scope {scope}."
        return problem(HTTPStatus.FORBIDDEN, detail, headers={"WWW-Authenticate": challenge})
    return None


def _unauthorised(detail: str, challenge: str) -> ResponseReturnValue:
    return problem(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": challenge})


def _refuse_person(role: str) -> ResponseReturnValue | None:
    who = identity.person()
    if not isinstance(who, SignedIn):
        if typed.is_kept() and _comes_from_here():
            return typed.sign_in_again()
        return _elsewhere(url_for("accounts.login", next=_here()), HTTPStatus.UNAUTHORIZED)
    if who.must_change_password and request.endpoint not in _WITH_A_TEMPORARY_PASSWORD:
        return _elsewhere(url_for("accounts.profile"), HTTPStatus.FORBIDDEN)
    needed = next(known for known in ROLES if known == role)
    if not may(who, needed):
        log.warning("access refused", endpoint=request.endpoint, why="role", needs=needed)
        abort(HTTPStatus.FORBIDDEN, _not_allowed(who, needed))
    return None


def _elsewhere(target: str, status: HTTPStatus) -> ResponseReturnValue:
    """Send a page there; a fragment cannot follow, so htmx is told to load the whole page."""
    if wants_fragment():
        return Response(status=status, headers={"HX-Redirect": target})
    return redirect(target, HTTPStatus.SEE_OTHER)


def _here() -> str | None:
    """Return the page that a person wants back after signing in: theirs, if this is a fragment of it."""
    if wants_fragment():
        return page_of(request.headers.get("HX-Current-URL", ""), host=request.host)
    if request.method not in {"GET", "HEAD"}:
        return None
    return request.full_path.rstrip("?")


def _not_allowed(who: SignedIn, needed: Role) -> str:
    names = users.who_may(needed)
    can = ngettext("%(names)s can open it.", "%(names)s can open it.", len(names), names=listed(names))
    return f"{page_is_for(needed)} {you_are(who.role)} {can}"


def _comes_from_here() -> bool:
    """Return whether a page of ours sent this: the browser says so, or the cookie of forms, which outlives the session."""
    if _says_from_here():
        return True
    try:
        _csrf.protect()
    except CSRFError:
        return False
    return True


def _says_from_here() -> bool:
    # No page can set this header; the browser does.
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def _check_csrf() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, _ANY_TAB, False) and _says_from_here():
        return
    try:
        _csrf.protect()
    except CSRFError:
        log.warning("access refused", endpoint=request.endpoint, why="csrf", address=request.remote_addr)
        abort(HTTPStatus.BAD_REQUEST, _STALE_FORM)


def _keep_private(response: Response) -> Response:
    access: Access | None = g.get("catalog_access")
    if access is not None and access.kind == "role":
        response.headers["Cache-Control"] = "no-store"
    return response
