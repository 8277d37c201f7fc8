"""Errors as answers: problem+json (RFC 9457) for machines, a page for people, the same words for both."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from catalog_app.core.errors import CatalogError, ConflictError, NotFoundError, RuleError, StaleError
from catalog_app.core.htmx import wants_fragment
from catalog_app.core.requests import request_id

log = structlog.get_logger()

MACHINE_PATHS = ("/api/", "/tmf-api/")
STATUS_OF: tuple[tuple[type[CatalogError], int], ...] = (
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (StaleError, HTTPStatus.PRECONDITION_FAILED),
    (ConflictError, HTTPStatus.CONFLICT),
    (RuleError, HTTPStatus.UNPROCESSABLE_ENTITY),
)
RETRY_AFTER_SECONDS = 2
WORDS: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "The request could not be understood; nothing was changed.",
    HTTPStatus.UNAUTHORIZED: "Sign in first.",
    HTTPStatus.FORBIDDEN: "You may not do this.",
    HTTPStatus.NOT_FOUND: "There is nothing at this address. It may have been deleted, or the link is old.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take that method.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "This is more than can be taken at once; nothing was changed.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is of a type that is not taken here; send application/json.",
    HTTPStatus.TOO_MANY_REQUESTS: "That was too often. Wait a moment, then try again.",
}
"""What an error means where whoever raised it said nothing of their own."""


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CatalogError, _catalog)
    app.register_error_handler(StaleDataError, _stale)
    app.register_error_handler(DataError, _not_kept)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(InterfaceError, _database)
    app.register_error_handler(PoolTimeoutError, _database)
    app.register_error_handler(Exception, _unexpected)


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
    title = HTTPStatus(status).phrase
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": int(status),
        "detail": detail,
        "request_id": request_id(),
    }
    if errors:
        body["errors"] = [
            {"pointer": _pointer(field), "code": "invalid", "message": message} for field, message in errors.items()
        ]
    body.update(extra or {})
    return Response(orjson.dumps(body), status=status, headers=headers, content_type="application/problem+json")


def _pointer(field: str) -> str:
    """Return the JSON pointer (RFC 6901) of a dotted field name."""
    return "/" + field.replace("~", "~0").replace("/", "~1").replace(".", "/")


def answer(
    status: int,
    detail: str,
    *,
    errors: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    """Return the error in the form that who asked can use."""
    if for_machine():
        return problem(status, detail, errors=errors, headers=headers)
    if wants_fragment():
        # The page stays as it is, and a toast says what went wrong.
        return render_template("errors/_fragment.html", detail=detail), status, dict(headers or {})
    page = render_template(
        "errors/page.html", code=int(status), title=HTTPStatus(status).phrase, detail=detail, request_id=request_id()
    )
    return page, status, dict(headers or {})


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    kept = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After", "WWW-Authenticate"}}
    own_words = error.description if error.description != type(error).description else None
    detail = own_words or WORDS.get(error.code) or HTTPStatus(error.code).description
    return answer(error.code, detail, headers=kept)


def _catalog(error: CatalogError) -> ResponseReturnValue:
    status = next((code for kind, code in STATUS_OF if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected(error)
    if isinstance(error, RuleError):
        return answer(status, "Some fields break a rule; nothing was saved.", errors=error.errors)
    return answer(status, str(error))


def _stale(_error: StaleDataError) -> ResponseReturnValue:
    return answer(HTTPStatus.CONFLICT, "Somebody changed this at the same moment; nothing was saved. Read it again.")


def _not_kept(error: DataError) -> ResponseReturnValue:
    # The rules should have said this before the database did, and beside the field.
    log.error("database refused a value", kind=type(error.orig).__name__)
    return answer(
        HTTPStatus.UNPROCESSABLE_ENTITY, "What was sent holds something that cannot be kept; nothing was saved."
    )


def _database(error: OperationalError | InterfaceError | PoolTimeoutError) -> ResponseReturnValue:
    log.error("database failed", kind=type(getattr(error, "orig", None) or error).__name__)
    return answer(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The database does not answer now; nothing was changed. Try again in a moment.",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("request failed", kind=type(error).__name__, exc_info=error)
    return answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong here and was written down; nothing was changed. Name the request id when you ask for help.",
    )
