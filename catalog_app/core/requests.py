"""What every request gets from Flask: an id, limits of its body, an answer to OPTIONS, and a finish."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast

import structlog
from flask import Flask, Response, abort, current_app, g, request
from werkzeug.exceptions import RequestTimeout

from catalog_app.core.asked import Asked
from catalog_app.core.finishing import Finisher
from catalog_app.core.slow_clients import Connections, TimelyBody, Watch
from catalog_app.core.wiring import settings as present_settings
from catalog_app.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])

MEBIBYTE: Final = 1024 * 1024
MAX_BODY: Final = MEBIBYTE
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_TAKES: Final = "catalog_max_body"
_FINISHER: Final = "catalog-finisher"
_WATCH: Final = "catalog-watch"


def init_app(app: Flask, settings: Settings) -> None:
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.extensions[_FINISHER] = Finisher(settings)
    app.extensions[_WATCH] = Watch(settings.client_patience)
    app.before_request(_begin)
    app.before_request(_options)
    app.after_request(_finish)


def finisher_of(app: Flask) -> Finisher:
    """Return what puts the last touches to every answer of this application."""
    return cast("Finisher", app.extensions[_FINISHER])


def takes_body(mebibytes: int) -> Callable[[View], View]:
    """Declare that this view takes a body of up to so many MiB, where the others take one."""

    def declare(view: View) -> View:
        setattr(view, _TAKES, mebibytes * MEBIBYTE)
        return view

    return declare


def asked() -> Asked:
    """Return the present request as those see it who know nothing of Flask."""
    return cast("Asked", g.catalog_asked)


def request_id() -> str:
    """Return the id of this request, which its answer, its log lines and its errors carry."""
    now: Asked | None = g.get("catalog_asked")
    return now.request_id if now else ""


def recognised(caller: str) -> None:
    """Let log lines and limits know who is behind this request: "token:7" or "user:3", never a name."""
    asked().caller = caller
    structlog.contextvars.bind_contextvars(actor=caller)


def _begin() -> None:
    rule = request.url_rule
    now = Asked.of(request.environ, endpoint=request.endpoint, route=rule.rule if rule else "")
    g.catalog_asked = now
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=now.request_id)
    limit = getattr(current_app.view_functions.get(request.endpoint or ""), _TAKES, None)
    if limit is not None:
        request.max_content_length = limit
    if request.method not in _WITHOUT_BODY:
        body, patience = request.environ["wsgi.input"], present_settings().client_patience
        request.environ["wsgi.input"] = TimelyBody(body, Connections.of(request.environ), patience)
    if not _is_readable(request.query_string):
        abort(HTTPStatus.BAD_REQUEST, "The query of this address is not UTF-8.")


def _is_read(status: int) -> bool:
    """Read what is left of a body that was answered early, and return whether nothing is left.

    Not what strangers send (while the database is away everybody is one), and no more than any view would take.
    """
    body = request.environ["wsgi.input"]
    if not isinstance(body, TimelyBody):
        return True
    if request.content_length is None:
        # What comes in chunks does not say how much it will be; only who read it to its end knows.
        return body.has_ended or "Transfer-Encoding" not in request.headers
    left = request.content_length - body.received
    if left <= 0:
        return True
    if left > MAX_BODY or not (asked().caller or status == HTTPStatus.SERVICE_UNAVAILABLE):
        return False
    try:
        while left > 0 and (found := body.read(left)):
            left -= len(found)
    except (RequestTimeout, OSError):
        return False
    return left <= 0


def _is_readable(query: bytes) -> bool:
    """Return whether the parameters can be read; what is percent-encoded is looked at one by one later."""
    if query.isascii():
        return True
    try:
        query.decode()
    except UnicodeDecodeError:
        return False
    return True


def _options() -> Response | None:
    """Answer OPTIONS for programs before anybody asks for a token: a browser that asks for CORS sends none."""
    if request.method != "OPTIONS" or request.url_rule is None or not asked().is_for_machines:
        return None
    response = current_app.make_default_options_response()
    response.status_code = HTTPStatus.NO_CONTENT
    del response.headers["Content-Type"]
    return response


def _finish(response: Response) -> Response:
    if not _is_read(response.status_code):
        # The server would end it without a word, and the caller's next request would break.
        response.headers["Connection"] = "close"
    if response.is_streamed:
        watch = cast("Watch", current_app.extensions[_WATCH])
        parts = cast("Iterable[bytes]", response.response)
        response.response = watch.over(parts, Connections.of(request.environ))
    return finisher_of(current_app).finish_response(response, asked())
