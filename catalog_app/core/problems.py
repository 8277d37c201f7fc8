"""Errors as Flask answers them: problem+json for machines, a page for people, the same words for both."""

from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, render_template, request
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from catalog_app.core.answers import Answer
from catalog_app.core.asked import MACHINE_PATHS
from catalog_app.core.babel import in_words
from catalog_app.core.error_words import ErrorFrame, error_page
from catalog_app.core.errors import Sentence
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.problem_answers import BROKEN, expected, plain
from catalog_app.core.requests import request_id
from catalog_app.core.wiring import providers

log = structlog.get_logger()

WORDS: dict[int, Sentence] = {
    HTTPStatus.BAD_REQUEST: Sentence("The request could not be understood; nothing was changed."),
    HTTPStatus.UNAUTHORIZED: Sentence("Sign in first."),
    HTTPStatus.FORBIDDEN: Sentence("You may not do this."),
    HTTPStatus.NOT_FOUND: Sentence("There is nothing at this address. It may have been deleted, or the link is old."),
    HTTPStatus.METHOD_NOT_ALLOWED: Sentence("This address does not take that method."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Sentence("This is more than can be taken at once; nothing was changed."),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: Sentence("The body is of a type that is not taken here; send application/json."),
    HTTPStatus.TOO_MANY_REQUESTS: Sentence("That was too often. Wait a moment, then try again."),
}
"""What an error means where whoever raised it said nothing of their own."""


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _raised)


def for_machine() -> bool:
    """Return whether the request came from a program, which gets problem+json."""
    return request.path.startswith(MACHINE_PATHS)


def problem(
    status: int,
    detail: str,
    *,
    errors: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Response:
    """Return a problem+json answer; `errors` maps dotted field names to sentences."""
    own = tuple((headers or {}).items())
    return as_response(plain(status, detail, request_id=request_id(), errors=errors, headers=own, extra=extra))


def as_response(answer: Answer) -> Response:
    """Return an answer that was made without Flask as Flask's own."""
    response = Response(answer.body, status=answer.status, headers=list(answer.headers))
    if not any(name == "Content-Type" for name, _ in answer.headers):
        del response.headers["Content-Type"]
    return response


def answer(
    status: int,
    detail: str,
    *,
    errors: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    is_unknown: bool = False,
) -> ResponseReturnValue:
    """Return the error in the form that who asked can use; `is_unknown` is whether something was changed all the same."""
    # Where the host of a request can be none, no link can be made, nor a page; who says such a thing is no browser.
    if for_machine() or request_ctx.url_adapter is None:
        extra = {"outcome": "unknown"} if is_unknown else None
        return problem(status, detail, errors=errors, headers=headers, extra=extra)
    detail = in_words(detail)
    if wants_fragment():
        # The page stays as it is, and a toast says what went wrong.
        return render_template("errors/_fragment.html", detail=detail), status, dict(headers or {})
    return _page(status, detail, is_unknown=is_unknown), status, dict(headers or {})


def _page(status: int, detail: str, *, is_unknown: bool) -> str:
    page = error_page(status, detail, request_id(), is_unknown=is_unknown)
    framed = (frame(page) for frame in providers(ErrorFrame))
    return next(filter(None, framed), None) or render_template("errors/page.html", **asdict(page))


def _http(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, NotFound) and (methods := _methods_behind_a_slash()):
        error = MethodNotAllowed(valid_methods=sorted(methods))
    if error.response is not None or error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    kept = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After", "WWW-Authenticate"}}
    own_words = error.description if error.description != type(error).description else None
    detail = own_words or WORDS.get(error.code) or HTTPStatus(error.code).description
    return answer(error.code, detail, headers=kept)


def _methods_behind_a_slash() -> set[str]:
    """Return the methods of an address that was written without its slash; Werkzeug knows it by its own methods only."""
    if request.url_rule is not None or not for_machine() or request_ctx.url_adapter is None:
        return set()
    return set(request_ctx.url_adapter.allowed_methods(request.path + "/"))


def _raised(error: Exception) -> ResponseReturnValue:
    means = expected(error)
    if means is None:
        log.error("request failed", kind=type(error).__name__, exc_info=error)
        return answer(HTTPStatus.INTERNAL_SERVER_ERROR, BROKEN)
    return answer(
        means.status, means.detail, errors=means.errors, headers=dict(means.headers), is_unknown=means.is_unknown
    )
