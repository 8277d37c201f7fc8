"""The last touches to every answer, whoever made it: headers, compression, one line in the log, one measurement."""

from http import HTTPStatus
from typing import Final

from flask import Response
from werkzeug.datastructures import Headers as ResponseHeaders

from catalog_app.core import compression, metrics
from catalog_app.core.answers import Answer, Headers
from catalog_app.core.asked import Asked
from catalog_app.core.cors import cors_headers
from catalog_app.core.request_log import request_log
from catalog_app.core.security import protecting
from catalog_app.settings import Settings

_VARIES: Final[Headers] = (("Vary", "Accept-Encoding"),)
_GZIPPED: Final[Headers] = (("Content-Encoding", "gzip"),)
_WITHOUT_LENGTH: Final = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


class Finisher:
    """Finishes answers as the settings want it."""

    def __init__(self, settings: Settings) -> None:
        self._origins = settings.cors_origins
        self._headers = {is_secure: protecting(settings, is_secure=is_secure) for is_secure in (False, True)}
        self._log = request_log(level=settings.log_level, style=settings.log_format)

    def finish(self, answer: Answer, asked: Asked) -> Answer:
        """Return an answer that was made without Flask as it goes out, and write down that it did."""
        status, headers, body = _encoded(answer, asked)
        headers += self._added(status, headers, asked)
        if status not in _WITHOUT_LENGTH:
            headers += (("Content-Length", str(len(body))),)
        self._note(asked, status)
        return Answer(status, headers, b"" if asked.method == "HEAD" else body)

    def finish_response(self, response: Response, asked: Asked) -> Response:
        """Do the same to an answer of Flask; one that flows out while it is made sees to its own compression."""
        if not response.is_streamed:
            _encode(response, asked)
        response.headers.extend(list(self._added(response.status_code, tuple(response.headers), asked)))
        self._note(asked, response.status_code)
        return response

    def _added(self, status: int, headers: Headers, asked: Asked) -> Headers:
        added: list[tuple[str, str]] = []
        # Who hears that nothing changed goes on with the headers that came with it.
        if status != HTTPStatus.NOT_MODIFIED or not asked.is_for_machines:
            said = {name for name, _ in headers}
            added += (header for header in self._headers[asked.is_secure] if header[0] not in said)
        added.append(("X-Request-ID", asked.request_id))
        if asked.quota is not None:
            added += asked.quota.headers()
        if self._origins:
            added += cors_headers(asked, self._origins)
        return tuple(added)

    def _note(self, asked: Asked, status: int) -> None:
        seconds = asked.seconds
        self._log(asked, status, seconds)
        metrics.record(asked.method, asked.route, status, seconds)


def _encode(response: Response, asked: Asked) -> None:
    answer = Answer(response.status_code, tuple(response.headers), response.get_data())
    encoded = _encoded(answer, asked)
    if encoded is answer:
        return
    response.headers = ResponseHeaders(list(encoded.headers))
    if encoded.body is not answer.body:
        response.set_data(encoded.body)


def _encoded(answer: Answer, asked: Asked) -> Answer:
    """Return the answer compressed where that is asked for and worth it, with the entity tag of what it has become."""
    status, headers, body = answer
    if not asked.is_for_machines:
        return answer
    if status == HTTPStatus.NOT_MODIFIED:
        return Answer(status, _named_as_known(headers, asked.if_none_match) + _VARIES, body)
    if not compression.is_worth_it(_value(headers, "Content-Type"), len(body)) or _value(headers, "Content-Encoding"):
        return answer
    if not compression.is_wanted(asked.accept_encoding):
        return Answer(status, headers + _VARIES, body)
    return Answer(status, _retagged(headers) + _GZIPPED + _VARIES, compression.gzipped(body))


def _named_as_known(headers: Headers, if_none_match: str) -> Headers:
    """Return the headers of a 304 with the tag of the form that the reader has."""
    tag = _value(headers, "ETag")
    return _retagged(headers) if tag and compression.gzip_tag(tag) in if_none_match else headers


def _retagged(headers: Headers) -> Headers:
    return tuple((name, compression.gzip_tag(value) if name == "ETag" else value) for name, value in headers)


def _value(headers: Headers, wanted: str) -> str:
    return next((value for name, value in headers if name == wanted), "")
