"""What every request gets: an id, one log line, and sane limits."""

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger()
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
MAX_BODY = 1024 * 1024
QUIET = {"health.healthz", "health.readyz", "static"}


def init_app(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.before_request(_begin)
    app.after_request(_finish)


def request_id() -> str:
    """Return the id of this request, which its answer, its log lines and its errors carry."""
    return str(g.get("request_id", ""))


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _SANE_ID.fullmatch(given) else uuid.uuid4().hex
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    if request.endpoint not in QUIET:
        milliseconds = round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1)
        log.info(
            "request",
            method=request.method,
            path=request.path,
            endpoint=request.endpoint,
            status=response.status_code,
            ms=milliseconds,
        )
    return response
