"""Errors as answers: problem+json (RFC 9457) for machines, a page for people, the same words for both."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from catalog_app.core.errors import CatalogError, ConflictError, NotFoundError, RuleError, StaleError
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


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CatalogError, _catalog)
    app.register_error_handler(StaleDataError, _stale)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(InterfaceError, _database)
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
    page = render_template(
        "errors/page.html", code=int(status), title=HTTPStatus(status).phrase, detail=detail, request_id=request_id()
    )
    return page, status, dict(headers or {})


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    kept = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After", "WWW-Authenticate"}}
    return answer(error.code, error.description or HTTPStatus(error.code).description, headers=kept)


def _catalog(error: CatalogError) -> ResponseReturnValue:
    status = next((code for kind, code in STATUS_OF if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unexpected(error)
    if isinstance(error, RuleError):
        return answer(status, "Some fields break a rule; nothing was saved.", errors=error.errors)
    return answer(status, str(error))


def _stale(_error: StaleDataError) -> ResponseReturnValue:
    return answer(HTTPStatus.CONFLICT, "Somebody changed this at the same moment; nothing was saved. Read it again.")


def _database(error: OperationalError | InterfaceError) -> ResponseReturnValue:
    log.error("database failed", kind=type(error.orig).__name__)
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
